"""Amounts of money, as people write them in English and German."""

import re

from bot.model.base import Json
from bot.rules.values.answer import Found, without_overlaps
from bot.rules.values.number_words import in_digits
from bot.rules.values.numbers import PLAIN, SPACED, Number, plain, to_number

_CURRENCY_WORDS = {
    "EUR": "€ eur euro euros euronen",
    "USD": "$ us$ usd dollar dollars buck bucks",
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
_AMOUNT = rf"(?:{SPACED}|{PLAIN})(?!\d)"
_HUNDREDTHS = r"(?:\s(?:and\s|und\s)?(?P<hundredths>[1-9]\d)(?:\s?(?:cents?|ct|pence|p|rappen)\b|(?!\s?[\w.,:/%-])))?"
_BEFORE = re.compile(
    rf"(?<!\w)(?P<sign>-?)(?P<currency>{_CURRENCY})\s?(?P<number>{_AMOUNT})(?P<thousand>k\b)?", re.IGNORECASE
)
_BEHIND = re.compile(
    rf"(?<![\w.,])(?P<sign>-?)(?P<number>{_AMOUNT})(?:\s(?P<fraction>[1-9]\d))?(?P<thousand>k)?(?:,-|,--|\.-)?"
    rf"\s?(?P<currency>{_CURRENCY})(?!\w){_HUNDREDTHS}",
    re.IGNORECASE,
)
_OR = re.compile(r"(?<![\w.,])\d[\d.,]*\s?(?:or|oder|to|bis|-|\u2013)\s?$", re.IGNORECASE)
_ORDINARY_WORDS = frozenset({"try", "ron", "php"})
"""Codes that are words as well: they count in capitals alone."""
_HOLDS_CURRENCY = re.compile(rf"(?<![^\W\d_])(?:{_CURRENCY})(?![^\W\d_])", re.IGNORECASE)


def holds_currency(text: str) -> bool:
    """Whether a currency is named anywhere: without one there is no amount to be found."""
    return _HOLDS_CURRENCY.search(text) is not None


def find_money(text: str, language: str) -> list[Found]:
    """Amounts with a currency: ``{"amount": 12.5, "currency": "EUR"}``. A bare $ is taken for US dollars.

    Of two amounts that share a currency, as in "20 or 30 euros", each is found.
    """
    said = in_digits(text)
    found = []
    for match in (*_BEHIND.finditer(said.text), *_BEFORE.finditer(said.text)):
        parts = match.groupdict()
        amount = _amount(parts, language)
        if amount is None or match["currency"] in _ORDINARY_WORDS:
            continue
        currency = _CURRENCIES[match["currency"].casefold()]
        found.append(Found(money(amount, currency), match.start(), match.end()))
        if (other := _OR.search(said.text, 0, match.start())) is not None:
            one = to_number(re.split(r"\s|[^\d.,]", other[0].strip())[0], language)
            found += [] if one is None else [Found(money(one, currency), *other.span())]
    return said.back(without_overlaps(found))


def _amount(parts: dict[str, str | None], language: str) -> Number | None:
    """The amount of a match. "19 90 euros" and "20 euros 50" name the hundredths behind the whole."""
    amount = to_number(parts["number"] or "", language)
    hundredths = parts.get("fraction") or parts.get("hundredths")
    if amount is None or (parts.get("fraction") and not (isinstance(amount, int) and amount < 1000)):
        return None
    if hundredths and isinstance(amount, int):
        amount = plain(round(amount + int(hundredths) / 100, 2))
    return plain(amount * (1000 if parts.get("thousand") else 1) * (-1 if parts["sign"] else 1))


def money(amount: Number, currency: str | None) -> Json:
    """An amount as it is kept. The currency is None when none was named."""
    return {"amount": amount, "currency": currency}
