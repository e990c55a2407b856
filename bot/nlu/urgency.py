"""How pressing a message is, by what it says and how loudly, in English and German."""

import re

from bot.model.parse import Sentiment, Urgency

_HIGH = re.compile(
    r"\b(?:urgent(?:ly)?|asap|as soon as possible|immediate(?:ly)?|right (?:now|away)|emergency"
    r"|critical|at once|hurry|quickly"
    r"|time[- ]sensitive|can'?t wait|cannot wait|(?:production|everything|site|system|service|shop)"
    r" is down|outage"
    r"|need (?:this|it|help) (?:now|today)|deadline|last warning|legal action|lawyer"
    r"|dringend(?:st|e[rnsm]?)?|eilt|eilig|sofort|umgehend|unverzüglich|so schnell wie möglich"
    r"|schnellstmöglich|notfall"
    r"|kritisch|brennt|ausfall|heute noch|anwalt|letzte mahnung|frist)\b",
    re.IGNORECASE,
)
_LOW = re.compile(
    r"\b(?:no (?:rush|hurry)|not (?:\w+ )?urgent|isn'?t urgent|when(?:ever)? you (?:have|get) (?:a"
    r" )?(?:time|chance|moment|minute)"
    r"|take your time|at your convenience|low priority|can wait|some ?time|just (?:curious|wondering)"
    r"|no pressure"
    r"|keine eile|nicht (?:\w+ )?(?:dringend|eilig)|eilt nicht|hat zeit|bei gelegenheit|wenn (?:du"
    r"|sie|ihr) (?:mal )?zeit"
    r"|irgendwann|nur so|aus neugier|nicht sofort)\b",
    re.IGNORECASE,
)
_LETTERS = re.compile(r"[^\W\d_]")
_LEAST_SHOUTED = 10
_SHOUT_SHARE = 0.7


def urgency_of(text: str, sentiment: Sentiment) -> Urgency:
    """Words decide; capitals and rows of exclamation marks raise it, unless the mood is a happy one."""
    if _LOW.search(text):
        return "low"
    if _HIGH.search(text):
        return "high"
    return "high" if sentiment != "positive" and _shouted(text) else "normal"


def _shouted(text: str) -> bool:
    letters = _LETTERS.findall(text)
    loud = sum(letter.isupper() for letter in letters) > _SHOUT_SHARE * len(letters)
    return "!!!" in text or (len(letters) >= _LEAST_SHOUTED and loud)
