"""Amounts of money, as people write them in English and German."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import re2

from bot.model.base import Json
from bot.rules.values.answer import Found, without_overlaps
from bot.rules.values.number_words import in_digits
from bot.rules.values.numbers import PLAIN, SCALE, SPACED, Number, low_of_range, plain, scale_of, to_number

_CURRENCY_WORDS = {
    "EUR": "€ eur euro euros euronen",
    "USD": "$ us$ usd dollar dollars buck bucks us-dollar us-dollars",
    "GBP": "£ gbp pound pounds quid pfund",
    "JPY": "¥ jpy yen",
    "CHF": "chf sfr sfr. franken francs",
    "AUD": "a$ au$ aud",
    "BRL": "r$ brl reais",
    "CAD": "c$ ca$ can$ cad",
    "CNY": "cny rmb yuan",
    "CZK": "kč czk",
    "HKD": "hk$ hkd",
    "ILS": "₪ ils shekel shekels",
    "INR": "₹ inr rs rs. rupee rupees rupien",
    "KRW": "₩ krw",
    "NZD": "nz$ nzd",
    "PHP": "₱ php",
    "PLN": "zł pln zloty złoty",
    "SGD": "s$ sgd",
    "THB": "฿ thb baht",
    "TRY": "₺ try tl lira",
} | {code: code.casefold() for code in ("AED BGN DKK HUF IDR ISK MXN MYR NOK RON SAR SEK UAH VND ZAR").split()}
_CURRENCIES = {word: code for code, words in _CURRENCY_WORDS.items() for word in words.split()}
CURRENCY_CODES = frozenset(_CURRENCIES.values())
_CURRENCY = "|".join(re.escape(word) for word in sorted(_CURRENCIES, key=len, reverse=True))
_NATIONAL = {"us": "USD", "australian": "AUD", "canadian": "CAD", "hong kong": "HKD", "new zealand": "NZD"}
_HUNDREDTH_WORDS = {"pence": "GBP", "penny": "GBP", "rappen": "CHF", "eurocent": "EUR", "eurocents": "EUR"}
_AMOUNT = rf"(?:{SPACED}|{PLAIN})(?!\d)"
_HUNDREDTHS = r"(?:\s(?:and\s|und\s)?(?P<hundredths>[1-9]\d)(?:\s?(?:cents?|ct|pence|p|rappen)\b|(?!\s?[\w.,:/%-])))?"
_NO_FRACTION = r"(?:[.,][-\u2013]{1,2}(?!\d))?"
_BEFORE = re.compile(
    rf"(?<!\w)(?P<sign>[-\u2212]?)(?P<currency>{_CURRENCY})\s?(?P<number>{_AMOUNT})(?:(?P<letter>[mb])\b|{SCALE})?{_NO_FRACTION}",
    re.IGNORECASE,
)
_BEHIND = re.compile(
    rf"(?<![\w.,])(?P<sign>[-\u2212]?)(?P<number>{_AMOUNT})(?:\s(?P<fraction>[1-9]\d))?(?:(?P<letter>[mb])(?=\s)|{SCALE})?"
    rf"{_NO_FRACTION}\s?(?:(?P<nation>{'|'.join(_NATIONAL)})[\s-](?=dollars?\b))?(?P<currency>{_CURRENCY})"
    rf"(?:(?P<joined>\d\d)(?![\w.,])|(?!\w){_HUNDREDTHS})",
    re.IGNORECASE,
)
_HUNDREDTHS_ALONE = re.compile(
    rf"(?<![\w.,])(?P<number>\d{{1,3}})\s?(?P<word>cents?|ct|{'|'.join(_HUNDREDTH_WORDS)})\b", re.IGNORECASE
)
_UP_TO = re.compile(rf"\s?[-\u2013]\s?(?P<number>{_AMOUNT})(?![\w%:/-]|[.,]\d|\s?(?:{_CURRENCY}))", re.IGNORECASE)
_THREE_BEHIND = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")
_ORDINARY_WORDS = frozenset({"try", "ron", "php", "tl"})
"""Codes that are words as well: they count in capitals alone."""
_ANY_CASE = re2.Options()
_ANY_CASE.case_sensitive = False
_HOLDS_CURRENCY: Any = re2.compile(  # RE2 looks for all at once: each message is searched
    rf"(?:^|[^\pL])(?:{_CURRENCY}|cents?|ct|{'|'.join(_HUNDREDTH_WORDS)})(?:[^\pL]|$)", _ANY_CASE
)


def holds_currency(text: str) -> bool:
    """Whether a currency is named anywhere: without one there is no amount to be found."""
    return _HOLDS_CURRENCY.search(text) is not None


def find_money(text: str, language: str) -> list[Found]:
    """Amounts with a currency: ``{"amount": 12.5, "currency": "EUR"}``. A bare $ is taken for US dollars; whose
    cents they are stays open, but in German.

    Of two amounts that share a currency, as in "20 or 30 euros", each is found.
    """
    said = in_digits(text)
    found = []
    for match in (*_BEHIND.finditer(said.text), *_BEFORE.finditer(said.text)):
        parts = match.groupdict()
        number, amount = _number(match["number"], language), _amount(parts, language)
        if number is None or amount is None or match["currency"] in _ORDINARY_WORDS:
            continue
        currency = _NATIONAL.get((parts.get("nation") or "").casefold()) or _CURRENCIES[match["currency"].casefold()]
        found.append(Found(money(amount, currency), match.start(), match.end()))
        if (low := low_of_range(said.text, match.start(), number, language)) is not None:
            found.append(replace(low, value=money(plain(low.value * _scale(parts)), currency)))
        if match.re is _BEFORE and (high := _UP_TO.match(said.text, match.end())) is not None:
            top = _number(high["number"], language)
            found += [] if top is None else [Found(money(top, currency), *high.span("number"))]
    return said.back(without_overlaps([*found, *_hundredths(said.text, language)]))


def _hundredths(text: str, language: str) -> Iterator[Found]:
    for match in _HUNDREDTHS_ALONE.finditer(text):
        amount = plain(int(match["number"]) / 100)
        currency = _HUNDREDTH_WORDS.get(match["word"].casefold(), "EUR" if language == "de" else None)
        yield Found(money(amount, currency), match.start(), match.end())


def _number(written: str, language: str) -> Number | None:
    """No price has three figures behind the mark, in whatever language: they are thousands."""
    return to_number(re.sub("[.,]", "", written) if _THREE_BEHIND.fullmatch(written) else written, language)


def _scale(parts: dict[str, str | None]) -> int:
    letter = (parts.get("letter") or "").casefold()
    return {"m": 1_000_000, "b": 1_000_000_000}.get(letter) or scale_of(parts.get("scale"))


def _amount(parts: dict[str, str | None], language: str) -> Number | None:
    """The amount of a match. "19 90 euros", "20 euros 50" and "3€50" name the hundredths behind the whole."""
    amount = _number(parts["number"] or "", language)
    hundredths = parts.get("fraction") or parts.get("hundredths") or parts.get("joined")
    if amount is None or (parts.get("fraction") and not (isinstance(amount, int) and amount < 1000)):
        return None
    if hundredths and isinstance(amount, int):
        amount = plain(round(amount + int(hundredths) / 100, 2))
    return plain(round(amount * _scale(parts) * (-1 if parts["sign"] else 1), 9))


def money(amount: Number, currency: str | None) -> Json:
    """An amount as it is kept. The currency is None when none was named."""
    return {"amount": amount, "currency": currency}
