"""One authored file: from bytes to plain JSON data with a mark for every value, and findings for what is not
YAML.

PyYAML's event parser (libyaml, in C) reads the structure; what a plain word means is decided here, by the
core schema of YAML 1.2 (https://yaml.org/spec/1.2.2/#103-core-schema), so `on`, `no` and `12:30` are texts. Events
carry no
types, so nothing of YAML 1.1 gets in. ruamel.yaml's scanner, which is Python, took 25 times as long on 200 flows.
"""

import hashlib
import math
import re
from typing import Any, Final

import yaml  # type: ignore[import-untyped]  # noqa: TID251  # events only, see above

from bot.edges.yaml_traps import Trap, comment_trap, explain, quoted_line, raw_value
from bot.model.desk import Finding
from bot.rules.check.places import UNREAD, Mark, SourceFile

MAX_BYTES: Final = 1_048_576
"""The largest file that is read."""
MAX_DEPTH: Final = 50
"""Mappings and lists inside one another."""
MAX_BRACKETS: Final = 400
"""Brackets that are open at once, counted without looking at quotes, before anything is parsed."""
MAX_MENDS: Final = 40
"""How often a file is read again after one line was mended, to find what else is wrong with it."""

_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_BRACKETS: Final = re.compile(r"[\[\]{}]")
_NULLS: Final = frozenset(("", "~", "null", "Null", "NULL"))
_FREE_TEXT: Final = frozenset(("say", "text", "ask", "description", "title", "prompt", "system", "note", "label"))
_CUT: Final = re.compile(r"\s+#[^\s#]")
_BOOLEANS: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER: Final = re.compile(r"[-+]?[0-9]{1,300}|0o[0-7]{1,100}|0x[0-9a-fA-F]{1,100}")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]{1,300}|[0-9]{1,300}(\.[0-9]{0,300})?)([eE][-+]?[0-9]{1,3})?")
_PARSER: Final = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
_NOWHERE: Final = Mark(1, 1, 1)


def read_source(name: str, content: bytes) -> SourceFile:
    """Read one file. Never raises: whatever is wrong with it is among its findings.

    name: how findings call the file.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    text, refused = _decode(name, content)
    if refused is not None:
        return SourceFile(name, sha256, text, UNREAD, _NOWHERE, (refused,))
    return _read_text(name, sha256, text)


def _read_text(name: str, sha256: str, text: str) -> SourceFile:
    """Parse. After a line that YAML cannot read, go on as if it had been mended as its finding says."""
    lines = text.split("\n")
    findings: list[Finding] = []
    seen: set[tuple[int, int, str]] = set()
    for _ in range(MAX_MENDS):
        composer = _Composer(name, lines)
        try:
            data, mark = composer.document("\n".join(lines))
        except yaml.YAMLError as error:
            trap = explain(lines, error)
            if (trap.line, trap.column, trap.what) in seen:
                break
            seen.add((trap.line, trap.column, trap.what))
            findings.append(_finding(name, trap))
            mended = next(filter(_parses, trap.ways), trap.mended)
            if mended is None:
                break
            lines = mended
        except _TooDeep as deep:
            findings.append(deep.finding)
            break
        else:
            found = (*findings, *composer.findings)
            return SourceFile(name, sha256, text, data, mark, found, lines)
    return SourceFile(name, sha256, text, UNREAD, _NOWHERE, tuple(findings), lines)


def _parses(lines: list[str]) -> bool:
    try:
        for _ in yaml.parse("\n".join(lines), Loader=_PARSER):
            pass
    except yaml.YAMLError:
        return False
    return True


def _finding(name: str, trap: Trap) -> Finding:
    return Finding(file=name, line=trap.line, column=trap.column, what=trap.what, fix=trap.fix, code=trap.code)


def _decode(name: str, content: bytes) -> tuple[str, Finding | None]:
    """The text of a file, and why it is not parsed, if it is not."""
    if len(content) > MAX_BYTES:
        return "", Finding(
            file=name, line=1, column=1, code="too-large",
            what=f"this file has more than {MAX_BYTES:,} bytes, and no more are read",
            fix="Split it into several files.",
        )  # fmt: skip
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8-sig", "replace")
        what = f"byte 0x{content[error.start]:02x} is not UTF-8"
        return "", _at(name, before, "not-utf8", what, "Save the file with the encoding UTF-8.")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if bad := _FORBIDDEN.search(text):
        what = f"there is a control character (U+{ord(bad[0]):04X}), which cannot be seen"
        return text, _at(name, text[: bad.start()], "control-character", what, "Delete it, or type the line again.")
    return text, _too_many_brackets(name, text)


def _too_many_brackets(name: str, text: str) -> Finding | None:
    # libyaml walks all open brackets at each token: thousands of them would take minutes.
    depth = 0
    for bracket in _BRACKETS.finditer(text):
        depth += 1 if bracket[0] in "[{" else -1
        if depth > MAX_BRACKETS:
            what = f"more than {MAX_BRACKETS} brackets are open at once"
            return _at(name, text[: bracket.start()], "too-deep", what, "Write it flatter.")
    return None


def _at(name: str, before: str, code: str, what: str, fix: str) -> Finding:
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    return Finding(file=name, line=line, column=column, what=what, fix=fix, code=code)


class _TooDeep(Exception):
    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.what)
        self.finding = finding


class _Composer:
    """Builds data and marks from the events of one text."""

    def __init__(self, name: str, lines: list[str]) -> None:
        self.name = name
        self.lines = lines
        self.findings: list[Finding] = []
        self._depth = 0

    def document(self, text: str) -> tuple[Any, Mark]:
        """The first document; more of them are a finding. Raises yaml.YAMLError and _TooDeep."""
        events = iter(yaml.parse(text, Loader=_PARSER))
        next(events)
        data, mark = None, _NOWHERE
        for number, event in enumerate(event for event in events if isinstance(event, yaml.DocumentStartEvent)):
            if number == 0:
                data, mark = self._node(next(events), events)
                continue
            self._find(
                event.start_mark,
                "second-document",
                "a second document begins here",
                "Put it into a file of its own.",
            )
            break
        return data, mark

    def _find(self, at: Any, code: str, what: str, fix: str, level: Any = "error") -> None:
        line, column = at.line + 1, at.column + 1
        self.findings.append(
            Finding(file=self.name, line=line, column=column, what=what, fix=fix, code=code, level=level)
        )

    def _node(self, event: Any, events: Any) -> tuple[Any, Mark]:
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        self._refuse_extras(event)
        self._depth += 1
        if self._depth > MAX_DEPTH:
            start = event.start_mark
            what = f"more than {MAX_DEPTH} mappings and lists stand inside one another"
            raise _TooDeep(
                Finding(
                    file=self.name, line=start.line + 1, column=start.column + 1, code="too-deep", what=what,
                    fix="Move the inner steps into a flow of their own and `call` it.",
                )
            )  # fmt: skip
        node = self._mapping(event, events) if isinstance(event, yaml.MappingStartEvent) else self._list(event, events)
        self._depth -= 1
        return node

    def _list(self, start: Any, events: Any) -> tuple[Any, Mark]:
        items: list[Any] = []
        marks: list[Mark] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            item, mark = self._node(event, events)
            items.append(item)
            marks.append(mark)
        place = start.start_mark
        return items, Mark(place.line + 1, place.column + 1, event.end_mark.line + 1, inner=marks)

    def _mapping(self, start: Any, events: Any) -> tuple[Any, Mark]:
        entries: dict[str, Any] = {}
        keys: dict[str, tuple[int, int]] = {}
        marks: dict[str, Mark] = {}
        braces = False
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                braces = self._strange_key(event, events, start) or braces
                continue
            key = event.value
            place = event.start_mark
            self._refuse_extras(event)
            value_event = next(events)
            value, mark = self._node(value_event, events)
            if key in keys:
                self._duplicate(key, keys[key], place)
                continue
            if key in _FREE_TEXT and isinstance(value, str) and not mark.style:
                self._cut_short(value_event)
            if value is None and self._swallowed(start, event, value_event):
                value = UNREAD
            entries[key], keys[key], marks[key] = value, (place.line + 1, place.column + 1), mark
        place = start.start_mark
        if braces:
            return raw_value(self.lines, place, event.end_mark), Mark(
                place.line + 1, place.column + 1, event.end_mark.line + 1
            )
        return entries, Mark(place.line + 1, place.column + 1, event.end_mark.line + 1, keys=keys, inner=marks)

    def _strange_key(self, event: Any, events: Any, outer: Any) -> bool:
        """A key that is not a word; True for the `{{` of a template that lacks its quotes."""
        brace = event.start_mark
        templated = bool(outer.flow_style) and self.lines[brace.line][brace.column - 1 : brace.column + 1] == "{{"
        before = len(self.findings)
        self._node(event, events)
        self._node(next(events), events)
        del self.findings[before:]
        if templated:
            shown = quoted_line(self.lines, outer.start_mark)
            what = "`{{` begins a mapping in YAML, so this template is not read as text"
            self._find(outer.start_mark, "yaml-trap", what, f"Put quotes around it{shown}.")
        else:
            self._find(
                event.start_mark,
                "yaml-key",
                "a key must be one word or text",
                "Write the key as a plain word.",
            )
        return templated

    def _duplicate(self, key: str, first: tuple[int, int], place: Any) -> None:
        what = f"the key {key!r} stands here for the second time; the first is in line {first[0]}"
        self._find(place, "duplicate-key", what, "Keep one of the two.")

    def _swallowed(self, mapping: Any, key: Any, value: Any) -> bool:
        """Whether an empty value comes from a trap, because of what the writer meant to stand there."""
        before = len(self.findings)
        if trap := comment_trap(self.lines, key.end_mark):
            self.findings.append(_finding(self.name, trap))
        elif (
            mapping.flow_style
            and not key.style
            and ":" in key.value.strip(":")
            and value.start_mark.index == key.end_mark.index
        ):
            name, _, rest = key.value.partition(":")
            self._find(
                key.start_mark,
                "yaml-trap",
                f"{key.value!r} is read as one word",
                f"Put a space behind the colon: `{name}: {rest}`.",
            )
        return len(self.findings) > before

    def _cut_short(self, event: Any) -> None:
        """`say: Order #5 is here` ends before the hash. With a space behind it, a comment is meant."""
        end = event.end_mark
        if event.start_mark.line == end.line and _CUT.match(self.lines[end.line][end.column :]):
            what = "` #` begins a comment in YAML, so the text ends before it"
            self._find(
                end,
                "yaml-comment",
                what,
                "Put quotes around the whole text; or a space behind `#`.",
                "warning",
            )

    def _alias(self, event: Any) -> tuple[Any, Mark]:
        self._find(
            event.start_mark, "yaml-alias", f"`*{event.anchor}` is an alias, and aliases are not read here",
            "Write the content out; if it is meant as text, put quotes around it.",
        )  # fmt: skip
        place = event.start_mark
        return UNREAD, Mark(place.line + 1, place.column + 1, place.line + 1)

    def _refuse_extras(self, event: Any) -> None:
        if event.anchor is not None:
            self._find(
                event.start_mark, "yaml-anchor",
                f"`&{event.anchor}` is an anchor, and anchors are not read here",
                "Delete it; if it is meant as text, put quotes around the whole value.",
            )  # fmt: skip
        if event.tag is not None:
            self._find(
                event.start_mark, "yaml-tag", f"{_tag_text(event.tag)} is a tag, and tags are not read here",
                "Delete it; if it is meant as text, put quotes around the whole value.",
            )  # fmt: skip

    def _scalar(self, event: Any) -> tuple[Any, Mark]:
        refused = event.anchor is not None or event.tag is not None
        if refused:
            self._refuse_extras(event)
        start, text, style = event.start_mark, event.value, event.style
        mark = Mark(start.line + 1, start.column + 1, event.end_mark.line + 1, style or "")
        if refused and not text:
            return UNREAD, mark
        if not style:
            return _plain(text), mark
        if style in "|>" and self._block_header(start):
            return UNREAD, mark
        return text, mark

    def _block_header(self, start: Any) -> bool:
        """`if: >5` begins a folded text for YAML, with an indentation of 5."""
        header = self.lines[start.line][start.column :].split(" #")[0].strip()
        if not re.fullmatch(r"[|>][1-9]+", header):
            return False
        shown = quoted_line(self.lines, start)
        self._find(start, "yaml-trap", f"`{header}` begins a text block in YAML", f"Put quotes around it{shown}.")
        return True


def _tag_text(tag: str) -> str:
    return f"`{tag.replace('tag:yaml.org,2002:', '!!')}`"


def _plain(text: str) -> Any:
    """A word without quotes, by YAML 1.2's core schema. What JSON has not (.inf, .nan) stays text."""
    first = text[:1]
    if first not in "-+.0123456789tTfFnN~":
        return text
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INTEGER.fullmatch(text):
        return int(text, 8 if text.startswith("0o") else 16 if text.startswith("0x") else 10)
    return _finite(text) if _FLOAT.fullmatch(text) else text


def _finite(text: str) -> float | str:
    number = float(text)
    return number if math.isfinite(number) else text
