"""The test cases of a folder, each with its place; what cannot be read is a finding, and the rest is read."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter, ValidationError

from bot.edges.desk_loader import Loaded
from bot.model.base import Word
from bot.model.case import (
    ANY,
    ActionIs,
    Assertion,
    BotSays,
    CaseFile,
    CaseStep,
    FaultSpec,
    Fixture,
    FlowCase,
    HandoffIs,
    ReviewDecision,
    ReviewIs,
    SlotIs,
    Stubs,
    shared_fixtures,
)
from bot.model.desk import Finding
from bot.rules.check.parts import FileParts
from bot.rules.check.places import SourceFile
from bot.rules.check.report import nearest, suggestion

W = TypeVar("W", bound=Word)
Path = tuple[str | int, ...]
_KINDS: Mapping[str | int, type[Word]] = {
    "steps": CaseStep, "assertions": Assertion, "test_cases": FlowCase, "handoff": HandoffIs, "fault": FaultSpec,
    "bot": BotSays, "action": ActionIs, "review_asked": ReviewIs, "review": ReviewDecision, "fixtures": Fixture,
}  # fmt: skip
_STUBS: TypeAdapter[Stubs] = TypeAdapter(Stubs)


@dataclass(frozen=True, slots=True)
class FoundCase:
    """A case, what its file shares among cases, and where it stands."""

    case: FlowCase
    source: SourceFile
    path: Path
    fixtures: Mapping[str, Fixture]
    stubs: Stubs

    @property
    def place(self) -> str:
        """``flows/tests/test_login.yml:12``"""
        return self._line(self.path)

    def step_place(self, index: int) -> str:
        return self._line((*self.path, "steps", index))

    def _line(self, path: Path) -> str:
        return f"{self.source.name}:{self.source.value_place(path)[0]}"

    def fixture(self) -> Fixture:
        """All its fixtures as one; a later one wins. Raises KeyError with the name of one that is not there."""
        named = self.case.fixtures
        if isinstance(named, Fixture):
            return named
        together = Fixture()
        for one in (self.fixtures[name] for name in named):
            together = Fixture(
                slots=together.slots | one.slots,
                contact=together.contact | one.contact,
                now=one.now or together.now,
                env=together.env | one.env,
                channel=one.channel or together.channel,
                forms=one.forms or together.forms,
            )
        return together


@dataclass
class FoundCases:
    """All cases of a folder in the order of the files, and what is wrong with others."""

    cases: list[FoundCase] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def find_cases(loaded: Loaded) -> FoundCases:
    """Every test case below a folder, wherever it stands."""
    found = FoundCases()
    for file in loaded.authored.files:
        _read_file(file, found)
    slots = loaded.authored.names("slot")
    if "name" in slots:
        found.cases = [replace(one, case=_of_the_slot_name(one.case, slots)) for one in found.cases]
    return found


def _of_the_slot_name(case: FlowCase, slots: Collection[str]) -> FlowCase:
    """``{name: Ada}`` is short for the slot `Ada`, whatever its value; where there is none, but a slot `name`, it is
    the value of that."""

    def meant(slot: SlotIs) -> SlotIs:
        own = slot.value != ANY or slot.name in slots
        return slot if own else SlotIs(name="name", value=slot.name)

    def in_step(step: W) -> W:
        named = [key for key in ("slot_was_set", "slot_was_not_set") if getattr(step, key, None)]
        changed: dict[str, Any] = {key: tuple(map(meant, getattr(step, key))) for key in named}
        if isinstance(step, CaseStep) and step.assertions:
            changed["assertions"] = tuple(map(in_step, step.assertions))
        return step.model_copy(update=changed) if changed else step

    return case.model_copy(update={"steps": tuple(map(in_step, case.steps))})


def _read_file(file: FileParts, found: FoundCases) -> None:
    values = {part.kind: part.value for part in file.parts if part.kind in CaseFile.model_fields}
    if "test_cases" not in values:
        return
    source, findings = file.source, found.findings
    fixtures = dict(_fixtures(source, values.get("fixtures"), findings))
    stubs = _stubs(source, values.get("stub_actions") or {}, findings)
    cases = values["test_cases"]
    if not isinstance(cases, list):
        findings.append(_finding(source, ("test_cases",), "`test_cases` takes a list", "Write `- test_case: name`."))
        return
    for index, value in enumerate(cases):
        path: Path = ("test_cases", index)
        case = _valid(FlowCase, source, path, value, findings)
        if case is not None:
            _add(FoundCase(case, source, path, fixtures, stubs), found)


def _add(one: FoundCase, found: FoundCases) -> None:
    try:
        one.fixture()
    except KeyError as missing:
        what = f"there is no fixture {missing.args[0]!r}"
        fix = "Write it under `fixtures` of this file."
        found.findings.append(_finding(one.source, (*one.path, "fixtures"), what, fix, at_value=True))
        return
    found.cases.append(one)


def _fixtures(source: SourceFile, value: Any, findings: list[Finding]) -> Iterator[tuple[str, Fixture]]:
    shared = shared_fixtures(value)
    for name, inner in shared.items() if isinstance(shared, dict) else ():
        fixture = _valid(Fixture, source, ("fixtures", name), inner, findings)
        if fixture is not None:
            yield name, fixture


def _stubs(source: SourceFile, value: Any, findings: list[Finding]) -> Stubs:
    try:
        return _STUBS.validate_python(value)
    except ValidationError as error:
        findings.extend(_findings(source, ("stub_actions",), value, error))
        return {}


def _valid(kind: type[W], source: SourceFile, path: Path, value: Any, findings: list[Finding]) -> W | None:
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        findings.extend(_findings(source, path, value, error))
        return None


def _findings(source: SourceFile, path: Path, value: Any, error: ValidationError) -> Iterator[Finding]:
    """In an author's words. ``path`` leads to the value that was read."""
    errors = error.errors(include_url=False, include_context=False, include_input=False)
    strange = [str(one["loc"][-1]) for one in errors if one["type"] == "extra_forbidden"]
    for one in errors:
        inner, last = _into(value, one["loc"])
        place = (*path, *inner)
        if one["type"] == "extra_forbidden":
            yield _finding(source, place, f"a test has no key `{last}` here", _right_key(place, str(last)))
        elif one["type"] != "missing":
            yield _finding(source, place, *_in_words(one["msg"], last, _at(value, inner)), at_value=True)
        elif not any(nearest(key, [str(last)]) for key in strange):
            # A key that is written wrongly has had its finding: it is not missing as well.
            yield _finding(source, place, f"`{last}` is missing", f"Add `{last}:`.")


def _right_key(path: Path, strange: str) -> str:
    if "stub_actions" in path:
        return f"What the call gives stands below `output`: {{output: {{{strange}: ...}}}}."
    short = path[-1:] != (strange,)  # `review: maybe` stands for `review: {maybe: true}`
    kind = _KINDS.get(path[-1]) if short else _kind_at(path)
    if kind is CaseStep and strange in Assertion.model_fields:
        return f"It is an assertion: write `assertions: [{{{strange}: ...}}]` beside `user`."
    keys = [info.alias or name for name, info in kind.model_fields.items()] if kind else []
    return suggestion(strange, keys, f"The keys here are {', '.join(keys)}." if keys else "Delete it.")


_SORTS: Final = {"string": "a text", "dictionary": "keys and values", "tuple": "a list", "valid list": "a list"}
"""How pydantic calls a sort of value, and how these pages do."""


def _in_words(message: str, last: str | int, value: object) -> tuple[str, str]:
    """What is wrong, and how to mend it, from one of our validators or from pydantic."""
    if message.startswith("Input should be "):
        name = f"`{last}`" if isinstance(last, str) else f"item {last + 1}"
        wanted = next((words for sort, words in _SORTS.items() if sort in message), None)
        if wanted is not None and isinstance(value, str) and value in CaseStep.model_fields:
            return f"{value!r} is a text here, and no step", f"Put a colon behind it: `- {value}:`."
        if last == "user" and isinstance(value, dict):
            return "`user` takes a text", "Write `payload`, `files` and `assertions` beside it, not below it."
        return f"{name} takes {wanted or message.removeprefix('Input should be ')}", "Write such a value."
    what, _, fix = message.removeprefix("Value error, ").partition(". ")
    return what, f"{fix.rstrip('.')}." if fix else "Write it as the manual shows."


def _kind_at(path: Path) -> type[Word] | None:
    """What the keys at the end of a path belong to."""
    owner = path[-3] if len(path) >= 3 and isinstance(path[-2], int) else path[-2] if len(path) >= 2 else None
    return _KINDS.get(owner) if owner is not None else None


def _at(value: Any, path: Path) -> Any:
    for part in path:
        value = value[part]
    return value


def _into(value: Any, loc: tuple[int | str, ...]) -> tuple[Path, str | int]:
    """How far a place of pydantic's (with names of types in it) leads into the data, and its last part."""
    path: Path = ()
    for part in loc:
        in_list = isinstance(value, list) and isinstance(part, int) and part < len(value)
        if in_list or (isinstance(value, dict) and part in value):
            value = value[part]
            path = (*path, part)
    return path, loc[-1] if loc else ""


def _finding(source: SourceFile, path: Path, what: str, fix: str, at_value: bool = False) -> Finding:
    line, column = source.value_place(path) if at_value else source.key_place(path)
    return Finding(file=source.name, line=line, column=column, what=what, fix=fix, code="test-case")
