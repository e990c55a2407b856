"""What two ways of writing the same words share."""

import re
import unicodedata

_SIGNS = "👍👎✅❌✔✖"
_WORDS = re.compile(rf"[\w'{_SIGNS}]+")
DENIALS = frozenset("not no nicht kein keine keinen without ohne don't doesn't isn't".split())
"""Words that turn the next one round."""

_ODD_LETTERS = str.maketrans({"\u0130": "I", "\u0131": "i", "\u017f": "s", "\u212a": "K"})


def with_usual_letters(text: str) -> str:
    """The text, as long as it was, without the letters that a pattern takes for i, s and k in any case, but that no
    table of words holds: a Turkish keyboard writes "FRİDAY"."""
    return text.translate(_ODD_LETTERS)


def holds_any(text: str, stems: tuple[str, ...]) -> bool:
    """Whether one of the stems is in a text in lower case. Ten times as quick as a pattern of so many alternatives:
    it spares most messages the patterns that read them."""
    for stem in stems:  # noqa: SIM110 - a generator would take twice as long
        if stem in text:
            return True
    return False


def normal(text: str) -> str:
    """Lower case, one blank between words, no punctuation."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'").replace("_", " ")
    return " ".join(_WORDS.findall(plain))


def allowed_mistakes(word: str) -> int:
    """How many typing mistakes a word survives: none below 5 letters, one below 9, then two."""
    return 0 if len(word) < 5 else 1 if len(word) < 9 else 2
