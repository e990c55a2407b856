"""Whether a message leans on what was said just before: "and on Sunday?", "what about Pro", "how long does it take".

Rules of their own, like those of small talk, in English and German. What leans is short, and says too little alone.
"""

from typing import Final

import re2

_OPTIONS = re2.Options()
_OPTIONS.case_sensitive = False
_LONGEST: Final = 100
_MOST_WORDS: Final = 7

_ON = (
    r"(?:(?:ok|okay|hm+|ah|so|ach|gut)[\s,]+)?(?:and|what\sabout|how\sabout|or|but\swhat\sabout|und|oder|was\sist\smit|"
    r"wie\s(?:ist|sieht)\ses\s(?:\w+\s)?(?:mit|bei)|auch|also)"
)
_ON_WITH_IT: Final = re2.compile(rf"[\s\W]*{_ON}\b(?P<rest>.*)", _OPTIONS)
_INCOMPLETE: Final = re2.compile(
    # "as csv?", "which events", "wie lange"
    r"(?:\S+\s+){0,2}\S+\s*\?"
    r"|\s*(?:how|which|what|when|where|since|wie|welche[rsnm]?|was|wann|wo|seit|ab|bis)\b(?:\s+\S+){0,2}\W*"
    # "can I delete them", "wie verbinde ich das"
    r"|.*\b(?:it|that|this|them|those|these|ones?|das|es|ihn|denn|dafür|davon|damit|dazu)[\s?!.]*"
    # "how long is it valid", "und wie lange gilt der denn"
    r"|\s*(?:for\s)?how\s(?:long|much|often|soon|fast)\b.*\b(?:it|that|this|they)\b.*"
    r"|\s*(?:wie|bis|ab|seit|kann|muss|darf|sind|ist|geht|wo|was)\b.*\b(?:das|es|der|die|den|ihn|sie)\b(?:\s\w+)?[\s?!.]*",
    _OPTIONS,
)


def goes_on(text: str) -> bool:
    """Whether a question names itself as one to the matter before: "and on Sunday?", "was ist mit Pro"."""
    asked = _asked(text)
    found = _ON_WITH_IT.fullmatch(asked) if asked else None
    if found is None or not found["rest"].strip(" ?!.,"):
        return False
    return asked.rstrip().endswith("?") or len(found["rest"].split()) <= 2 or "about" in asked or "mit" in asked.split()


def leans(text: str) -> bool:
    """Whether a question may need the one before to be understood."""
    asked = _asked(text)
    return bool(asked) and (_ON_WITH_IT.fullmatch(asked) is not None or _INCOMPLETE.fullmatch(asked) is not None)


def _asked(text: str) -> str:
    """The text, or nothing where it is too long to lean on another."""
    short = len(text) <= _LONGEST and len(text.split()) <= _MOST_WORDS
    return text.encode(errors="replace").decode() if short else ""
