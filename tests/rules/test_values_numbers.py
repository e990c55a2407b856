from typing import Any

import pytest

from tests.rules.asking import answer


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("3", "en", 3),
        ("-4", "en", -4),
        ("I have 2 children", "en", 2),
        ("2.0", "en", 2),
        ("1,000", "en", 1000),
        ("1.000", "de", 1000),
        ("5 000", "de", 5000),
        ("2k", "en", 2000),
        ("20kg", "en", 20),
        ("three", "en", 3),
        ("twenty-one please", "en", 21),
        ("einundzwanzig", "de", 21),
        ("Ich hätte gern zwei", "de", 2),
        ("(7)", "en", 7),
        ("2 ... I mean 2", "en", 2),
        ("2.5", "en", "refused: not_whole"),
        ("2 or 3", "en", "refused: several"),
        ("many", "en", "refused: not_a_number"),
        ("12345678901234567890", "en", "refused: not_a_number"),
        ("  ", "en", "refused: empty"),
    ],
)
def test_an_integer_is_read_in_figures_and_words(text: str, language: str, value: Any) -> None:
    assert answer("integer", text, language) == value


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("1,234.5", "en", 1234.5),
        ("1.234,5", "de", 1234.5),
        ("1.234", "en", 1.234),
        ("1.234", "de", 1234),
        ("1,234", "en", 1234),
        ("1,234", "de", 1.234),
        ("1,5", "en", 1.5),
        ("12.50", "de", 12.5),
        ("0,500", "en", 0.5),
        ("1.234.567", "en", 1234567),
        ("1'234.50", "de", 1234.5),
        ("3 %", "en", 3),
        ("1.2.3", "en", "refused: not_a_number"),
        ("24/7", "en", "refused: not_a_number"),
    ],
)
def test_a_number_is_read_as_its_language_writes_it(text: str, language: str, value: Any) -> None:
    """Two kinds of marks explain each other; one alone means what the language makes of it, where it can."""
    assert answer("number", text, language) == value


def euros(amount: float) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR"}


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("€12.50", "en", euros(12.5)),
        ("12,50 €", "de", euros(12.5)),
        ("1.234,56 Euro", "de", euros(1234.56)),
        ("12,- €", "de", euros(12)),
        ("it was 20 euros", "en", euros(20)),
        ("EUR 30", "en", euros(30)),
        ("$1,000", "en", {"amount": 1000, "currency": "USD"}),
        ("1.5k USD", "en", {"amount": 1500, "currency": "USD"}),
        ("50 bucks", "en", {"amount": 50, "currency": "USD"}),
        ("-5 £", "en", {"amount": -5, "currency": "GBP"}),
        ("CHF 1'200", "de", {"amount": 1200, "currency": "CHF"}),
        ("12.50", "en", {"amount": 12.5, "currency": None}),
        ("twenty", "en", {"amount": 20, "currency": None}),
        ("$20 or 30 dollars", "en", "refused: several"),
        ("a lot", "en", "refused: not_money"),
    ],
)
def test_money_is_an_amount_with_the_currency_that_was_named(text: str, language: str, value: Any) -> None:
    assert answer("money", text, language) == value


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90 minutes", 5_400),
        ("2 hours and 15 minutes", 8_100),
        ("1h30m", 5_400),
        ("1h30m and 5 minutes", 5_700),
        ("1.5 h", 5_400),
        ("half an hour", 1_800),
        ("an hour", 3_600),
        ("two weeks", 1_209_600),
        ("3 Tage", 259_200),
        ("eine halbe Stunde", 1_800),
        ("anderthalb Stunden", 5_400),
        ("2 months", 5_184_000),
        ("30", "refused: needs_a_unit"),
        ("5 meters", "refused: needs_a_unit"),
        ("soon", "refused: not_a_duration"),
        ("two weeks or 3 days", "refused: several"),
    ],
)
def test_a_duration_is_a_number_of_seconds(text: str, seconds: Any) -> None:
    assert answer("duration", text) == seconds
