"""Numbers, amounts of money and lengths of time, as people write them in English and German."""

import re
from collections.abc import Iterator

from bot.model.base import Json
from bot.rules.values.answer import Found, without_overlaps

Number = int | float

LARGEST = 10**15 - 1
"""Longer runs of digits are identifiers, not quantities."""
_POINT_LANGUAGES = frozenset({"en", "zh", "ja", "ko", "he", "th", "hi", "ar"})
"""Languages that write 1,234.5; the others write 1.234,5."""

_SPACED = r"\d{1,3}(?:[ \u00a0\u202f'\u2019]\d{3})+(?:[.,]\d{1,9})?"
_PLAIN = r"\d{1,15}(?:[.,]\d{1,15}){0,6}"
_BODY = rf"(?:(?<![\w.,])(?<!\d[/:-])(?<![^\W\d_]-)|(?<=[€$£¥]))[-+\u2212]?(?:{_SPACED}|{_PLAIN})(?!\d)"
_NUMBER = re.compile(rf"(?P<number>{_BODY})(?P<thousand>k\b)?(?![\w@]|[.,:/-]\d)")
_NUMBER_AND_UNIT = re.compile(rf"(?P<number>{_BODY})(?P<thousand>k\b)?(?=[^\W\d_])")


def find_numbers(text: str, language: str, with_units: bool = False) -> list[Found]:
    """Numbers in digits: ``1,234.5``, ``1.234,5``, ``5 000``, ``2k``, ``-3``.

    with_units: those with letters right behind them instead, as in ``20kg``.
    """
    found = []
    for match in (_NUMBER_AND_UNIT if with_units else _NUMBER).finditer(text):
        value = to_number(match["number"], language)
        if value is not None:
            value = plain(value * 1000) if match["thousand"] else value
            found.append(Found(value, match.start(), match.end()))
    return found


def to_number(written: str, language: str) -> Number | None:
    """The number that digits with separators mean in this language; None where it cannot be one.

    A separator that occurs twice, or stands before another kind, groups thousands. One alone is what the
    language makes of it, except that grouping needs three digits behind and a first digit other than 0.
    """
    digits = re.sub(r"[ \u00a0\u202f'\u2019]", "", written).replace("\u2212", "-")
    marks = re.findall(r"[.,]", digits)
    if not marks:
        return _bounded(digits)
    decimal = _decimal_mark(digits, marks, language)
    whole, _, fraction = digits.rpartition(decimal) if decimal else (digits, "", "")
    if not _grouped(whole):
        return None
    return _bounded(re.sub(r"[.,]", "", whole) + ("." + fraction if fraction else ""))


def _decimal_mark(digits: str, marks: list[str], language: str) -> str:
    """The mark before the fraction, or nothing when all marks group thousands."""
    last = marks[-1]
    if len(set(marks)) == 2:
        return last if marks.count(last) == 1 else ""
    if len(marks) > 1:
        return ""
    of_language = "." if language in _POINT_LANGUAGES else ","
    return "" if last != of_language and _grouped(digits) else last


def _grouped(whole: str) -> bool:
    """Digits without marks, or with one kind of mark before every three of them."""
    return re.fullmatch(r"[-+]?(?:\d+|[1-9]\d{0,2}(?:(?:,\d{3})+|(?:\.\d{3})+))", whole) is not None


def _bounded(digits: str) -> Number | None:
    value = plain(float(digits))
    return value if abs(value) <= LARGEST else None


def plain(value: float) -> Number:
    """A whole number where nothing follows the point."""
    return int(value) if float(value).is_integer() else value


def _english_words() -> dict[str, int]:
    units = (
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
        " fifteen sixteen"
        " seventeen eighteen nineteen"
    ).split()
    tens = "twenty thirty forty fifty sixty seventy eighty ninety".split()
    words = {word: number for number, word in enumerate(units)}
    for ten, word in enumerate(tens, start=2):
        words[word] = 10 * ten
        words |= {f"{word}{gap}{units[one]}": 10 * ten + one for one in range(1, 10) for gap in ("-", " ")}
    return words | {"hundred": 100, "one hundred": 100, "a hundred": 100, "a dozen": 12}


def _german_words() -> dict[str, int]:
    units = (
        "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn"
        " fünfzehn sechzehn"
        " siebzehn achtzehn neunzehn"
    ).split()
    tens = "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig".split()
    words = {word: number for number, word in enumerate(units)}
    joined = ["", "ein", *units[2:10]]
    for ten, word in enumerate(tens, start=2):
        words[word] = 10 * ten
        words |= {f"{joined[one]}und{word}": 10 * ten + one for one in range(1, 10)}
    ones = dict.fromkeys("ein eine einen einem einer".split(), 1)
    return words | ones | {"zwo": 2, "hundert": 100, "einhundert": 100, "ein dutzend": 12}


NUMBER_WORDS = _english_words() | _german_words()
_WORDS = "|".join(re.escape(word) for word in sorted(NUMBER_WORDS, key=len, reverse=True))
_NUMBER_WORD = re.compile(rf"\b(?:{_WORDS})\b", re.IGNORECASE)


def find_number_words(text: str) -> list[Found]:
    """Numbers in words, zero to a hundred, in English and German."""
    return [
        Found(NUMBER_WORDS[match[0].casefold()], match.start(), match.end())
        for match in _NUMBER_WORD.finditer(text)
        if match[0].casefold() in NUMBER_WORDS
    ]


_CURRENCY_WORDS = {
    "EUR": "€ eur euro euros",
    "USD": "$ us$ usd dollar dollars bucks",
    "GBP": "£ gbp pound pounds quid pfund",
    "JPY": "¥ jpy yen",
    "CHF": "chf sfr franken francs",
} | {
    code: code.casefold()
    for code in (
        "AUD BGN BRL CAD CNY CZK DKK HKD HUF IDR ILS INR ISK KRW MXN MYR NOK NZD PHP PLN RON SEK SGD THB TRY ZAR"
    ).split()
}
_CURRENCIES = {word: code for code, words in _CURRENCY_WORDS.items() for word in words.split()}
CURRENCY_CODES = frozenset(_CURRENCIES.values())
_CURRENCY = "|".join(re.escape(word) for word in sorted(_CURRENCIES, key=len, reverse=True))
_AMOUNT = rf"(?:{_SPACED}|{_PLAIN})(?!\d)"
_BEFORE = re.compile(
    rf"(?<!\w)(?P<sign>-?)(?P<currency>{_CURRENCY})\s?(?P<number>{_AMOUNT})(?P<thousand>k\b)?", re.IGNORECASE
)
_BEHIND = re.compile(
    rf"(?<![\w.,])(?P<sign>-?)(?P<number>{_AMOUNT})(?P<thousand>k)?(?:,-|,--"
    rf"|\.-)?\s?(?P<currency>{_CURRENCY})(?!\w)",
    re.IGNORECASE,
)


def find_money(text: str, language: str) -> list[Found]:
    """Amounts with a currency: ``{"amount": 12.5, "currency": "EUR"}``. A bare $ is taken for US dollars."""
    found = []
    for match in (*_BEHIND.finditer(text), *_BEFORE.finditer(text)):
        amount = to_number(match["number"], language)
        if amount is None:
            continue
        amount = plain(amount * (1000 if match["thousand"] else 1) * (-1 if match["sign"] else 1))
        found.append(Found(money(amount, _CURRENCIES[match["currency"].casefold()]), match.start(), match.end()))
    return without_overlaps(found)


def money(amount: Number, currency: str | None) -> Json:
    """An amount as it is kept. The currency is None when none was named."""
    return {"amount": amount, "currency": currency}


_UNIT_SECONDS = {
    "s|secs?|seconds?|sek|sekunden?": 1,
    "m|mins?|minutes?|minuten?": 60,
    "h|hrs?|hours?|std|stunden?": 3_600,
    "d|days?|tage?n?": 86_400,
    "w|weeks?|wochen?": 604_800,
    "months?|monate?n?": 2_592_000,
    "years?|yrs?|jahre?n?": 31_536_000,
}
_UNITS = "|".join(f"(?P<u{seconds}>{words})" for words, seconds in _UNIT_SECONDS.items())
_HALVES = {
    "half a": 0.5,
    "half an": 0.5,
    "halbe": 0.5,
    "halben": 0.5,
    "eine halbe": 0.5,
    "einen halben": 0.5,
    "anderthalb": 1.5,
}
_ONES = {"a": 1, "an": 1, "a couple of": 2}
_COUNTS = NUMBER_WORDS | _HALVES | _ONES
_COUNT = "|".join(re.escape(word) for word in sorted(_COUNTS, key=len, reverse=True))
_PART = re.compile(
    rf"(?<![\w.,])(?P<count>\d{{1,9}}(?:[.,]\d{{1,3}})?|(?:{_COUNT})(?=\s))\s?(?:{_UNITS})(?![^\W\d_])",
    re.IGNORECASE,
)
_NEXT_PART = re.compile(r"\s*(?:,|and|und)?\s*", re.IGNORECASE)


def find_durations(text: str, language: str) -> list[Found]:
    """Lengths of time in seconds: ``90 minutes``, ``1h30m``, ``2 hours and 15 minutes``, ``eine Stunde``.

    A month counts 30 days and a year 365.
    """
    runs: list[Found] = []
    for seconds, start, end in _duration_parts(text, language):
        if runs and _NEXT_PART.fullmatch(text, runs[-1].end, start):
            runs[-1] = Found(plain(runs[-1].value + seconds), runs[-1].start, end)
        else:
            runs.append(Found(plain(seconds), start, end))
    return runs


def _duration_parts(text: str, language: str) -> Iterator[tuple[float, int, int]]:
    place = 0
    # Cut first: in "1h30m" the second part begins right behind a letter, which its look-behind would refuse.
    while match := (place and _PART.match(text[place:])) or _PART.search(text, place):
        offset = place if match.string is not text else 0
        yield _seconds(match, language), match.start() + offset, match.end() + offset
        place = match.end() + offset


def _seconds(match: re.Match[str], language: str) -> float:
    count = match["count"].casefold()
    # A length with a fraction has few digits, so both marks mean the fraction here: 1.5 h and 1,5 h.
    number = _COUNTS[count] if count in _COUNTS else float(count.replace(",", "."))
    unit = next(name for name, words in match.groupdict().items() if words and name != "count")
    return number * int(unit[1:])
