"""The reference of the flow language says what is: its examples hold, and its tables are complete and true.

How a YAML block of these pages (docs/flows.md and those that it goes on in) becomes a desk:

1. A block that begins with ``- `` is a list of steps. They become the flow ``example``, beside everything that the
   first block of docs/flows.md holds, and the prompt specs of all pages.
2. ``yaml file=prompts/x.yml`` behind the fence: a prompt spec, which stands in that file.
3. ``markdown file=knowledge/x.md``: an article, which stands beside every list of steps.
   ``yaml file=knowledge/x.yml``: questions that try the articles.
4. Every other block is a whole desk.
5. ``yaml refused=code`` behind the fence: the checker finds this one error in it, and no other. Else there is none.

Its cases, where it has some, are played. Tables and paragraphs that are held against the code are marked by a comment
in the line above them: ``keys`` (of types of bot/model), ``types``, ``filters`` ...
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import indent
from typing import Any, get_args

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bot.cli.schema import flow_schema, prompt_schema
from bot.edges import desk_loader, yaml_source
from bot.edges.action_local import spec_of
from bot.edges.desk_loader import load_core, load_texts
from bot.edges.yaml_source import read_source
from bot.model import article, case, desk, flow, prompt, response, slot, trigger
from bot.model.base import Word, parse_duration
from bot.model.desk import Finding
from bot.plugins.actions import load_actions
from bot.rules.advance import control, machine, turns
from bot.rules.check.desk import check_desk
from bot.rules.expression import limits
from bot.rules.expression.refusals import FILTERS
from bot.rules.values import REFUSALS, Filled, read_value
from bot.settings import ROOT
from bot.testing.case_files import find_cases
from bot.testing.case_player import play
from bot.testing.desk import Rehearsal

PAGES = [ROOT / "docs" / name for name in ("flows.md", "expressions.md", "prompts.md", "knowledge.md", "flow-tests.md")]
TEXT = "\n".join(page.read_text() for page in PAGES)
CORE = load_core()
ACTIONS = {spec.name: spec for spec in map(spec_of, load_actions(("actions",)).actions)}
TYPES = {
    name: value
    for module in (article, desk, flow, prompt, response, slot, trigger, case)
    for name, value in vars(module).items()
    if isinstance(value, type) and issubclass(value, Word)
}


@dataclass(frozen=True)
class Block:
    """A YAML block. ``place``: page and line. ``refused``: the code of the finding that is expected."""

    place: str
    text: str
    file: str
    refused: str | None

    @property
    def is_steps(self) -> bool:
        return self.text.startswith("- ")


def blocks_of(page: Path) -> Iterator[Block]:
    for found in re.finditer(r"^```yaml(.*)\n((?:.*\n)*?)```$", page.read_text(), re.MULTILINE):
        said = dict(part.split("=") for part in found[1].split())
        line = found.string[: found.start()].count("\n") + 1
        yield Block(f"{page.name}:{line}", found[2], said.get("file", "flows.yml"), said.get("refused"))


BLOCKS = [block for page in PAGES for block in blocks_of(page)]
SPECS = {block.file: block.text for block in BLOCKS if block.file.startswith("prompts/")}
ARTICLES = {
    found[1]: found[2]
    for page in PAGES
    for found in re.finditer(r"^```markdown file=(\S+)\n((?:.*\n)*?)```$", page.read_text(), re.MULTILINE)
}
EXAMPLE = """flows:
  example:
    description: An example.
    triggers: [{intent: example}]
    steps:
%s
nlu: [{intent: example, examples: [show me the example, begin with it]}]
"""


def files_of(block: Block) -> dict[str, str]:
    """The files that a block stands for, by the rules above."""
    if block.file.startswith("prompts/"):
        return {block.file: block.text}
    if block.file.startswith("knowledge/"):
        return {block.file: block.text, "desk.yml": BLOCKS[0].text, **ARTICLES}
    if not block.is_steps:
        return {"flows.yml": block.text}
    return {"desk.yml": BLOCKS[0].text, "example.yml": EXAMPLE % indent(block.text, "      "), **SPECS, **ARTICLES}


def findings(files: dict[str, str]) -> list[Finding]:
    loaded = load_texts({name: text.encode() for name, text in files.items()}, CORE)
    return list(check_desk(loaded.authored, ACTIONS, loaded.findings))


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.place)
def test_an_example_has_no_errors_but_the_one_that_the_text_speaks_of(block: Block) -> None:
    errors = [finding for finding in findings(files_of(block)) if finding.level == "error"]
    assert [error.code for error in errors] == ([block.refused] if block.refused else []), "\n".join(map(str, errors))


@pytest.mark.parametrize("block", [block for block in BLOCKS if "test_cases:" in block.text], ids=lambda b: b.place)
async def test_the_cases_of_an_example_pass(block: Block) -> None:
    rehearsal = Rehearsal.of(files_of(block))
    assert rehearsal.loaded is not None
    found = find_cases(rehearsal.loaded)
    assert found.cases
    assert found.findings == []
    for one in found.cases:
        played = await play(one, rehearsal)
        assert played.problem is None, "\n".join([*played.transcript, played.problem])


# --- tables ----------------------------------------------------------------------------------------------------------

Row = list[str]


@dataclass(frozen=True)
class Table:
    """A marked table without its head, or a marked paragraph. ``names``: what the marker says behind its kind."""

    names: tuple[str, ...]
    head: Row
    rows: list[Row]
    text: str


def marked(kind: str) -> list[Table]:
    return [
        _table([name.strip() for name in found[1].split(",") if name.strip()], found[2])
        for found in re.finditer(rf"^<!-- {kind}:? ?(.*)-->\n((?:.+\n)+)", TEXT, re.MULTILINE)
    ]


def _table(names: list[str], text: str) -> Table:
    lines = [cells(line) for line in text.splitlines() if line.startswith("|")]
    return Table(tuple(names), lines[0] if lines else [], lines[2:], text)


def cells(line: str) -> Row:
    return [cell.strip() for cell in re.split(r"(?<=\s)\|(?=\s)", line.removeprefix("|").removesuffix("|"))]


def rows_of(kind: str) -> list[Row]:
    return [row for table in marked(kind) for row in table.rows]


def codes(text: str) -> list[str]:
    """The code spans of a text."""
    return re.findall(r"`([^`]+)`", text)


def value_of(yaml: str) -> Any:
    return read_source("cell.yml", f"value: {yaml}".encode()).data["value"]


KEY_TABLES = marked("keys")
WITH_DEFAULTS = [table for table in KEY_TABLES if "default" in table.head]


def fields_of(name: str) -> dict[str, FieldInfo]:
    """The keys of a type; of a step without those that every step has."""
    model = TYPES[name]
    common = flow.StepBase.model_fields if issubclass(model, flow.StepBase) and model is not flow.StepBase else {}
    return {field.alias or key: field for key, field in model.model_fields.items() if key not in common}


@pytest.mark.parametrize("name", sorted({name for table in KEY_TABLES for name in table.names}))
def test_every_key_of_a_type_is_explained(name: str) -> None:
    """In a table with defaults a key stands in the first column; elsewhere in any code span."""
    tables = [table for table in KEY_TABLES if name in table.names]
    texts = [row[0] for table in tables for row in table.rows if table in WITH_DEFAULTS]
    texts += [table.text for table in tables if table not in WITH_DEFAULTS]
    words = {word for text in texts for code in codes(text) for word in re.findall(r"\w+", code)}
    assert fields_of(name).keys() - words - {getattr(TYPES[name], "kind", None)} == set()


@pytest.mark.parametrize("table", WITH_DEFAULTS, ids=["-".join(table.names) for table in WITH_DEFAULTS])
def test_a_table_has_no_key_too_many_and_the_right_defaults(table: Table) -> None:
    fields = {key: field for name in reversed(table.names) for key, field in fields_of(name).items()}
    for keys, default, *_ in table.rows:
        names = [code.split(".")[-1] for code in codes(keys)]
        told = codes(default) or [None] * len(names)
        assert len(told) == len(names), keys
        for name, value in zip(names, told, strict=True):
            assert _is_default(value, fields[name]), f"{name}: {value} is told, {fields[name].default!r} is meant"


def _is_default(told: str | None, info: FieldInfo) -> bool:
    actual = info.get_default(call_default_factory=True, validated_data={})
    if told is None:
        nothing = (None, (), {}, "", flow.NO_DEFAULT, case.ANY, timedelta())
        return info.is_required() or actual in nothing or isinstance(actual, BaseModel)
    if isinstance(actual, timedelta):
        return parse_duration(told) == actual
    wanted = value_of(told)
    return bool((tuple(wanted) if isinstance(wanted, list) else wanted) == actual)


def test_everything_that_an_editor_knows_has_its_table() -> None:
    definitions = {*flow_schema()["definitions"], *prompt_schema()["definitions"]} - {"Step"}
    explained = {name for table in KEY_TABLES for name in table.names}
    own_key_alone = {name for name in definitions if fields_of(name).keys() == {getattr(TYPES[name], "kind", None)}}
    assert definitions - explained - own_key_alone == set()


def test_every_kind_of_step_has_its_example() -> None:
    text = "\n".join(block.text for block in BLOCKS)
    assert [kind for kind in flow.STEP_TYPES if not re.search(rf"\b{kind}:", text)] == []


ZONE = "Europe/Berlin"
NOW = datetime(2026, 3, 4, 11, 0, tzinfo=UTC)
SPECS_OF_TYPES: dict[str, dict[str, Any]] = {
    "choice": {"values": {"free": None, "pro": ["business"]}},
    "pattern": {"pattern": "A-[0-9]{4}"},
}


@pytest.mark.parametrize("row", rows_of("types"), ids=lambda row: row[0])
def test_a_slot_keeps_what_the_table_says(row: Row) -> None:
    kind, *_ = codes(row[0])
    spec = slot.SlotSpec(type=kind, **SPECS_OF_TYPES.get(kind, {}))  # type: ignore[arg-type]
    for words, kept in zip(re.findall(r"`([^`]+)`", row[1]), codes(row[2]), strict=kind != "file"):
        assert read_value(spec, words, now=NOW, timezone=ZONE) == Filled(value_of(kept))


def test_the_table_of_slot_types_is_complete() -> None:
    rows = rows_of("types")
    assert [codes(row[0])[0] for row in rows] == list(get_args(slot.SlotType))
    assert {code for row in rows for code in codes(row[3])} | {"several"} == REFUSALS.keys()


def test_the_table_of_filters_is_complete() -> None:
    assert {code.partition("(")[0] for row in rows_of("filters") for code in codes(row[0])} == FILTERS.keys()


def test_the_list_of_actions_is_complete() -> None:
    (list_,) = marked("actions")
    named = {code for code in codes(list_.text) if re.fullmatch(r"[a-z]+\.[a-z_]+", code)}
    assert named == ACTIONS.keys()


def test_the_table_of_the_core_is_complete() -> None:
    told = {code for row in rows_of("core") for code in codes(row[0])}
    refusals = {f"utter_refused_{code}" for code in REFUSALS}
    assert told - {"utter_refused_<code>", "utter_refused_<slot>"} == {*CORE.flows, *CORE.responses} - refusals
    assert refusals <= CORE.responses.keys()


def test_the_table_of_limits_says_what_the_code_says() -> None:
    told = [int(number.replace(",", "")) for row in rows_of("limits") for number in re.findall("[0-9][0-9,]*", row[1])]
    attempts = {_most(flow.CollectStep, "max_attempts"), _most(flow.Retries, "max_attempts")}
    assert told == [
        yaml_source.MAX_BYTES,
        desk_loader.MAX_FILES,
        yaml_source.MAX_DEPTH,
        *attempts,
        control.MAX_ITEMS,
        _most(flow.Loop, "max_iterations"),
        control.MAX_CALLS,
        turns.MAX_CHAINS,
        machine.MAX_STEPS,
        3660,
        limits.MAX_EXPRESSION,
        limits.MAX_TEMPLATE,
        limits.MAX_NESTING,
        limits.MAX_TEXT,
        limits.MAX_ITEMS,
    ]
    assert parse_duration("3660d")
    with pytest.raises(ValueError, match="ten years"):
        parse_duration("3661d")


def _most(model: type[Word], key: str) -> int:
    """The upper bound of a number."""
    return next(bound.le for bound in model.model_fields[key].metadata if hasattr(bound, "le"))


@pytest.mark.parametrize("row", rows_of("traps"), ids=lambda row: row[0])
def test_a_trap_is_found_and_its_mending_is_right(row: Row) -> None:
    (wrong,), (right,) = codes(row[0]), codes(row[2])
    (found,) = findings(_trap(wrong))
    assert found.code in ("yaml-trap", "yaml-comment", "wrong-type")
    assert found.code != "yaml-trap" or right in found.fix
    assert findings(_trap(right)) == []


def _trap(line: str) -> dict[str, str]:
    """A desk in which this line is part of a step, or of a schedule."""
    key = line.partition(":")[0]
    schedule = f"\n      - intent: example\n      - schedule:\n          {line}"
    triggers = schedule if key == "cron" else "[{intent: example}]"
    step = "" if key == "cron" else f"- label: trap\n  {line}\n" + ("" if key in flow.STEP_TYPES else "  say: Hello\n")
    text = EXAMPLE % indent(f"{step}- say: Goodbye\n", "      ")
    return {"a.yml": text.replace("[{intent: example}]", triggers)}
