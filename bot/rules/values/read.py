"""Reading what a contact typed as the answer to a question, by the type of its slot."""

import json
import re
from collections.abc import Callable
from datetime import datetime

from bot.model.base import Json
from bot.model.message import FileRef
from bot.model.parse import Entity
from bot.model.slot import SlotSpec, SlotType
from bot.rules.values.agreement import read_boolean
from bot.rules.values.answer import (
    LONGEST_SEARCHED,
    Answer,
    Context,
    Filled,
    Found,
    Refused,
    only_one,
    zone_named,
)
from bot.rules.values.bounds import outside, prefers_past
from bot.rules.values.choices import read_choice
from bot.rules.values.contacts import read_email, read_phone, read_url, region_of
from bot.rules.values.dates import read_date
from bot.rules.values.durations import find_durations, with_units_spelt
from bot.rules.values.legible import legible
from bot.rules.values.literals import typed
from bot.rules.values.money import find_money, money
from bot.rules.values.number_words import find_number_words
from bot.rules.values.numbers import find_numbers, plain
from bot.rules.values.patterns import example_of, find_pattern, fits, joined_otherwise
from bot.rules.values.times import read_moment, read_time
from bot.rules.values.wording import with_usual_letters
from bot.rules.values.words import LOOKS_LIKE

LACKING = frozenset({"needs_a_day", "needs_a_time", "needs_a_unit"})
"""Refusals of an answer that only lacks a part."""
_SURROGATES = re.compile("[\ud800-\udfff]")


def read_value(
    spec: SlotSpec,
    text: str,
    entities: tuple[Entity, ...] = (),
    *,
    now: datetime,
    timezone: str = "UTC",
    language: str = "en",
    region: str | None = None,
    files: tuple[FileRef, ...] = (),
    heard: str | None = None,
) -> Answer:
    """The value of a slot in somebody's words, or why there is none. Total: any text gives one of the two.

    spec:     what is asked for; its bounds hold for the value.
    entities: what understanding found in the text; taken where the words alone give nothing.
    now:      aware; what "tomorrow" counts from, in ``timezone``.
    heard:    the answer before, where a part was missing in it ("tomorrow", and now "3pm"); see LACKING.
    region:   country of telephone numbers without a code; None: the one of the time zone, if that is clear.

    What is kept: text as it is, trimmed · email with its domain in lower case · phone in E.164 · url with
    scheme · integer, number · money as ``{"amount": 12.5, "currency": "EUR"}``, currency null when none was
    named · date ``2026-03-12`` · time ``14:30`` · datetime ``2026-03-12T14:30:00+01:00`` · duration in
    seconds · boolean · choice: the value, whatever word was used · pattern: the part that fits, in the
    pattern's case · file: its name, url, media_type and size · list of texts · object.
    """
    where = Context(now, zone_named(timezone), language, region or region_of(timezone), files)
    text = _SURROGATES.sub("\ufffd", text)
    together = _from_words(spec, f"{heard} {text}", where) if heard and text.strip() else None
    if isinstance(together, Filled):
        return together
    answer = _from_words(spec, text, where)
    if isinstance(answer, Filled):
        return answer
    kinds = (spec.type, "number") if spec.type == "integer" else (spec.type,)
    fitting = (_from_entity(spec, entity, where) for entity in entities if entity.entity in kinds)
    return next((found for found in fitting if isinstance(found, Filled)), answer)


def read_entity(
    spec: SlotSpec,
    entity: Entity,
    *,
    now: datetime,
    timezone: str = "UTC",
    language: str = "en",
    region: str | None = None,
) -> Answer:
    """An entity as the value of a slot. Where its value leaves a day open ("tomorrow") its words are read."""
    return _from_entity(spec, entity, Context(now, zone_named(timezone), language, region or region_of(timezone)))


def _from_entity(spec: SlotSpec, entity: Entity, where: Context) -> Answer:
    kept = typed(spec, entity.value)
    if isinstance(kept, Refused):
        return _from_words(spec, _SURROGATES.sub("\ufffd", entity.text), where)
    return outside(spec, kept.value, where) or kept


def _from_words(spec: SlotSpec, text: str, where: Context) -> Answer:
    whole = text.strip()
    if not whole and not (spec.type == "file" and where.files):
        return Refused("no_file" if spec.type == "file" else "empty")
    if spec.type != "text":
        whole = legible(whole).text
    if spec.type in _READ_BY_WORDS:
        whole = with_usual_letters(whole)
    answer = _READERS[spec.type](whole if spec.type in ("text", "object") else whole[:LONGEST_SEARCHED], spec, where)
    if isinstance(answer, Refused):
        return answer
    return outside(spec, answer.value, where) or answer


def _read_file(where: Context) -> Answer:
    return Filled(where.files[0].model_dump(mode="json")) if where.files else Refused("no_file")


_MIXED = re.compile(r"(?<![\w.,/])(?P<whole>\d{1,6})\s(?P<part>[1-9])/(?P<of>[2-9])(?![\w/])")
_MINUS = re.compile(r"\bminus\s+(?=\d)", re.IGNORECASE)
_VULGAR = {"¼": "1/4", "½": "1/2", "¾": "3/4", "⅓": "1/3", "⅔": "2/3"}
_VULGAR_MARK = re.compile("[¼½¾⅓⅔]")
_PARTS_OF_ONE = re.compile(
    r"[\s\W]*(?:(?P<count>a|an|one|ein|1|two|zwei|2|three|drei|3)[\s-])?"
    r"(?:(?P<quarter>quarters?|viertel)|(?P<third>thirds?|drittel))[\s\W]*",
    re.IGNORECASE,
)
_FRACTION = re.compile(r"[\s\W]*(?P<part>[1-9])/(?P<of>[2-9])[\s\W]*")
_NONE = re.compile(r"[\s\W]*(?:none|no\sone|nobody|keine[rns]?|niemand|gar\skeine[rns]?)[\s\W]*", re.IGNORECASE)
_HALF = re.compile(r"[\s\W]*(?:(?:a|one|ein)\s)?(?:half|halb|halbe[rns]?)[\s\W]*", re.IGNORECASE)
_EITHER = re.compile(r"\b(?:or|oder)\b", re.IGNORECASE)


def _read_number(text: str, where: Context) -> Answer:
    if _NONE.fullmatch(text):
        return Filled(0)
    if _HALF.fullmatch(text):
        return Filled(0.5)
    text = _VULGAR_MARK.sub(lambda match: f" {_VULGAR[match[0]]}", text)
    if (fraction := _fraction(text)) is not None:
        return Filled(fraction)
    said = _MIXED.sub(_in_one, _MINUS.sub("-", text))
    found = find_numbers(said, where.language) or find_numbers(said, where.language, with_units=True)
    words = find_number_words(said) if not found or _EITHER.search(said) else []
    return only_one([*found, *words], "not_a_number")


def _fraction(text: str) -> float | None:
    """A part of one: "3/4", "three quarters", "ein Drittel"."""
    if (written := _FRACTION.fullmatch(text)) is not None:
        part, of = int(written["part"]), int(written["of"])
        return round(part / of, 3) if part < of else None
    if (named := _PARTS_OF_ONE.fullmatch(text)) is None:
        return None
    count = (named["count"] or "a").casefold()
    times = 3 if count in ("three", "drei", "3") else 2 if count in ("two", "zwei", "2") else 1
    return round(times / (4 if named["quarter"] else 3), 3)


def _in_one(match: re.Match[str]) -> str:
    """ "2 1/2" as one number."""
    return str(plain(round(int(match["whole"]) + int(match["part"]) / int(match["of"]), 3)))


def _read_integer(text: str, where: Context) -> Answer:
    answer = _read_number(text, where)
    if isinstance(answer, Filled) and not isinstance(answer.value, int):
        return Refused("not_whole")
    return answer


def _read_money(text: str, where: Context) -> Answer:
    if found := find_money(text, where.language):
        return only_one(found, "not_money")
    answer = _read_number(text, where)
    if isinstance(answer, Filled):
        return Filled(money(answer.value, None))
    return Refused("not_money") if answer.code == "not_a_number" else answer


def _read_duration(text: str, where: Context) -> Answer:
    found = find_durations(text, where.language) or find_durations(with_units_spelt(text), where.language)
    if not found and isinstance(_read_number(text, where), Filled):
        return Refused("needs_a_unit")
    return only_one(found, "not_a_duration")


_CASES: tuple[Callable[[str], str], ...] = (str, str.upper, str.lower)


def _read_pattern(text: str, pattern: str, language: str) -> Answer:
    """The whole answer or the part that stands alone, in capitals or small letters where only those fit."""
    for in_case in _CASES:
        written = in_case(text)
        if fits(pattern, written):
            return Filled(written)
        found = [Found(written[start:end], start, end) for start, end in find_pattern(pattern, written)]
        if found:
            return only_one(found, "not_in_form")
    answer = only_one(joined_otherwise(pattern, text), "not_in_form")
    example = example_of(pattern) if isinstance(answer, Refused) else None
    if not isinstance(answer, Refused) or answer.code != "not_in_form":
        return answer
    hint = LOOKS_LIKE.get(language, LOOKS_LIKE["en"]).format(example) if example else ""
    return Refused("not_in_form", {"form": hint})


_BETWEEN_ENTRIES = re.compile(r"\s*[,;\n]\s*(?:and\s|und\s|or\s|oder\s)?|\s+(?:and|und|or|oder|&)\s+", re.IGNORECASE)


def _read_list(text: str) -> Answer:
    """A JSON list, or entries between commas, semicolons, line ends, "and" and "or"."""
    if text.startswith("["):
        parsed = _json(text)
        return Filled(parsed) if isinstance(parsed, list) else Refused("not_a_list")
    entries = [entry.strip(" -*•\t") for entry in _BETWEEN_ENTRIES.split(text)]
    return Filled([entry for entry in entries if entry]) if any(entries) else Refused("not_a_list")


def _read_object(text: str) -> Answer:
    parsed = _json(text)
    return Filled(parsed) if isinstance(parsed, dict) else Refused("not_an_object")


def _json(text: str) -> Json:
    """Plain JSON; None for anything else, also for NaN, which is no JSON."""
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None


def _no_constant(name: str) -> Json:
    raise ValueError(f"{name} is not JSON")


_READ_BY_WORDS = frozenset({"number", "integer", "money", "date", "time", "datetime", "duration"})
_READERS: dict[SlotType, Callable[[str, SlotSpec, Context], Answer]] = {
    "text": lambda text, spec, where: Filled(text),
    "email": lambda text, spec, where: read_email(text),
    "phone": lambda text, spec, where: read_phone(text, where),
    "url": lambda text, spec, where: read_url(text),
    "integer": lambda text, spec, where: _read_integer(text, where),
    "number": lambda text, spec, where: _read_number(text, where),
    "money": lambda text, spec, where: _read_money(text, where),
    "date": lambda text, spec, where: read_date(text, where, prefers_past(spec, where)),
    "time": lambda text, spec, where: read_time(text),
    "datetime": lambda text, spec, where: read_moment(text, where, prefers_past(spec, where)),
    "duration": lambda text, spec, where: _read_duration(text, where),
    "boolean": lambda text, spec, where: read_boolean(text),
    "choice": lambda text, spec, where: read_choice(text, spec.values, where.language),
    "pattern": lambda text, spec, where: _read_pattern(text, spec.pattern or "", where.language),
    "file": lambda text, spec, where: _read_file(where),
    "list": lambda text, spec, where: _read_list(text),
    "object": lambda text, spec, where: _read_object(text),
}
