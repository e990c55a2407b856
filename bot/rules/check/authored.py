"""All files of a folder together: names to places, one desk of them all, and what is declared twice."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from pydantic import BaseModel

from bot.model.article import Knowledge
from bot.model.desk import Desk, DeskSettings, Finding
from bot.model.flow import Flow
from bot.model.prompt import PromptSpec
from bot.model.response import Say
from bot.model.slot import SlotSpec
from bot.rules.check.parts import FileParts, Part
from bot.rules.check.report import Report

_TABLES = {"flow": "flows", "slot": "slots", "response": "responses", "prompt": "prompts"}
_LISTED = ("article", "questions", "evaluation")
_NOUNS = {
    "flow": "the flow",
    "slot": "the slot",
    "response": "the response",
    "prompt": "the prompt",
    "intent": "the intent",
    "article": "the article",
}


@dataclass(frozen=True)
class Authored:
    """What a folder holds.

    core:     what ships with the core; it counts as declared and gets no findings.
    files:    every file, with its parts.
    parts:    all parts, in the order of the files; of a name that is declared twice, the first counts.
    findings: what reading alone has shown.
    """

    core: Desk
    files: tuple[FileParts, ...]
    parts: tuple[Part, ...]
    findings: tuple[Finding, ...] = ()

    @cached_property
    def desk(self) -> Desk:
        """Everything that could be read, above the core's; steps that could not be read are stand-ins."""
        return _merged(self.core, [part for part in self.parts if part.value is not None and not part.twice])

    @cached_property
    def sound(self) -> Desk:
        """The parts in whose shape nothing is wrong, above the core's."""
        return _merged(self.core, [part for part in self.parts if part.whole and not part.twice])

    def of_kind(self, kind: str) -> list[Part]:
        """The folder's own parts of one kind that can be looked at."""
        return [part for part in self.parts if part.kind == kind and part.value is not None]

    @cached_property
    def flows(self) -> Mapping[str, Part]:
        return {part.name: part for part in self.of_kind("flow") if not part.twice}

    @cached_property
    def responses(self) -> Mapping[str, Part]:
        return {part.name: part for part in self.of_kind("response") if not part.twice}

    @cached_property
    def prompts(self) -> Mapping[str, Part]:
        return {part.name: part for part in self.of_kind("prompt") if not part.twice}

    @cached_property
    def _declared(self) -> Mapping[str, frozenset[str]]:
        """All names of a kind: the core's, the folder's, and those whose declaration is broken."""
        names = {kind: set(getattr(self.core, table)) for kind, table in _TABLES.items()}
        names["intent"] = {entry.intent for entry in self.core.nlu if hasattr(entry, "intent")}
        names["article"] = set()
        for part in self.parts:
            if part.kind in names and part.name:
                names[part.kind].add(part.name)
        return {kind: frozenset(found) for kind, found in names.items()}

    def names(self, kind: str) -> frozenset[str]:
        """Names of a kind (flow, slot, response, prompt, intent, article) with a declaration, be it a broken one."""
        return self._declared[kind]

    @cached_property
    def _gaps(self) -> Sequence[str]:
        """The texts of files of which some parts could not be read."""
        return [one.source.text for one in self.files if one.gap]

    def may_exist(self, name: str) -> bool:
        """Whether this name may stand in what could not be read, so that its absence proves nothing."""
        if not self._gaps or not name:
            return False
        quoted = rf"""["']?{re.escape(name)}["']?"""
        pattern = re.compile(rf"(?:^|[\s{{,]){quoted}\s*:|\b(?:intent|name):\s*{quoted}\s*(?:[,}}\n]|$)")
        return any(pattern.search(text) for text in self._gaps)


def _merged(core: Desk, parts: Iterable[Part]) -> Desk:
    parts = list(parts)
    tables: dict[str, dict[str, Any]] = {table: dict(getattr(core, table)) for table in _TABLES.values()}
    nlu = list(core.nlu)
    settings: dict[str, Any] = {name: getattr(core.settings, name) for name in core.settings.model_fields_set}
    for part in parts:
        if part.kind in _TABLES:
            tables[_TABLES[part.kind]][part.name] = part.value
        elif part.kind in ("intent", "lookup"):
            nlu.append(part.value)
        elif part.kind == "settings":
            settings |= {name: getattr(part.value, name) for name in part.value.model_fields_set}
    if "languages" not in settings:
        settings["languages"] = _written_in(parts, DeskSettings().languages[0])
    made = DeskSettings(**settings)
    listed = {kind: tuple(part.value for part in parts if part.kind == kind) for kind in _LISTED}
    knowledge = Knowledge(articles=listed["article"], questions=listed["questions"], languages=made.languages)
    entries: dict[str, Any] = {
        **tables, "nlu": tuple(nlu), "settings": made, "knowledge": knowledge, "evaluation": listed["evaluation"],
    }  # fmt: skip
    return Desk.model_construct(**entries)


def _written_in(parts: Iterable[Part], first: str) -> tuple[str, ...]:
    """The languages of a desk that names none: the first, and those that its replies are translated into."""
    found = {language for part in parts for language in _languages_of(part.value)}
    return (first, *sorted(found - {first}))


def _languages_of(value: object) -> Iterator[str]:
    """Of translations, however deep in a flow these stand."""
    if isinstance(value, BaseModel):
        translation = getattr(value, "translation", None)
        yield from translation if isinstance(translation, dict) else ()
        for name in value.model_fields_set:
            yield from _languages_of(getattr(value, name))
    elif isinstance(value, dict | list | tuple):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _languages_of(inner)


def assemble(files: Iterable[FileParts], core: Desk | None) -> Authored:
    """Put the files together; what is declared twice is a finding at the second place."""
    every = tuple(sorted(files, key=lambda one: one.source.name))
    findings = [finding for one in every for finding in (*one.source.findings, *one.findings)]
    first: dict[tuple[str, ...], Part] = {}
    parts: list[Part] = []
    for part in (part for one in every for part in one.parts):
        known = next((key for key in _identities(part) if key in first), None)
        if known is not None:
            findings.append(_twice(part, first[known], known))
        parts.append(part if known is None else replace(part, twice=True))
        for key in _identities(part):
            first.setdefault(key, part)
    return Authored(core or Desk(), every, tuple(parts), tuple(findings))


def _identities(part: Part) -> list[tuple[str, ...]]:
    """What may be there only once: a name; of an intent, each of its languages; of the settings, each key."""
    if part.kind in _TABLES:
        return [(part.kind, part.name)]
    if part.kind == "intent" and part.name and part.value is not None:
        return [(part.kind, part.name, part.value.language or "")]
    if part.kind == "article" and part.value is not None:
        return [(part.kind, part.name, part.value.language or "")]
    if part.kind == "settings" and part.value is not None:
        return [(part.kind, key) for key in sorted(part.value.model_fields_set)]
    return []


def _twice(part: Part, first: Part, key: tuple[str, ...]) -> Finding:
    report = Report(part.source)
    below = ("intent",) if part.kind == "intent" else (key[1],) if part.kind == "settings" else ()
    line, _ = first.source.key_place((*first.path, *below))
    noun = "the setting" if part.kind == "settings" else _NOUNS[part.kind]
    what = f"{noun} {key[1]!r} is declared twice; first in {first.source.name}:{line}"
    fix = (
        "Put the examples of both into one."
        if part.kind == "intent"
        else "Keep one of them, or give this one another name."
    )
    place = (*part.path, *below)
    if part.kind == "intent":
        report.at_value(place, "duplicate-name", what, fix)
    else:
        report.at_key(place, "duplicate-name", what, fix)
    return report.findings[0]


def typed_flow(part: Part) -> Flow:
    assert isinstance(part.value, Flow)
    return part.value


def typed_slot(part: Part) -> SlotSpec:
    assert isinstance(part.value, SlotSpec)
    return part.value


def typed_prompt(part: Part) -> PromptSpec:
    assert isinstance(part.value, PromptSpec)
    return part.value


def typed_response(part: Part) -> tuple[Say, ...]:
    assert isinstance(part.value, tuple)
    return part.value
