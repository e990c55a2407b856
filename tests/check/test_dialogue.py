"""What `check` says of conversations: counter-examples, ways to a person, replies and starts that clash."""

from textwrap import dedent, indent

import pytest

from bot.model.desk import Finding
from bot.rules.check.equal_starts import content_words
from tests.check.desks import check

DESK = """
slots:
  agreed: {type: boolean}
  size: {type: choice, values: [small, large]}
responses:
  utter_ask_agreed: [{text: Do you agree?}]
  utter_ask_size: [{text: Which size?}]
  utter_thanks: [{text: Thank you.}]
nlu:
  - {intent: order, examples: [I want one]}
  - {intent: other, examples: [something else]}
flows:
  other:
    description: Something else.
    triggers: [{intent: other}]
    steps: [{say: Yes.}]
  order:
    description: Takes an order.
    triggers: [{intent: order}]
    steps:
"""


def found(steps: str, code: str, more: str = "", desk: str = DESK) -> list[Finding]:
    text = desk + indent(dedent(steps).strip(), " " * 6) + "\n" + more
    return [finding for finding in check({"flows.yml": text}) if finding.code == code]


def test_a_dead_end_comes_with_a_conversation_that_runs_into_it() -> None:
    steps = """
    - collect: size
    - collect: agreed
    - conditional:
        when: [{condition: slots.agreed, steps: [{say: Good.}]}]
    """
    (finding,) = found(steps, "dead-end")
    assert finding.example == (
        "customer: I want one",
        "desk: Which size?",
        "customer: large",
        "desk: Do you agree?",
        "customer: no",
        "(where neither holds: slots.agreed)",
        "desk: (nothing)",
    )


def test_a_flow_that_never_says_anything_is_shown_so() -> None:
    (finding,) = found("- set: {a: 1}", "dead-end")
    assert finding.example == ("customer: I want one", "desk: (nothing)")


@pytest.mark.parametrize(
    ("give_up", "findings"),
    [
        ("[{say: Never mind.}, {stop: gave_up}]", 1),
        ("[{stop: gave_up}]", 1),
        ("[{handoff: {team: support}}]", 0),
        ("[{say: Never mind.}]", 0),
        ("[{link: escape}]", 0),
        ("[{conditional: {when: [{condition: slots.agreed is none, steps: [{handoff: {}}]}]}}, {stop: gave_up}]", 0),
    ],
)
def test_whoever_cannot_answer_gets_to_a_person(give_up: str, findings: int) -> None:
    """Where the flow goes on after giving up, what comes then counts."""
    more = "  escape:\n    description: A person.\n    steps: [{handoff: {team: support}}]\n"
    steps = f"""
    - {{collect: size, max_attempts: 2, on_give_up: {give_up}}}
    - say: Thanks.
    """
    told = found(steps, "no-escape", more)
    assert len(told) == findings
    if findings:
        assert told[0].level == "warning"
        assert told[0].example[:3] == (
            "customer: I want one", "desk: Which size?", "customer: (an answer that cannot be used)",
        )  # fmt: skip
        assert told[0].example.count("desk: Which size?") == 2


def test_a_pattern_that_is_there_to_fetch_a_person_fetches_one() -> None:
    more = "  pattern_human_handoff:\n    description: A person, please.\n    steps: [{say: Nobody is here.}]\n"
    (finding,) = found("- say: Hello.", "no-escape", more)
    assert (finding.level, "'pattern_human_handoff'" in finding.what) == ("error", True)
    more = more.replace("{say: Nobody is here.}", "{handoff: {team: support}}")
    assert found("- say: Hello.", "no-escape", more) == []


@pytest.mark.parametrize(
    ("steps", "findings"),
    [
        ("[{say: Done.}, {say: Done.}]", 1),
        ("[{utter: utter_thanks}, {say: Thank you.}]", 1),
        ("[{say: Done.}, {set: {a: 1}}, {say: Done.}]", 1),
        ("[{say: Done.}, {conditional: {when: [{condition: slots.agreed, steps: [{say: Done.}]}]}}]", 1),
        ("[{conditional: {when: [{condition: slots.agreed, steps: [{say: Done.}]}]}}, {say: Done.}]", 1),
        ("[{say: Done.}, {say: Really.}]", 0),
        ("[{say: Done.}, {collect: size}, {say: Done.}]", 0),
        ("[{say: Done.}, {wait: 2h}, {say: Done.}]", 0),
        ('[{say: "{{ slots.size }}"}, {say: "{{ slots.size }}"}]', 0),
    ],
)
def test_the_same_is_not_said_twice_in_a_row(steps: str, findings: int) -> None:
    told = [one for one in check({"flows.yml": f"{DESK.rstrip()} {steps}\n"}) if one.code == "repeated-reply"]
    assert [finding.level for finding in told] == ["warning"] * findings


def test_two_flows_that_one_message_could_begin_equally_are_named() -> None:
    desk = DESK.replace("[something else]", "[please I want one!]")
    (finding,) = found("- say: Hello.", "equal-start", desk=desk)
    assert finding.level == "warning"
    assert "'order'" in finding.what or "'other'" in finding.what
    assert "I want one" in finding.what


def test_order_politeness_and_small_words_make_no_difference() -> None:
    assert content_words("Could you cancel my subscription please?") == content_words("subscription: cancel")
    assert content_words("wo ist meine Bestellung") != content_words("wo ist meine Rechnung")
    assert content_words("is it the") == {"is", "it", "the"}
    assert content_words("order [A-2001](order_id)") == content_words("order a-2001")
