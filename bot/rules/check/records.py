"""Forms with known keys: records, and steps, whose kind is told by one of their keys."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bot.model.flow import STEP_TYPES, step_kind
from bot.rules.check.forms import DROP, Form, Reading, unknown_key, wrong
from bot.rules.check.places import Path
from bot.rules.check.report import listed, suggestion

LOST_ACTION: Final = "\0unread"
"""The action of a `do` step that stands in for one that could not be read and has had its finding."""


@dataclass
class Record:
    """Known keys.

    noun:      how findings call the whole, as in `a flow`.
    short:     another form that the whole may take. null: whether it may be empty.
    stand_ins: what takes the place of a value that is missing or cannot be read.
    elsewhere: for keys that people write here by mistake, what to do about them.
    """

    noun: str
    fields: dict[str, Form] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    short: Form | None = None
    null: bool = False
    stand_ins: Mapping[str, Any] = field(default_factory=dict)
    elsewhere: Mapping[str, str] = field(default_factory=dict)

    @property
    def words(self) -> str:
        return f"{self.short.words} or keys and values" if self.short else "keys and values"

    def fits(self, value: Any) -> bool:
        return isinstance(value, dict) or (value is None and self.null) or bool(self.short and self.short.fits(value))

    def read(self, value: Any, path: Path, reading: Reading) -> Any:
        if value is None and self.null:
            return None
        if self.short is not None and self.short.fits(value):
            return self.short.read(value, path, reading)
        if not isinstance(value, dict):
            return wrong(self, value, path, reading)
        out = {}
        whole = True
        for key, inner in value.items():
            form = self.fields.get(key)
            if form is None:
                unknown_key(key, self.fields, self.noun, (*path, key), reading, self.elsewhere)
            elif (read := form.read(inner, (*path, key), reading)) is not DROP:
                out[key] = read
            elif key in self.stand_ins:
                out[key] = self.stand_ins[key]
            else:
                whole = whole and key not in self.required
        return out if self._nothing_missing(value, out, path, reading) and whole else DROP

    def _nothing_missing(self, value: dict[str, Any], out: dict[str, Any], path: Path, reading: Reading) -> bool:
        missing = sorted(self.required - value.keys())
        likely = {key for key in value if key not in self.fields}
        for key in missing:
            # A key that is written wrongly has had its finding: it is not missing as well.
            if not any(suggestion(other, [key], "") for other in likely):
                what = f"{self.noun} needs `{key}`"
                reading.report.at_key(path, "missing-key", what, f"Add `{key}:`.")
            if key in self.stand_ins:
                out[key] = self.stand_ins[key]
        return all(key in self.stand_ins for key in missing)

    def hint(self, value: Any) -> str:
        if self.short is not None and not isinstance(value, list):
            return self.short.hint(value)
        if isinstance(value, list):
            return "Take the `- ` away and write `key: value` lines."
        keys = ", ".join(sorted(self.required)) or listed(self.fields, 6)
        return f"Write `key: value` lines below it; its keys are {keys}."


@dataclass
class StepForm:
    """One step: exactly one of the keys that name its kind."""

    kinds: dict[str, Record] = field(default_factory=dict)
    common: frozenset[str] = frozenset()
    foreign: Mapping[str, str] = field(default_factory=dict)

    @property
    def words(self) -> str:
        return "a step"

    def fits(self, value: Any) -> bool:
        return isinstance(value, dict)

    def read(self, value: Any, path: Path, reading: Reading) -> Any:
        """The step; where it cannot be used a stand-in with its id, so that the others keep their places."""
        if not isinstance(value, dict):
            wrong(self, value, path, reading)
            return lost_step(None)
        kind = step_kind(value)
        if kind is None:
            self._unclear(value, path, reading)
            return lost_step(value)
        read = self.kinds[kind].read(value, path, reading)
        return lost_step(value) if read is DROP else read

    def _unclear(self, value: dict[str, Any], path: Path, reading: Reading) -> None:
        found = [kind for kind in STEP_TYPES if kind in value]
        if found:
            names = " and ".join(f"`{kind}`" for kind in found)
            second = max(found, key=lambda kind: reading.report.source.key_place((*path, kind)))
            what = f"this step has {names}, and a step does one thing"
            fix = "`collect` asks with `ask` or `utter`." if "collect" in found else "Make two steps of it."
            reading.report.at_key((*path, second), "two-kinds", what, fix)
            return
        strange = [key for key in value if key not in self.common]
        for key in strange:
            if fix := self.foreign.get(key) or suggestion(key, STEP_TYPES, ""):
                reading.report.at_key((*path, key), "unknown-key", f"there is no kind of step called `{key}`", fix)
                return
        names = ", ".join(STEP_TYPES)
        if strange:
            what = f"there is no kind of step called `{strange[0]}`"
            reading.report.at_key((*path, strange[0]), "unknown-key", what, f"The kinds are {names}.")
        else:
            reading.report.at_value(path, "no-kind", "this step does nothing", f"Give it one of {names}.")

    def hint(self, value: Any) -> str:
        word, _, rest = str(value).partition(" ") if isinstance(value, str) else ("", "", "")
        if word.rstrip(":") in STEP_TYPES:
            return f"Put a colon and a space behind its key: `{word.rstrip(':')}: {rest.strip()}`."
        key, colon, rest = str(value).partition(":")
        if colon and key in STEP_TYPES:
            return f"Put a space behind the colon: `{key}: {rest}`."
        return "Write it as a key and a value, as in `say: Hello` or `utter: utter_hello`."


def lost_step(value: dict[str, Any] | None) -> dict[str, Any]:
    """What stands in for a step that cannot be read."""
    named = value.get("id") if value else None
    step = {"do": LOST_ACTION}
    return (
        step | {"id": named} if isinstance(named, str) and re.fullmatch("[A-Za-z][A-Za-z0-9_]{0,63}", named) else step
    )
