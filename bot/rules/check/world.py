"""What all checks share: the folder, the desk made of it, the actions there are, and the findings so far."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from bot.model.action import ActionSpec
from bot.model.desk import Desk, Finding, IntentExamples
from bot.rules.check.authored import Authored, typed_flow
from bot.rules.check.parts import Part
from bot.rules.check.places import Path
from bot.rules.check.report import Level, Place, Report, suggestion
from bot.rules.shown import Preview


@dataclass
class World:
    """The findings of one check run, and everything it looks at."""

    authored: Authored
    actions: Mapping[str, ActionSpec]
    all_actions: bool = True
    channels: Mapping[str, Preview] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def desk(self) -> Desk:
        return self.authored.desk

    @cached_property
    def intents(self) -> frozenset[str]:
        """Intents that have examples."""
        with_examples = {entry.intent for entry in self.desk.nlu if isinstance(entry, IntentExamples)}
        return self.authored.names("intent") | with_examples

    @cached_property
    def started_by(self) -> frozenset[str]:
        """Intents that start a flow, of the folder or of the core."""
        flows = (*self.desk.flows.values(), *map(typed_flow, self.authored.of_kind("flow")))
        return frozenset(trigger.intent for flow in flows for trigger in flow.triggers if trigger.intent)

    def at_value(self, part: Part, path: Path, code: str, what: str, fix: str, level: Level = "error") -> None:
        """A finding that points at the value at a path below a part."""
        place = part.source.value_place(part.file_path(path))
        self._add(part, place, code, what, fix, level)

    def at_key(self, part: Part, path: Path, code: str, what: str, fix: str, level: Level = "error") -> None:
        """A finding that points at the key that a path below a part ends in."""
        place = part.source.key_place(part.file_path(path))
        self._add(part, place, code, what, fix, level)

    def at_name(self, part: Part, path: Path, name: str, code: str, what: str, fix: str) -> None:
        """A finding that points at a name, be it a key or a value."""
        (self.at_key if path and path[-1] == name else self.at_value)(part, path, code, what, fix)

    def in_text(
        self,
        part: Part,
        path: Path,
        text: str,
        offset: int,
        code: str,
        what: str,
        fix: str,
        level: Level = "error",
    ) -> None:
        """A finding that points at one character of the text at a path below a part."""
        place = part.source.text_place(part.file_path(path), text, offset)
        self._add(part, place, code, what, fix, level)

    def at_place(
        self,
        part: Part,
        place: Place,
        code: str,
        what: str,
        fix: str,
        level: Level = "error",
        example: Sequence[str] = (),
    ) -> None:
        """A finding at a line and column of the part's file, perhaps with a conversation in which it shows."""
        Report(part.source, self.findings).add(place, code, what, fix, level, example)

    def _add(self, part: Part, place: Place, code: str, what: str, fix: str, level: Level) -> None:
        self.at_place(part, place, code, what, fix, level)

    def unknown(
        self,
        part: Part,
        path: Path,
        kind: str,
        name: str,
        known: Iterable[str],
        otherwise: str,
        noun: str = "",
    ) -> None:
        """A name that nothing has, unless it may stand in what could not be read."""
        if self.authored.may_exist(name):
            return
        what = f"there is no {noun or kind} {name!r}"
        self.at_value(part, path, f"unknown-{kind}", what, suggestion(name, known, otherwise))
