"""Files of messages with their intents: CSV with the columns text and intent, and what is wrong with one."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from bot.errors import BadInput
from bot.nlu.examples import exact_key

Rows = list[tuple[str, str]]
_SHAPE = "It must be CSV in UTF-8 with the columns text and intent in its first line"
_DELIMITERS = ",;\t"
_MOST_NAMED = 3


def read_rows(file: Path, *, with_intents: bool = True) -> Rows:
    """Text and intent of each line. Commas, semicolons or tabs stand between the columns, whichever the first line has.

    with_intents: False takes files without intents, and lines without one.
    Raises BadInput with the line: unreadable, no such columns, a line without a text or intent, no line at all.
    """
    rows = list(_rows(file, with_intents))
    if not rows:
        raise BadInput(f"{file} holds no messages", _SHAPE)
    return rows


def _rows(file: Path, with_intents: bool) -> Iterator[tuple[str, str]]:
    text = _text_of(file)
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    read = 0
    try:
        columns = [name.strip().casefold() for name in next(reader, [])]
        missing = [name for name in ("text", "intent")[: 1 + with_intents] if name not in columns]
        if columns and missing:
            raise BadInput(
                f"{file}:1: there is no column {missing[0]!r}; there are {', '.join(map(repr, columns))}", _SHAPE
            )
        read = reader.line_num
        for cells in reader:
            if cells:
                yield _row(f"{file}:{read + 1}", cells, columns, with_intents)
            read = reader.line_num
    except csv.Error as error:
        fix = "Put a text with the delimiter or a line break in it into quotes, and double the quotes in it"
        raise BadInput(f"{file}:{read + 1}: {error}", fix) from error


def _text_of(file: Path) -> str:
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}", "Name a file that is there") from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        coding = "utf-16" if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else "latin1"
        fix = f"Save it as UTF-8; for example `iconv -f {coding} -t utf-8`"
        raise BadInput(f"{file}:{line}: this is not UTF-8 (byte {raw[error.start]:#04x})", fix) from error


def _row(at: str, cells: list[str], columns: list[str], with_intents: bool) -> tuple[str, str]:
    if len(cells) > len(columns) and any(cell.strip() for cell in cells[len(columns) :]):
        what = f"{at}: there are {len(cells)} cells, and {len(columns)} columns"
        raise BadInput(what, "Put a text that holds the delimiter into quotes")
    row = dict(zip(columns, cells, strict=False))
    text, intent = row.get("text", ""), row.get("intent", "").strip()
    if with_intents and not text.strip():
        raise BadInput(f"{at}: this line has no text", "Fill it in, or delete the line")
    if with_intents and not intent:
        raise BadInput(f"{at}: this line has no intent", "Fill it in, or delete the line")
    return text, intent


def needs_two_intents(file: Path, rows: Rows) -> None:
    """Raises BadInput where there is nothing to choose between."""
    intents = {intent for _, intent in rows}
    if len(intents) < 2:
        fix = "Add examples of another intent"
        raise BadInput(f"{file} holds one intent alone ({next(iter(intents))}): nothing can be told apart", fix)


def remarks(learned: Rows, asked: Rows) -> Iterator[str]:
    """What makes figures worse than they need be, or mean less."""
    intents_of: dict[str, set[str]] = {}
    for text, intent in learned:
        intents_of.setdefault(exact_key(text), set()).add(intent)
    doubtful = [f"{text!r} ({', '.join(sorted(intents))})" for text, intents in intents_of.items() if len(intents) > 1]
    counts = Counter(intent for _, intent in {(exact_key(text), intent) for text, intent in learned})
    lonely = sorted(intent for intent, count in counts.items() if count == 1)
    strange = sorted({intent for _, intent in asked} - set(counts))
    twice = len(learned) - len(set(learned))
    seen = sum(exact_key(text) in intents_of for text, _ in asked)
    if twice:
        yield f"{twice} lines stand in the examples more than once; each counts once"
    if doubtful:
        yield f"examples of more than one intent teach nothing: {_some(doubtful)}"
    if lonely:
        yield f"intents with one example are hardly told apart: {_some(lonely)}"
    if strange:
        yield f"questions of intents without examples can only be wrong: {_some(strange)}"
    if seen:
        yield f"{seen} of {len(asked)} questions are examples, and so are known by heart"


def _some(names: list[str]) -> str:
    rest = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {rest} more" if rest > 0 else "")
