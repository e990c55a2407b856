"""Answers that hold more than their last few words: a part alone would be a wrong value, and nobody would notice.

Every answer is given on Wednesday, 11 March 2026, at 10:00 in Berlin.
"""

from datetime import date
from typing import Any

import pytest

from bot.rules.values.holidays import easter
from tests.rules.asking import answer


@pytest.mark.parametrize(
    ("language", "text", "day"),
    [
        ("en", "two weeks from today", "2026-03-25"),
        ("en", "a week from Monday", "2026-03-23"),
        ("en", "3 days from now", "2026-03-14"),
        ("en", "a fortnight ago", "2026-02-25"),
        ("en", "Saturday after next", "2026-03-21"),
        ("en", "first Monday in April", "2026-04-06"),
        ("en", "the last Friday of the month", "2026-03-27"),
        ("en", "the first Monday of the month", "2026-04-06"),
        ("en", "the third Tuesday of March 2025", "2025-03-18"),
        ("en", "the fifth of May", "2026-05-05"),
        ("en", "twenty-first of June", "2026-06-21"),
        ("en", "3 May 27", "2027-05-03"),
        ("en", "3 May '85", "1985-05-03"),
        ("en", "2026/04/03", "2026-04-03"),
        ("en", "Easter Monday", "2026-04-06"),
        ("en", "Christmas eve", "2026-12-24"),
        ("en", "New Year\u2019s Day", "2027-01-01"),
        ("en", "Good Friday 2027", "2027-03-26"),
        ("en", "from 3 to 5 May", "refused: several"),
        ("en", "3rd-5th May", "refused: several"),
        ("en", "March 16-18", "refused: several"),
        ("en", "12.05.2026-12.06.2026", "refused: several"),
        ("en", "2 days before Christmas", "refused: not_a_date"),
        ("en", "this weekend", "refused: needs_a_day"),
        ("de", "übernächsten Montag", "2026-03-23"),
        ("de", "Montag übernächste Woche", "2026-03-23"),
        ("de", "heute in 14 Tagen", "2026-03-25"),
        ("de", "heute in 8 Tagen", "2026-03-18"),
        ("de", "Freitag in zwei Wochen", "2026-03-27"),
        ("de", "letzter Freitag im März", "2026-03-27"),
        ("de", "am fünften", "2026-04-05"),
        ("de", "am dreißigsten Mai", "2026-05-30"),
        ("de", "Ostermontag", "2026-04-06"),
        ("de", "Silvester", "2026-12-31"),
        ("de", "vom 3. bis 5. Mai", "refused: several"),
        ("de", "am Wochenende", "refused: needs_a_day"),
    ],
)
def test_days(language: str, text: str, day: str) -> None:
    assert answer("date", text, language) == day


@pytest.mark.parametrize(("timezone", "day"), [("Europe/London", "2026-04-03"), ("America/Chicago", "2026-03-04")])
def test_figures_are_read_as_the_country_of_the_desk_writes_them(timezone: str, day: str) -> None:
    region = {"Europe/London": "GB", "America/Chicago": "US"}[timezone]
    assert answer("date", "3/4/2026", "en", region=region) == day


@pytest.mark.parametrize(
    ("year", "day"), [(2024, date(2024, 3, 31)), (2025, date(2025, 4, 20)), (2038, date(2038, 4, 25))]
)
def test_easter(year: int, day: date) -> None:
    assert easter(year) == day


@pytest.mark.parametrize(
    ("language", "text", "hour"),
    [
        ("en", "quarter to 5pm", "16:45"),
        ("en", "ten past six", "18:10"),
        ("en", "at ten to eight", "07:50"),
        ("en", "at half seven", "07:30"),
        ("en", "530pm", "17:30"),
        ("en", "between 2 and 4pm", "refused: several"),
        ("de", "fünf vor halb acht", "07:25"),
        ("de", "fünf nach halb neun", "08:35"),
        ("de", "zehn nach acht", "08:10"),
        ("de", "9 bis 17 Uhr", "refused: several"),
    ],
)
def test_times(language: str, text: str, hour: str) -> None:
    assert answer("time", text, language) == hour


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1 hour 30", 5_400),
        ("1 Stunde 20", 4_800),
        ("1 Std. 20 Min.", 4_800),
        ("1½ hours", 5_400),
        ("1 1/2 hours", 5_400),
        ("three quarters of an hour", 2_700),
        ("eine dreiviertel Stunde", 2_700),
        ("drei viertel Stunden", 2_700),
        ("10 m", 600),
        ("2-3 days", "refused: several"),
        ("zwei bis drei Tage", "refused: several"),
        ("0800 hours", "refused: needs_a_unit"),
    ],
)
def test_lengths_of_time(text: str, seconds: Any) -> None:
    assert answer("duration", text) == seconds


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("en", "2 million", 2_000_000),
        ("en", "half a million", 500_000),
        ("en", "two dozen", 24),
        ("en", "1½", 1.5),
        ("en", "three quarters", 0.75),
        ("en", "3-5", "refused: several"),
        ("en", "1e3", "refused: not_a_number"),
        ("de", "1,5 Mio.", 1_500_000),
        ("de", "zwei Millionen", 2_000_000),
        ("de", "minus fünf", -5),
        ("de", "ein Drittel", 0.333),
    ],
)
def test_numbers(language: str, text: str, value: Any) -> None:
    assert answer("number", text, language) == value


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("12.000 Euro", 12_000, "EUR"),
        ("1,000 €", 1_000, "EUR"),
        ("$1.2m", 1_200_000, "USD"),
        ("2 million dollars", 2_000_000, "USD"),
        ("3 tausend Euro", 3_000, "EUR"),
        ("tausend Euro", 1_000, "EUR"),
        ("1,5 Mio. €", 1_500_000, "EUR"),
        ("-20 €", -20, "EUR"),
        ("€ 5,-", 5, "EUR"),
        ("3€50", 3.5, "EUR"),
        ("50 cents", 0.5, None),
        ("80 pence", 0.8, "GBP"),
        ("50 US dollars", 50, "USD"),
        ("A$20", 20, "AUD"),
        ("C$ 20", 20, "CAD"),
        ("₹500", 500, "INR"),
        ("100 zł", 100, "PLN"),
        ("R$ 10", 10, "BRL"),
    ],
)
def test_amounts_of_money(text: str, amount: float, currency: str | None) -> None:
    assert answer("money", text) == {"amount": amount, "currency": currency}


@pytest.mark.parametrize(
    ("slot", "text", "value"),
    [("date", "FR\u0130DAY", "2026-03-13"), ("time", "s\u0131x o'clock", "18:00"), ("number", "\u017fix", 6)],
)
def test_letters_that_other_keyboards_have(slot: str, text: str, value: Any) -> None:
    """A pattern takes them for i and s in any case; no table of words holds them."""
    assert answer(slot, text) == value
