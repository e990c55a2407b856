"""Mistyped words for days: "tomorow", "wensday", "12 marhc"."""

import re
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.rules.values.calendar_words import MONTHS, WEEKDAYS
from bot.rules.values.rewriting import Rewritten, rewritten
from bot.rules.values.wording import allowed_mistakes

_ALIASES = {
    "tmr": "tomorrow", "tmw": "tomorrow", "2morrow": "tomorrow", "2moro": "tomorrow", "tomoz": "tomorrow",
    "morgn": "morgen", "mrgen": "morgen", "heut": "heute", "teh": "the", "nxt": "next", "yday": "yesterday",
    "weds": "wednesday", "naechste": "nächste", "naechsten": "nächsten", "naechster": "nächster",
    "naechstes": "nächstes",
}  # fmt: skip
_OTHERS = (
    "tomorrow yesterday today übermorgen vorgestern gestern nächste nächsten nächster nächstes kommenden letzten month"
    " monats monat woche weeks"
).split()
_LIKELY = [word for word in (*WEEKDAYS, *MONTHS, *_OTHERS) if len(word) >= 5]
_WORD = re.compile(r"\w{3,12}")
_SURE_LENGTH = 7
"""Letters of a word from which its misspelling cannot well be another word: a message of any content may be read so."""


def respelled(text: str, sure: bool = False) -> Rewritten:
    """The text with mistyped words for days as they are spelt. sure: only where no other word is likely."""
    return rewritten(text, _WORD, lambda match: _spelt(match[0].casefold(), _SURE_LENGTH if sure else 5))


@lru_cache(maxsize=4_096)
def _spelt(word: str, least: int) -> str | None:
    if word in _ALIASES:
        return _ALIASES[word]
    if len(word) < least - 2 or word.isdigit() or word in _LIKELY:
        return None
    near = process.extractOne(word, _LIKELY, scorer=OSA.distance, score_cutoff=2)
    if near is None or len(near[0]) < least or near[1] > allowed_mistakes(near[0]):
        return None
    if least == _SURE_LENGTH and near[0][0] != word[0]:
        return None  # hardly anyone mistypes the first letter: "western" is not "gestern"
    # A plural or an ending is no mistake: "mondays", "montage", "tuesday's".
    return None if word.startswith(near[0]) or (near[0].startswith(word) and len(near[0]) < _SURE_LENGTH) else near[0]
