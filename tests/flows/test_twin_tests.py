"""The format of `flows/tests/*.yml` and `frontdesk test`, which plays them."""

import json
from pathlib import Path
from textwrap import dedent
from xml.etree import ElementTree

import pytest

from bot.cli.test import run_tests

DESK = """
flows:
  greet:
    description: Greets.
    triggers: [{intent: greet}]
    steps:
      - collect: who
      - id: looked
        do: crm.find_account
        with: {email: "{{ slots.who }}"}
        default: {found: null}
      - conditional:
          when:
            - condition: slots.who == 'boss@example.com'
              steps:
                - say: One moment.
                - handoff: {team: support, priority: high, reason: vip, note: "For {{ slots.who }}"}
            - condition: steps.looked.found
              steps:
                - say: {text: "Welcome back!", buttons: [{title: Again, payload: /greet}]}
          else: {steps: [{utter: utter_hello}]}
slots:
  who: {type: email}
responses:
  utter_ask_who: [{text: "Who are you?"}]
  utter_hello: [{text: "Hello {{ slots.who }}"}]
nlu:
  - intent: greet
    examples: [hello, good morning, hi there]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tests").mkdir()
    (tmp_path / "flows.yml").write_text(DESK)
    return tmp_path


def write_cases(folder: Path, cases: str) -> None:
    (folder / "tests" / "test_greet.yml").write_text(dedent(cases).lstrip())


def played(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The exit code and the words, whatever part of the desk these cases come to."""
    code = run_tests(folder, least=0)
    return code, capsys.readouterr().out


GOOD = """
fixtures:
  known: {slots: {who: ben@example.com}, contact: {plan: pro}}
  rasa_style:
    - who: ben@example.com
test_cases:
  - test_case: in the words of Rasa
    steps:
      - user: hello
        assertions:
          - flow_started: greet
          - bot_uttered: {utter_name: utter_ask_who, text_matches: "^Who"}
          - bot_did_not_utter: {utter_name: utter_hello}
          - slot_was_not_set: [{name: who}]
      - utter: utter_ask_who
      - user: kim@example.com
        assertions:
          - slot_was_set: [{name: who, value: kim@example.com}]
          - action_executed: crm.find_account
          - flow_completed: {flow_id: greet}
      - slot_was_set: [{who: kim@example.com}]
      - bot: Welcome back!
  - test_case: a button
    fixtures: [known]
    steps:
      - user: hello
      - bot: {text: Welcome back!, buttons: [{title: Again, payload: /greet}]}
      - press: Again
      - bot: {text_matches: "."}
  - test_case: fixtures as in Rasa
    fixtures: rasa_style
    steps:
      - user: hello
      - bot: Welcome back!
  - test_case: a person
    steps:
      - user: hello
      - utter: utter_ask_who
      - user: boss@example.com
      - bot: One moment.
      - handoff: {team: support, reason: vip, priority: high, note_matches: "boss"}
      - user: are you there
      - bot: null
      - agent: I am.
      - hand_back:
      - utter: utter_hand_back
  - test_case: an action that is not there, and one that fails
    stub_actions:
      crm.find_account: [{output: {found: false}}, {fails: {kind: rejected, message: "no"}}]
    steps:
      - user: hello
      - utter: utter_ask_who
      - user: kim@example.com
      - action: {name: crm.find_account, with: {email: kim@example.com}}
      - bot: Hello kim@example.com
  - test_case: a fault, and time
    steps:
      - user: hello
      - utter: utter_ask_who
      - fault: {action: crm.find_account, takes: 10s}
      - user: kim@example.com
      - utter: utter_still_working
      - clock: +10s
      - bot: Welcome back!
"""


def test_cases_that_hold_pass(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_cases(folder, GOOD)
    code, told = played(folder, capsys)
    assert code == 0, told
    assert told.splitlines()[-1].startswith("6 cases passed in")


def test_a_failure_shows_the_conversation_the_place_and_what_was_said_instead(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_cases(
        folder,
        """
        test_cases:
          - test_case: wrong words
            steps:
              - user: hello
              - utter: utter_ask_who
              - user: kim@example.com
              - bot: Hello kim@example.com
        """,
    )
    code, told = played(folder, capsys)
    assert code == 1
    lines = told.splitlines()
    assert lines[0].endswith("tests/test_greet.yml:2: wrong words")
    assert lines[0].startswith("FAILED ")
    assert lines[1:5] == [
        "  contact: hello",
        "      bot: Who are you?",
        "  contact: kim@example.com",
        "      bot: Welcome back! [Again]",
    ]
    assert lines[5].endswith(
        'tests/test_greet.yml:7: expected "Hello kim@example.com", and the bot said "Welcome back!"'
    )


WRONG = {
    "- utter: utter_hello": "expected utter_hello, and the bot said",
    "- bot: Who are you?\n- bot: And more?": 'expected "And more?", and the bot said nothing more',
    "- bot: null": "the bot was to say nothing more",
    '- bot: {text_matches: "^What"}': "a text that matches '^What'",
    "- bot: {buttons: [Yes]}": "expected a button 'Yes', and there was none",
    "- action: crm.find_account": "expected the action crm.find_account, and there was none",
    "- handoff: {team: support}": "expected a handoff, and there was none",
    "- slot_was_set: [who]": "expected slot who to be set, and it is null",
    "- slot_was_set: [{who: kim@example.com}]": 'expected slot who to be set to "kim@example.com"',
    "- press: Yes": "no button is called 'Yes'",
    "- review: approve": "no review is waiting",
    "- hand_back:": "the bot has the floor",
    "- finished: completed": "it has not ended",
    "- bot: {text_matches: '('}": "missing )",
}


def test_every_expectation_says_what_was_there_instead(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cases = ""
    for number, steps in enumerate(WRONG):
        lines = "\n".join(f"      {line}" for line in steps.splitlines())
        cases += f"  - test_case: case {number}\n    steps:\n      - user: hello\n{lines}\n"
    (folder / "tests" / "test_greet.yml").write_text(f"test_cases:\n{cases}")
    assert run_tests(folder, as_json=True) == 1
    told = [case["problem"] or "" for case in json.loads(capsys.readouterr().out)["cases"]]
    assert [problem for problem, said in zip(WRONG.values(), told, strict=True) if problem not in said] == []


UNTRUE = {
    "flow_started: other": "expected flow other to start; greet started",
    "flow_completed: greet": "expected flow greet to be completed; none completed",
    "flow_cancelled: greet": "expected flow greet to be cancelled",
    "slot_was_set: [who]": "expected slot who to be set",
    "action_executed: crm.find_account": "expected the action crm.find_account",
    "bot_uttered: {text_matches: Welcome}": "expected a text that matches 'Welcome'",
    "bot_did_not_utter: {utter_name: utter_ask_who}": "the bot was not to say utter_ask_who",
}


def test_every_assertion_says_what_was_there_instead(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flows = DESK.replace("flows:\n", "flows:\n  other: {description: Other, steps: [{say: hi}]}\n", 1)
    (folder / "flows.yml").write_text(flows)
    cases = "".join(
        f"  - test_case: case {number}\n    steps: [{{user: hello, assertions: [{{{assertion}}}]}}]\n"
        for number, assertion in enumerate(UNTRUE)
    )
    (folder / "tests" / "test_greet.yml").write_text(f"test_cases:\n{cases}")
    assert run_tests(folder, as_json=True) == 1
    told = [case["problem"] or "" for case in json.loads(capsys.readouterr().out)["cases"]]
    assert [problem for problem, said in zip(UNTRUE.values(), told, strict=True) if problem not in said] == []


def test_a_case_that_looks_at_replies_looks_at_all_of_them(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_cases(
        folder,
        """
        test_cases:
          - test_case: half
            steps:
              - user: hello
              - bot: Who are you?
              - user: boss@example.com
              - bot: One moment.
              - user: hello
          - test_case: one left over
            steps:
              - user: hello
              - bot: Who are you?
              - user: maybe
              - bot: {text_matches: "."}
        """,
    )
    code, told = played(folder, capsys)
    assert code == 1
    assert [line.rpartition(": ")[2] for line in told.splitlines() if line.startswith("FAILED")] == ["one left over"]
    assert 'the bot also said "Who are you?"' in told


NO_TESTS = {
    "- usr: hello": "9: a test has no key `usr` here. Did you mean 'user'?",
    "- {user: hello, bot: hi}": "9: a test step has exactly one key, and this one has `user` and `bot`.",
    "- fault: {action: crm.find_account}": "16: this fault changes nothing. Add `kind: timeout` or `takes: 5s`.",
    "- clock: soon": "16: 'soon' is not a length of time.",
    "- {user: hello, assertions: [{flow_begun: x}]}": "37: a test has no key `flow_begun` here. The keys here are flow",
    "- review: maybe": "9: a test has no key `maybe` here. The keys here are approve, reject, edit.",
}


def test_what_is_no_test_is_a_finding_with_its_place(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The other cases are played all the same."""
    cases = "".join(f"  - test_case: odd\n    steps:\n      {step}\n" for step in NO_TESTS)
    fine = "  - test_case: fine\n    steps: [{user: hello}, {utter: utter_ask_who}]\n"
    (folder / "tests" / "test_greet.yml").write_text(f"test_cases:\n{cases}{fine}")
    code, told = played(folder, capsys)
    found = [line for line in told.splitlines() if "test_greet.yml" in line]
    wanted = [f"test_greet.yml:{4 + 3 * number}:{words}" for number, words in enumerate(NO_TESTS.values())]
    assert [want for want, line in zip(wanted, found, strict=True) if want not in line] == [], told
    assert code == 1
    assert f"1 case passed, {len(NO_TESTS)} failed" in told


def test_an_unknown_fixture_is_a_finding(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_cases(folder, "test_cases:\n  - test_case: one\n    fixtures: [nobody]\n    steps: [{user: hello}]\n")
    code, told = played(folder, capsys)
    assert code == 1
    assert "test_greet.yml:3:15: there is no fixture 'nobody'. Write it under `fixtures` of this file." in told


def test_with_broken_flows_no_case_is_played(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "flows.yml").write_text(DESK.replace("utter: utter_hello", "utter: utter_helo"))
    write_cases(folder, GOOD)
    code, told = played(folder, capsys)
    assert code == 1
    assert "Did you mean 'utter_hello'?" in told
    assert "No case was played" in told


def test_steps_that_no_case_came_to_are_listed_with_their_place(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_cases(
        folder, "test_cases:\n  - test_case: one\n    steps:\n      - user: hello\n      - utter: utter_ask_who\n"
    )
    code, told = played(folder, capsys)
    assert code == 0, "nothing was asked for"
    assert "1 of 7 were" in told
    assert "flows.yml:8: greet.looked (do)" in told
    assert run_tests(folder, least=95) == 1
    told = capsys.readouterr().out
    assert "FAILED: 0.0 % of the steps or ways ran, and 95 % is asked for." in told


WAYS = """
flows:
  order:
    description: Orders.
    triggers: [{intent: order}]
    steps:
      - say: A coffee, then.
        if: slots.drink == 'coffee'
      - collect: drink
        max_attempts: 1
        on_give_up: [{stop: thirsty}]
      - conditional:
          when:
            - condition: slots.drink == 'tea'
              steps: [{say: Tea}]
            - condition: slots.drink == 'coffee'
              steps: [{say: Coffee}]
      - say: Sweet!
        if: slots.drink == 'cocoa'
      - say: Enjoy it
slots: {drink: {type: choice, values: [tea, coffee, cocoa]}}
responses: {utter_ask_drink: [{text: Which?}]}
nlu: [{intent: order, examples: [order something, a drink please]}]
test_cases:
"""


@pytest.mark.parametrize(
    ("answers", "untaken"),
    [
        (["tea"], ["its `if` never held", "`on_give_up` never", "case 2 never", "some case always", "its `if` never"]),
        (["tea", "cocoa"], ["its `if` never held", "`on_give_up` never", "case 2 never"]),
        (["tea", "coffee", "cocoa", "beer"], ["its `if` never held"]),
    ],
)
def test_ways_that_no_case_took_are_listed_and_so_is_what_no_case_passed_by(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], answers: list[str], untaken: list[str]
) -> None:
    """An `else` that is not written is a way, too: that no case held."""
    cases = "".join(
        f"  - test_case: {answer}\n    steps: [{{user: order something}}, {{user: {answer}}}]\n" for answer in answers
    )
    (tmp_path / "flows.yml").write_text(WAYS + cases)
    assert run_tests(tmp_path, least=95) == 1
    told = capsys.readouterr().out
    begin = next(i for i, line in enumerate(told.splitlines()) if line.startswith("Ways that no case took"))
    lines = told.splitlines()[begin + 1 : begin + 1 + len(untaken)]
    assert [want for want, line in zip(untaken, lines, strict=True) if want not in line] == [], told
    assert lines[0].startswith(f"  {tmp_path}/flows.yml:7: order.steps[0] (")
    assert told.splitlines()[begin + 1 + len(untaken)].startswith("flow ")


def test_many_cases_are_played_in_several_processes_in_their_order(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cases = "".join(
        f"  - test_case: case {number}\n    steps: [{{user: hello}}, {{utter: utter_ask_who}}]\n"
        for number in range(45)
    )
    write_cases(folder, "test_cases:\n" + cases)
    assert run_tests(folder, least=0, as_json=True, processes=2) == 0
    told = json.loads(capsys.readouterr().out)
    assert [case["name"] for case in told["cases"]] == [f"case {number}" for number in range(45)]
    assert told["coverage"]["total"]["steps_visited"] == 1


def test_a_text_that_is_nearly_right_is_compared_word_by_word(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_cases(
        folder, "test_cases:\n  - test_case: one\n    steps:\n      - user: hello\n      - bot: Who are they?\n"
    )
    code, told = played(folder, capsys)
    assert code == 1
    assert "      Who are [-they?-]{+you?+}" in told.splitlines()


def test_a_case_may_attach_files(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flows = DESK.replace("- collect: who", "- collect: who\n      - collect: proof").replace(
        "who: {type: email}", "who: {type: email}\n  proof: {type: file}"
    )
    (folder / "flows.yml").write_text(
        flows.replace("utter_hello:", "utter_ask_proof: [{text: Proof?}]\n  utter_hello:")
    )
    write_cases(
        folder,
        """
        test_cases:
          - test_case: one
            steps:
              - user: hello
              - user: kim@example.com
              - user: here
                files: [id.png]
              - slot_was_set: [proof]
              - bot: Welcome back!
        """,
    )
    code, told = played(folder, capsys)
    assert code == 0, told


def test_cases_are_chosen_by_a_part_of_their_name_or_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_cases(folder, GOOD)
    assert run_tests(folder, only="BUTTON") == 0
    assert "1 case passed" in capsys.readouterr().out
    assert run_tests(folder, only="test_greet") == 0
    assert "6 cases passed" in capsys.readouterr().out


def test_results_for_machines(folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    write_cases(folder, GOOD + "  - test_case: wrong\n    steps: [{user: hello}, {bot: 'No <&> \\u0007'}]\n")
    junit = tmp_path / "results.xml"
    assert run_tests(folder, as_json=True, junit=junit) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["passed"], told["failed"], told["coverage"]["total"]["steps"]) == (6, 1, 7)
    wrong = told["cases"][-1]
    assert (wrong["name"], wrong["passed"]) == ("wrong", False)
    assert wrong["transcript"][0] == "  contact: hello"
    (suite,) = ElementTree.fromstring(junit.read_text())  # noqa: S314  # written above
    assert (suite.get("tests"), suite.get("failures")) == ("7", "1")
    assert suite[-1][0].get("message", "").endswith('and the bot said "Who are you?" (utter_ask_who)')


def test_a_slot_counts_as_set_also_where_its_flow_has_ended_since(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_cases(
        folder,
        """
        test_cases:
          - test_case: until the end
            stub_actions: {crm.find_account: {output: {found: false}}}
            steps:
              - user: hello
              - user: kim@example.com
              - slot_was_set: [{who: kim@example.com}]
          - test_case: not that one
            stub_actions: {crm.find_account: {output: {found: false}}}
            steps:
              - user: hello
              - user: kim@example.com
              - slot_was_set: [{who: bob@example.com}]
        """,
    )
    (folder / "flows.yml").write_text(
        DESK.replace("default: {found: null}", "default: {found: null}\n      - say: Hm.")
    )
    _, said = played(folder, capsys)
    assert "1 case passed, 1 failed" in said


def test_a_slot_may_be_called_name(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`{name: Ada}` is its value, where there is no slot `Ada`."""
    (folder / "flows.yml").write_text(DESK.replace("who", "name").replace("type: email", "type: text"))
    write_cases(
        folder,
        """
        test_cases:
          - test_case: by its name
            stub_actions: {crm.find_account: {output: {found: false}}}
            steps:
              - user: hello
              - user: Ada
                assertions: [{slot_was_set: [{name: Ada}]}]
              - slot_was_set: [{name: Ada}]
              - slot_was_not_set: [{name: Bob}]
        """,
    )
    assert "1 case passed" in played(folder, capsys)[1]


@pytest.mark.parametrize(
    ("wrong", "fix"),
    [
        ("flow_started: greet", "write `assertions: [{flow_started: ...}]` beside `user`"),
        ("hand_back", "Put a colon behind it: `- hand_back:`"),
        ("user: {text: hi, files: [a.png]}", "`user` takes a text. Write `payload`, `files`"),
    ],
)
def test_a_step_that_is_written_wrongly_is_told_how_it_is_right(
    folder: Path, capsys: pytest.CaptureFixture[str], wrong: str, fix: str
) -> None:
    write_cases(
        folder,
        f"test_cases: [{{test_case: one, steps: [{{user: hello}}, {{{wrong}}}]}}]".replace("{hand_back}", "hand_back"),
    )
    assert fix in played(folder, capsys)[1]


def test_a_stub_without_output_is_told_where_its_output_stands(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_cases(
        folder,
        "test_cases: [{test_case: one, stub_actions: {crm.find_account: {found: true}}, steps: [{user: hello}]}]",
    )
    assert "What the call gives stands below `output`: {output: {found: ...}}" in played(folder, capsys)[1]
