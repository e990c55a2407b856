"""One of several values."""

import re

from rapidfuzz.distance import OSA

from bot.model.slot import Choice
from bot.rules.values.answer import Answer, Filled, Refused
from bot.rules.values.wording import DENIALS, allowed_mistakes, normal

_IN_ORDER = """
    first 1st one erste ersten erster erstes eins
    second 2nd two zweite zweiten zweiter zweites zwei
    third 3rd three dritte dritten dritter drittes drei
    fourth 4th four vierte vierten vierter viertes vier
    fifth 5th five fünfte fünften fünfter fünftes fünf
    sixth 6th six sechste sechsten sechster sechstes sechs
    seventh 7th seven siebte siebten siebter siebtes sieben
    eighth 8th eight achte achten achter achtes acht
    ninth 9th nine neunte neunten neunter neuntes neun
    tenth 10th ten zehnte zehnten zehnter zehntes zehn
"""
_LINES = _IN_ORDER.strip().splitlines()
_ORDINALS = {word: number for number, words in enumerate(_LINES, start=1) for word in words.split()}
_ORDINALS |= dict.fromkeys("last letzte letzten letzter letztes".split(), -1)
_MIDDLE = frozenset("middle mittlere mittleren mittlerer mittleres mitte".split())
_EXCEPT = frozenset("except außer".split())
_ALL_BUT = frozenset("anything everything all any alles".split())
_AROUND_ORDINALS = frozenset(
    "the a number no nr nummer option choice one i'd like want take ich möchte nehme will der die"
    " das den please bitte"
    " ones choose pick pls plz thanks danke teh from list answer i'll id go with would nehm".split()
)


def read_choice(text: str, choices: tuple[Choice, ...], language: str | None = None) -> Answer:
    """The value that the words name: by value, title, synonym, number in the list, beginning, or nearly so.

    Tried in this order; the first way that names exactly one value counts. A way that names several refuses.
    """
    said, labels = normal(text), _labels(choices)
    if said in labels:
        return Filled(labels[said])
    offered = Refused("not_a_choice", {"choices": ", ".join(choice.titled(language) for choice in choices)})
    values, denied = _mentioned(said, labels)
    if denied and not values:
        return offered
    if not values and (number := number_in_list(said, len(choices))) is not None:
        return Filled(choices[number].value)
    values = values or _begun(said, labels) or _nearly(said, labels)
    return Filled(values.pop()) if len(values) == 1 else offered


def _labels(choices: tuple[Choice, ...]) -> dict[str, str]:
    """Normalised words -> value. A value beats a title, a title beats a synonym."""
    labels: dict[str, str] = {}
    by_rank = (
        [(choice.value, choice.value) for choice in choices],
        [(title, choice.value) for choice in choices for title in choice.titles],
        [(synonym, choice.value) for choice in choices for synonym in choice.synonyms],
    )
    for words, value in (pair for rank in by_rank for pair in rank):
        if normal(words):
            labels.setdefault(normal(words), value)
    return labels


def _mentioned(said: str, labels: dict[str, str]) -> tuple[set[str], bool]:
    """The values whose words stand in the text, and whether any was denied ("not pro").

    Longer words come first: "pro plus" is not also "pro".
    """
    values, denied = set(), False
    rest = f" {said} "
    for label in sorted(labels, key=len, reverse=True):
        while (place := rest.find(f" {label} ")) >= 0:
            before = rest[:place].split()
            if _is_denied(before):
                denied = True
            else:
                values.add(labels[label])
            rest = f"{rest[:place]} \0 {rest[place + len(label) + 2 :]}"
    return values, denied


def _is_denied(before: list[str]) -> bool:
    """Whether these words turn round what stands behind them: "not", "anything but"."""
    last, earlier = before[-1:], before[-2:-1]
    return bool(last) and (last[0] in DENIALS | _EXCEPT or (last[0] == "but" and bool(_ALL_BUT & set(earlier))))


def number_in_list(said: str, length: int) -> int | None:
    """The place that "2", "option 2" or "the second one" names, counted from 0."""
    words = said.split()
    if len(words) > 6:
        return None
    telling = [word for word in words if word not in _AROUND_ORDINALS]
    if not telling and words and words[-1] == "one":
        telling = ["one"] if "number" in words or words == ["one"] else []
    if len(telling) != 1:
        return None
    if telling[0] in _MIDDLE:
        return length // 2 if length % 2 else None
    number = int(telling[0]) if re.fullmatch(r"[0-9]{1,3}", telling[0]) else _ORDINALS.get(telling[0], 0)
    if number == -1:
        return length - 1
    return number - 1 if 1 <= number <= length else None


def _begun(said: str, labels: dict[str, str]) -> set[str]:
    """The values whose words begin with what was said, if that is three characters or more."""
    if len(said) < 3:
        return set()
    return {value for label, value in labels.items() if label.startswith(said)}


def _nearly(said: str, labels: dict[str, str]) -> set[str]:
    """The values whose words are nearest in typing mistakes, if they are near enough to be meant."""
    if len(said.split()) > 6:
        return set()
    nearest: dict[str, int] = {}
    for label, value in labels.items():
        for words in (said, *said.split()):
            mistakes = OSA.distance(words, label, score_cutoff=allowed_mistakes(label))
            if mistakes <= allowed_mistakes(label) and len(words) >= 4:
                nearest[value] = min(mistakes, nearest.get(value, mistakes))
    least = min(nearest.values(), default=0)
    return {value for value, mistakes in nearest.items() if mistakes == least}
