"""From a folder to a desk: what is read, what is kept, and what one broken file does to the others."""

from pathlib import Path
from time import perf_counter

import pytest

from bot.edges.desk_loader import FileCache, load_core, load_desk, load_texts
from bot.edges.yaml_source import MAX_BYTES, read_source
from bot.model.desk import IntentExamples
from bot.rules.check.desk import broken_parts, check_desk
from tests.check.desks import ACTIONS, BASE, CORE, GOOD, check, errors, steps


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in GOOD.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_a_folder_becomes_a_desk_above_the_core(folder: Path) -> None:
    desk = load_desk(folder, CORE).desk
    assert {"greet", "pattern_human_handoff"} <= desk.flows.keys()
    assert {"email", "plan"} <= desk.slots.keys()
    assert desk.prompts["classify"].inputs.fields.keys() == {"message", "hint"}
    assert desk.settings.teams == ("support", "billing")


def test_a_desk_overrides_a_flow_and_a_response_of_the_core() -> None:
    text = """
        flows:
          pattern_human_handoff:
            description: Ours.
            triggers: [{intent: human_request}]
            steps: [{handoff: }]
        responses: {utter_human_handoff: [{text: Ours.}]}
    """
    desk = load_texts({"a.yml": text.encode()}, CORE).desk
    assert desk.flows["pattern_human_handoff"].description == "Ours."
    assert desk.responses["utter_human_handoff"][0].text == "Ours."


def test_the_core_itself_is_in_order() -> None:
    core = load_core()
    texts = {path.name: path.read_text() for path in Path("bot/core").glob("*.yml")}
    assert core.flows
    assert errors(texts) == []


def test_hidden_files_links_and_copies_of_editors_are_left_out(folder: Path) -> None:
    for name in (".hidden.yml", "base.yml~", "#base.yml#", "notes.txt", "~base.yml"):
        (folder / name).write_text("broken: [")
    (folder / ".git").mkdir()
    (folder / ".git" / "x.yml").write_text("broken: [")
    (folder / "link.yml").symlink_to(folder / "base.yml")
    loaded = load_desk(folder, CORE)
    assert loaded.files.keys() == {"base.yml", "prompts/classify.yml"}
    assert loaded.findings == ()


def test_a_folder_that_is_not_there_is_a_finding(tmp_path: Path) -> None:
    (found,) = load_desk(tmp_path / "nowhere", CORE).findings
    assert found.code == "no-folder"
    assert str(found) == f"{tmp_path.as_posix()}/nowhere:1:1: there is no such folder. Check the path."


def test_a_file_in_place_of_a_folder_is_a_finding(folder: Path) -> None:
    (found,) = load_desk(folder / "base.yml", CORE).findings
    assert found.code == "no-folder"


def test_an_empty_folder_is_a_finding(tmp_path: Path) -> None:
    (found,) = load_desk(tmp_path, CORE).findings
    assert found.code == "empty-folder"


def test_a_file_that_is_too_large_is_not_parsed() -> None:
    source = read_source("big.yml", b"a" * (MAX_BYTES + 1))
    assert [finding.code for finding in source.findings] == ["too-large"]


@pytest.mark.parametrize(
    "bomb",
    [b"[" * 200_000, b"{a: " * 100_000, b"- " * 200_000, b"? " * 200_000, b"a: " * 200_000, b"&a " * 100_000],
    ids=["brackets", "braces", "dashes", "questions", "colons", "anchors"],
)
def test_a_deep_file_is_refused_at_once(bomb: bytes) -> None:
    begun = perf_counter()
    assert read_source("bomb.yml", bomb).findings
    assert perf_counter() - begun < 2


def test_bytes_that_are_no_text_are_found_where_they_stand() -> None:
    (found,) = read_source("x.yml", b"a: b\nc: \xff\n").findings
    assert (found.code, found.line, found.column) == ("not-utf8", 2, 4)


def test_a_byte_order_mark_and_windows_line_ends_are_fine() -> None:
    source = read_source("x.yml", b"\xef\xbb\xbfa: b\r\nc: |\r\n  d\r\n")
    assert (source.data, source.findings) == ({"a": "b", "c": "d\n"}, ())


def test_words_mean_what_yaml_1_2_says() -> None:
    """In YAML 1.1 `on` and `no` were booleans, `12:30` was 750, `0123` was 83."""
    text = (
        b"{a: on, b: no, c: 12:30, d: 0123, e: 0o17, f: 0x1F, g: 1e3, h: ~, i: true, j: .inf, k: 2026-05-01, l: 1_000}"
    )
    data = {"a": "on", "b": "no", "c": "12:30", "d": 123, "e": 15, "f": 31, "g": 1000.0, "h": None, "i": True}
    assert read_source("x.yml", text).data == data | {"j": ".inf", "k": "2026-05-01", "l": "1_000"}


def test_several_traps_in_one_file_are_all_found() -> None:
    text = steps("- say: {{ slots.city }}\n- say: @here\n- say: *bold*\n- say: Re: hello\n- utter: utter_dnoe")
    found = errors({**GOOD, "flows.yml": text})
    assert [(finding.line, finding.code) for finding in found] == [
        (6, "yaml-trap"), (7, "yaml-trap"), (8, "yaml-trap"), (9, "yaml-trap"), (10, "unknown-response"),
    ]  # fmt: skip


def test_a_broken_file_hides_nothing_in_the_others() -> None:
    found = errors(
        {**GOOD, "a.yml": "flows:\n  g:\n   description: d\n steps:\n", "b.yml": steps("- utter: utter_nope")}
    )
    assert [(finding.file, finding.code) for finding in found] == [
        ("a.yml", "yaml"),
        ("b.yml", "unknown-response"),
    ]


def test_names_that_only_the_unreadable_file_declares_are_not_reported_missing() -> None:
    broken = "responses:\n  utter_other: [{text: a}]\nslots:\n  other: {type: text}\n bad\n"
    found = errors({**GOOD, "a.yml": broken, "b.yml": steps("- utter: utter_other\n- say: '{{ slots.other }}'")})
    assert [finding.file for finding in found] == ["a.yml"]


def test_a_flow_with_a_mistake_still_counts_as_a_flow() -> None:
    """What is wrong with it is said once, not at every place that calls it."""
    files = {**GOOD, "a.yml": steps("- call: other"), "b.yml": "flows: {other: {description: d, steps: 5}}"}
    assert [finding.file for finding in errors(files)] == ["b.yml"]


def test_only_the_parts_that_hold_come_into_the_desk() -> None:
    text = steps("- say: hi\n  enabled: no").replace("nlu:", "slots: {fine: {type: text}}\nnlu:")
    loaded = load_texts({"a.yml": text.encode()}, CORE)
    assert "f" not in loaded.desk.flows
    assert "fine" in loaded.desk.slots
    assert [entry.intent for entry in loaded.desk.nlu if isinstance(entry, IntentExamples)][-1] == "go"


def test_the_parts_with_errors_are_told_apart() -> None:
    text = steps("- utter: utter_nope") + "responses:\n  utter_fine: [{text: a}]\n  utter_bad: [{txt: a}]\n"
    loaded = load_texts({name: content.encode() for name, content in {**GOOD, "a.yml": text}.items()}, CORE)
    findings = check_desk(loaded.authored, ACTIONS, loaded.findings)
    assert broken_parts(loaded.authored, findings) == {("flow", "f"), ("response", "utter_bad")}


def test_a_file_that_did_not_change_is_not_read_again(folder: Path) -> None:
    cache = FileCache()
    first = load_desk(folder, CORE, cache)
    (folder / "base.yml").write_text(BASE.replace("Done.", "Ready."))
    second = load_desk(folder, CORE, cache)
    assert second.desk.responses["utter_done"][0].text == "Ready."
    assert second.desk.prompts["classify"] is first.desk.prompts["classify"]
    assert second.files["prompts/classify.yml"] == first.files["prompts/classify.yml"]
    assert second.files["base.yml"] != first.files["base.yml"]


def test_findings_are_sorted_by_file_line_and_column() -> None:
    found = check({"b.yml": "slots: {x: {tipe: text}, y: {type: txt}}", "a.yml": "flow: {}\nslots: 5\n"})
    places = [(finding.file, finding.line, finding.column) for finding in found]
    assert places == sorted(places)
    assert len(places) == 4


def test_every_finding_says_where_what_and_how_to_mend_it() -> None:
    (found,) = errors({**GOOD, "flows.yml": steps("- do: crm.find_acount")})
    assert str(found) == ("flows.yml:6:13: no action is called 'crm.find_acount'. Did you mean 'crm.find_account'?")


def test_two_hundred_flows_in_files_of_their_own_are_checked_together() -> None:
    """How long it takes is measured in benchmarks/check_speed.py, with every text different."""
    files = {**GOOD, **{f"{number:03}.yml": _different(number) for number in range(200)}}
    found = check(files)
    assert [finding for finding in found if finding.level == "error"] == []


def _different(number: int) -> str:
    body = f"""
        - {{id: issue_{number}, ai: classify, with: {{message: "{{{{ input.text ~ '{number}' }}}}"}}}}
        - collect: email
        - id: account_{number}
          do: crm.find_account
          with: {{email: "{{{{ slots.email ~ '{number}' }}}}"}}
          settings: {{timeout: 5s, retries: {{max_attempts: 3, backoff: 1s}}}}
          on_error: [{{handoff: {{team: support, note: "{{{{ error.message ~ '{number}' }}}}"}}}}]
        - conditional:
            when:
              - condition: "steps.issue_{number}.urgency == 'high' or steps.account_{number}.plan == 'pro'"
                steps:
                  - id: ticket_{number}
                    do: tickets.create
                    with: {{email: a, priority: high, summary: "{{{{ steps.issue_{number}.summary }}}}"}}
                  - say: "Ticket {{{{ steps.ticket_{number}.id }}}} is open."
                  - handoff: {{team: support, priority: urgent}}
            else:
              steps: [{{utter: utter_done}}]
    """
    text = steps(body).replace("  f:\n", f"  f_{number}:\n").replace("intent: go", f"intent: go_{number}")
    return text.replace("go ahead, start it", f"go ahead {number}, start it {number}")
