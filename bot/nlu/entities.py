"""Entities: what can be read from a text by itself, typed, with its place."""

import re
from collections.abc import Callable, Iterable, Iterator

from bot.model.base import Json
from bot.model.desk import Desk, IntentExamples, Lookup
from bot.model.parse import Entity
from bot.nlu.examples import LookupWord, marked_words, unmarked
from bot.nlu.lookups import Lookups
from bot.rules.values.answer import Found
from bot.rules.values.contacts import find_emails, find_phones, find_urls, region_of
from bot.rules.values.dates import find_day_words
from bot.rules.values.durations import find_durations
from bot.rules.values.legible import legible, place_in
from bot.rules.values.money import find_money, holds_currency
from bot.rules.values.number_words import find_counts
from bot.rules.values.numbers import find_numbers
from bot.rules.values.patterns import case_that_fits, find_pattern, joined_otherwise
from bot.rules.values.rewriting import Rewritten
from bot.rules.values.times import find_times
from bot.rules.values.wording import holds_any, with_usual_letters

TYPED = frozenset({"email", "url", "phone", "money", "date", "time", "duration", "number"})
"""The entities that every desk has. A value of theirs is what a slot of that type keeps.

A date whose day the words alone do not say ("tomorrow", "3 March") keeps its words as its value: a parse
knows no clock.
"""
_WORD = re.compile(r"[\w']+")
_HOLDS_FIGURE = re.compile(r"\d")
_NAME_IN_FIGURES = re.compile(
    r"(?<![\w.,])(?:#\s?\d+|\d{10,}|0\d{2,}(?:[ /-]\d+)*"
    r"|(?:[^\W\d_]{1,3}\d{2,4}|\d{2,6})(?:[ -]\d{2,6}){2,})(?![.,]?\d)"
)
_GROUPED = re.compile(r"\d{1,3}(?: \d{3})+")
_SHORT_LENGTH = re.compile(r"\d\s?[smhdw](?![^\W\d_])", re.IGNORECASE)
_OF_LENGTHS = tuple("sec min hour day week month year yr hr fortnight sek stund std tag woche monat jahr".split())
_OF_TIMES = (
    "noon", "mid", "mittag", "mitternacht", "half", "quarter", "halb", "viertel", "uhr", "clock", " past ", " nach ",
    " vor ", "five to ", "ten to ", "twenty to ",
)  # fmt: skip


class EntityFinder:
    """Finds the typed entities, and the desk's own: pattern and choice slots, lookups, regexes."""

    def __init__(self, desk: Desk) -> None:
        self._region = region_of(desk.settings.timezone)
        self._canonical = _synonyms(desk.nlu)
        self._patterns = list(_patterns(desk))
        ordinary = frozenset(word for text in _texts(desk.nlu) for word in _WORD.findall(text.casefold()))
        words = list(_words(desk, self._canonical))
        of_lookups = {part for word in words for part in _WORD.findall(word.word.casefold())}
        self._lookups = Lookups(words, ordinary - of_lookups)

    def find(self, written: str, language: str) -> tuple[Entity, ...]:
        """All entities in the order of the text. Of typed ones that share characters only one is kept."""
        said = legible(written)
        found = self._find(said.text, language)
        return tuple(_as_written(one, written, said) for one in found) if said.changes else found

    def _find(self, text: str, language: str) -> tuple[Entity, ...]:
        addresses = [*_typed("email", text, find_emails(text)), *_typed("url", text, find_urls(text))]
        own = [entity for entity in self._by_pattern(text) if _apart(entity, addresses)]
        typed = addresses
        plain = with_usual_letters(text)
        for name, find in self._finders(language, find_counts(plain, language)):
            # A list each time: what one finder has found stands in the way of the next, not of itself.
            typed = typed + [entity for entity in _typed(name, text, find(plain)) if _apart(entity, typed + own)]
        known = {(entity.entity, entity.start) for entity in own}
        own += [one for one in self._lookups.find(text) if (one.entity, one.start) not in known]
        typed = [entity for entity in typed if entity.entity != "number" or not _inside(entity, own)]
        return tuple(sorted(typed + own, key=lambda entity: (entity.start, -entity.end, entity.entity)))

    def _finders(self, language: str, counts: list[Found]) -> Iterator[tuple[str, Callable[[str], list[Found]]]]:
        """In the order of precedence: what says more comes first."""
        yield "date", lambda text: _dates(text, language, self._region)
        yield "phone", lambda text: find_phones(text, self._region)
        yield "money", lambda text: find_money(text, language) if holds_currency(text) else []
        yield "time", lambda text: find_times(text) if _may_hold_time(text) else []
        yield "duration", lambda text: find_durations(text, language) if _may_hold_length(text) else []
        yield "number", lambda text: [*_quantities(text, language), *counts]

    def _by_pattern(self, text: str) -> Iterator[Entity]:
        for name, pattern in self._patterns:
            found = list(find_pattern(pattern, text, any_case=True))
            for start, end in found:
                words = text[start:end]
                value = self._canonical.get(words.casefold()) or case_that_fits(pattern, words) or words
                yield Entity(entity=name, value=value, text=words, start=start, end=end)
            for one in () if found else joined_otherwise(pattern, text, spaced=False):
                words = text[one.start : one.end]
                yield Entity(entity=name, value=one.value, text=words, start=one.start, end=one.end)


def _as_written(found: Entity, written: str, said: Rewritten) -> Entity:
    start, end = place_in(written, said, found.start, found.end)
    return found.model_copy(update={"text": written[start:end], "start": start, "end": end})


def _typed(name: str, text: str, found: Iterable[Found]) -> list[Entity]:
    return [
        Entity(entity=name, value=one.value, text=text[one.start : one.end], start=one.start, end=one.end)
        for one in found
    ]


def _dates(text: str, language: str, region: str | None) -> list[Found]:
    return [
        Found(one.day.isoformat() if one.day else text[one.start : one.end], one.start, one.end)
        for one in find_day_words(text, language, region)
    ]


def _quantities(text: str, language: str) -> list[Found]:
    """Numbers in digits, but for those that name something: "#4711", "0815", the groups of a card or an account."""
    if not _HOLDS_FIGURE.search(text):
        return []
    names = [match.span() for match in _NAME_IN_FIGURES.finditer(text) if not _GROUPED.fullmatch(match[0])]
    return [
        one
        for one in find_numbers(text, language)
        if not any(start < one.end and one.start < end for start, end in names)
    ]


def _may_hold_time(text: str) -> bool:
    return _HOLDS_FIGURE.search(text) is not None or holds_any(text.casefold(), _OF_TIMES)


def _may_hold_length(text: str) -> bool:
    return holds_any(text.casefold(), _OF_LENGTHS) or _SHORT_LENGTH.search(text) is not None


def _inside(entity: Entity, others: list[Entity]) -> bool:
    """Whether it is a part of another: the 15 of "iPhone 15" counts nothing."""
    return any(
        one.start <= entity.start and entity.end <= one.end and one.end - one.start > entity.end - entity.start
        for one in others
    )


def _apart(entity: Entity, others: list[Entity]) -> bool:
    return all(entity.end <= other.start or other.end <= entity.start for other in others)


def _texts(nlu: Iterable[IntentExamples | Lookup]) -> Iterator[str]:
    for entry in nlu:
        if isinstance(entry, IntentExamples):
            yield from (unmarked(text) for text in entry.examples)


def _patterns(desk: Desk) -> Iterator[tuple[str, str]]:
    """Pattern slots under their own names, and the regexes of the nlu files."""
    for name, slot in desk.slots.items():
        if slot.type == "pattern" and slot.pattern:
            yield name, slot.pattern
    for entry in desk.nlu:
        if isinstance(entry, Lookup) and entry.regex:
            yield from ((entry.regex, pattern) for pattern in entry.examples)


def _synonyms(nlu: Iterable[IntentExamples | Lookup]) -> dict[str, str]:
    """Word in lower case -> the value it stands for."""
    return {
        word.casefold(): entry.synonym
        for entry in nlu
        if isinstance(entry, Lookup) and entry.synonym
        for word in entry.examples
    }


def _words(desk: Desk, canonical: dict[str, str]) -> Iterator[LookupWord]:
    """The words of choice slots, lookups and marks; a synonym is a word of each entity that has its value."""
    listed = [*_choice_words(desk), *_lookup_words(desk.nlu)]
    known = [word for word in listed if word.entity not in TYPED]
    yield from (LookupWord(word.entity, word.word, _settled(word.value, canonical)) for word in known)
    entities_of: dict[Json, set[str]] = {}
    for word in known:
        if isinstance(word.value, str):
            entities_of.setdefault(word.value.casefold(), set()).add(word.entity)
    for synonym, value in canonical.items():
        yield from (LookupWord(entity, synonym, value) for entity in sorted(entities_of.get(value.casefold(), ())))


def _settled(value: Json, canonical: dict[str, str]) -> Json:
    return canonical.get(value.casefold(), value) if isinstance(value, str) else value


def _choice_words(desk: Desk) -> Iterator[LookupWord]:
    """Single letters and figures are left out: every other sentence has them, and few mean a choice."""
    for name, slot in desk.slots.items():
        for choice in slot.values:
            for word in (choice.value, *choice.titles, *choice.synonyms):
                if len(word) > 1 and not word.isdigit():
                    yield LookupWord(name, word.replace("_", " "), choice.value)


def _lookup_words(nlu: Iterable[IntentExamples | Lookup]) -> Iterator[LookupWord]:
    for entry in nlu:
        if isinstance(entry, IntentExamples):
            yield from (word for text in entry.examples for word in marked_words(text))
        elif entry.lookup:
            yield from (LookupWord(entry.lookup, word, word) for word in entry.examples)
