"""Numbers in words, as people write them in English and German: "two hundred and five", "zweieinhalb"."""

import re
from functools import lru_cache

from bot.rules.values.answer import Found
from bot.rules.values.numbers import plain, scale_of
from bot.rules.values.rewriting import Rewritten, rewritten

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_EINHEITEN = (
    "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn"
    " achtzehn neunzehn"
).split()
_ZEHNER = "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig".split()
_ENGLISH = {word: n for n, word in enumerate(_UNITS)} | {word: 10 * n for n, word in enumerate(_TENS, start=2)}
_ENGLISH["fourty"] = 40
_JOINED = ["", "ein", *_EINHEITEN[2:10]]
_BELOW_HUNDRED = (
    {word: n for n, word in enumerate(_EINHEITEN)}
    | {word: 10 * n for n, word in enumerate(_ZEHNER, start=2)}
    | {f"{_JOINED[one]}und{word}": 10 * ten + one for ten, word in enumerate(_ZEHNER, start=2) for one in range(1, 10)}
)
_GERMAN = _BELOW_HUNDRED | dict.fromkeys("ein eine einen einem einer".split(), 1) | {"zwo": 2}
_NO_COUNTS = frozenset("one zero null ein eine einen einem einer eins hundred thousand hundert tausend".split())
_TOGETHER = {word: n for n, word in enumerate("zweit dritt viert fünft sechst siebt acht neunt zehnt".split(), start=2)}


def _any(words: dict[str, int]) -> str:
    spelt = set(words) | {word.replace("ü", "ue").replace("ö", "oe") for word in words}
    spelt |= {word.replace("ß", "ss") for word in spelt}
    return "|".join(sorted(spelt, key=len, reverse=True))


_UNIT_WORD = "|".join(sorted(_UNITS, key=len, reverse=True))
_TEN_WORD = "|".join([*_TENS, "fourty"])
_TO_99 = rf"(?:(?:{_TEN_WORD})(?:[\s-](?:{'|'.join(_UNITS[1:10])})\b)?|{_UNIT_WORD})"
_TO_999 = rf"(?:(?:a|{_TO_99})\s+hundred(?:(?:\s+and)?\s+{_TO_99}\b)?|hundred|{_TO_99})"
_TO_999_999 = rf"(?:(?:a|{_TO_999})\s+thousand(?:(?:\s+and)?\s+{_TO_999}\b)?|{_TO_999})"
_BIS_99 = _any(_BELOW_HUNDRED | {"ein": 1})
_COMPOUND = (
    rf"(?:(?:(?:(?:{_BIS_99})?hundert(?:und)?)?(?:{_BIS_99})?)?tausend(?:und)?)?(?:(?:{_BIS_99})?hundert(?:und)?)?"
    rf"(?:{_BIS_99})?"
)
_DIGIT = "|".join((*_UNITS[:10], *_EINHEITEN[:10]))
_BEGINS = (
    r"(?=(?:half\s)?a\s(?:doz|hund|thou|mill|bill)|zero|one|two|thr|four|fift|five|six|seven|eigh|nin|ten|ele|twe|thir|hund|thous|ein|anderth"
    r"|zwan|zwei|zwo|zwö|drei|vier|fünf|fuen|sech|sieb|acht|neun|zehn|elf|null|tausend|zu\s\w+t\b)"
)
"""How number words begin. It is looked for first, because the whole form is long."""
_NUMBER_WORDS = re.compile(
    rf"\b(?:(?P<minus>minus)\s+)?{_BEGINS}(?!(?<=\d\s)(?:hundred|hundert|thousand|tausend)\b)"
    rf"(?:(?P<half_a>half\s)?a(?=\s(?:dozen|[mb]illion)\b)"
    rf"|(?P<half>anderthalb|(?:{_BIS_99})einhalb)"
    rf"|zu\s(?P<together>{_any(_TOGETHER)})"
    rf"|(?P<english>{_TO_999_999})(?P<and_half>\s+and\s+a\s+half)?(?:\s+point\s+(?P<decimals>(?:(?:{_DIGIT})\b\s?)+))?"
    rf"|(?P<german>(?!und\b|(?:ein|eine[mnr]?)\s+(?:paar|bisschen|wenig|teil|halbe[snr]?)\b)(?:zwo|eine[mnr]?|{_COMPOUND}))"
    rf"(?:\s+komma\s+(?P<stellen>(?:(?:{_DIGIT})\b\s?)+))?)"
    r"(?:\s(?P<scale>dozen|dutzend|millions?|millionen|billions?|milliarden?))?\b",
    re.IGNORECASE,
)
NUMBER_WORDS = (
    _ENGLISH
    | {f"{ten}{gap}{_UNITS[n]}": 10 * m + n for m, ten in enumerate(_TENS, 2) for n in range(1, 10) for gap in "- "}
    | _GERMAN
    | {"hundred": 100, "one hundred": 100, "a hundred": 100, "hundert": 100, "einhundert": 100}
    | {"a dozen": 12, "ein dutzend": 12}
)
"""Words -> number, to a hundred: for patterns that hold number words among others."""


def find_number_words(text: str) -> list[Found]:
    """Numbers in words, to 999,999 and so many millions, in English and German."""
    found = ((match, _value(match)) for match in _NUMBER_WORDS.finditer(text) if match[0])
    return [Found(value, match.start(), match.end()) for match, value in found if value is not None]


def find_counts(text: str, language: str) -> list[Found]:
    """The numbers in words that count something in a text of any content: no "one", "ein", nor a "thousand thanks"."""
    # In English an "elf" is a creature.
    passed_over = _NO_COUNTS | {"elf"} if language == "en" else _NO_COUNTS
    return [one for one in find_number_words(text) if text[one.start : one.end].casefold() not in passed_over]


def in_digits(text: str, but: frozenset[str] = frozenset()) -> Rewritten:
    """The text with its number words in digits, but for these words."""
    return rewritten(text, _NUMBER_WORDS, lambda match: None if match[0].casefold() in but else _digits(match))


def _digits(match: re.Match[str]) -> str | None:
    value = _value(match) if match[0] else None
    return None if value is None else str(value)


def _value(match: re.Match[str]) -> int | float | None:
    value = _unscaled(match)
    if value is None:
        return None
    scaled = plain(value * scale_of(match["scale"]))
    return -scaled if match["minus"] else scaled


def _unscaled(match: re.Match[str]) -> int | float | None:
    if match["half"]:
        word = match["half"].casefold()
        return 1.5 if word == "anderthalb" else (_german(word.removesuffix("einhalb")) or 0) + 0.5
    if match["together"]:
        return _TOGETHER[_umlauts(match["together"].casefold())]
    if not match["english"] and not match["german"]:
        return 0.5 if match["half_a"] else 1
    whole = _english(match["english"].casefold()) if match["english"] else _german(match["german"].casefold())
    if whole is None:
        return None
    if match["and_half"]:
        return whole + 0.5
    decimals = match["decimals"] or match["stellen"]
    return whole if not decimals else float(f"{whole}.{''.join(str(_digit(word)) for word in decimals.split())}")


def _digit(word: str) -> int:
    said = word.casefold()
    return _ENGLISH[said] if said in _ENGLISH else _GERMAN[said]


def _english(words: str) -> int:
    total = current = 0
    for word in re.split(r"[\s-]+", words):
        if word == "hundred":
            current = (current or 1) * 100
        elif word == "thousand":
            total, current = (current or 1) * 1000, 0
        elif word in _ENGLISH:
            current += _ENGLISH[word]
    return total + current


def _umlauts(word: str) -> str:
    """ "fuenf" and "dreissig" as they are in the tables."""
    return re.sub(r"(?<=f)ue(?=n)", "ü", word).replace("zwoelf", "zwölf").replace("dreissig", "dreißig")


@lru_cache(maxsize=512)
def _german(word: str) -> int | None:
    """One compound: "zweihundertfünfzig", "eintausend". None for what is no number."""
    said = _umlauts(word)
    if said in _GERMAN:
        return _GERMAN[said]
    thousands, has_thousand, rest = said.rpartition("tausend")
    if has_thousand:
        return _sum(_german(thousands) if thousands else 1, 1000, rest)
    hundreds, has_hundred, rest = said.rpartition("hundert")
    if has_hundred:
        return _sum(_GERMAN.get(hundreds) if hundreds else 1, 100, rest)
    return None


def _sum(count: int | None, of: int, rest: str) -> int | None:
    below = 0 if not rest else _german(rest.removeprefix("und") or "null")
    return None if count is None or below is None else count * of + below
