"""Every answer here is given on Wednesday, 11 March 2026, at 10:00 in Berlin."""

from typing import Any

import pytest

from tests.rules.asking import answer


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-04-03", "2026-04-03"),
        ("today", "2026-03-11"),
        ("tomorrow", "2026-03-12"),
        ("I want it tomorrow please", "2026-03-12"),
        ("the day after tomorrow", "2026-03-13"),
        ("yesterday", "2026-03-10"),
        ("Tuesday", "2026-03-17"),
        ("next Tuesday", "2026-03-17"),
        ("on Wednesday", "2026-03-18"),
        ("this Wednesday", "2026-03-11"),
        ("last friday", "2026-03-06"),
        ("sat", "2026-03-14"),
        ("in 3 days", "2026-03-14"),
        ("in two weeks", "2026-03-25"),
        ("in a month", "2026-04-11"),
        ("3 days ago", "2026-03-08"),
        ("a week ago", "2026-03-04"),
        ("next week", "2026-03-18"),
        ("31 March", "2026-03-31"),
        ("3rd of March", "2027-03-03"),
        ("March 3, 2027", "2027-03-03"),
        ("Dec 25", "2026-12-25"),
        ("Feb 29", "2028-02-29"),
        ("the 5th", "2026-04-05"),
        ("03/04/2026", "2026-03-04"),
        ("13/04/2026", "2026-04-13"),
        ("12.03.2026", "2026-03-12"),
        ("12/25", "2026-12-25"),
        ("5/5/84", "1984-05-05"),
        ("31/02/2026", "refused: not_a_date"),
        ("the 31st of february", "refused: needs_a_day"),
        ("february 30th", "refused: needs_a_day"),
        ("2026-02-30", "refused: not_a_date"),
        ("tomorrow or friday", "refused: several"),
        ("may", "refused: not_a_date"),
        ("24/7", "refused: not_a_date"),
        ("at 5", "refused: not_a_date"),
        ("a", "refused: not_a_date"),
        ("good morning", "refused: not_a_date"),
        ("asap", "refused: not_a_date"),
    ],
)
def test_an_english_date(text: str, day: str) -> None:
    """Figures alone are month first; what names no year or week is the next such day."""
    assert answer("date", text, "en") == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("heute", "2026-03-11"),
        ("morgen", "2026-03-12"),
        ("übermorgen", "2026-03-13"),
        ("vorgestern", "2026-03-09"),
        ("am Dienstag", "2026-03-17"),
        ("nächsten Dienstag", "2026-03-17"),
        ("kommenden Freitag", "2026-03-13"),
        ("letzten Montag", "2026-03-09"),
        ("di", "2026-03-17"),
        ("in 3 Tagen", "2026-03-14"),
        ("in einer Woche", "2026-03-18"),
        ("vor 2 Wochen", "2026-02-25"),
        ("3. März", "2027-03-03"),
        ("3. März 2027", "2027-03-03"),
        ("12.3.", "2026-03-12"),
        ("03/04/2026", "2026-04-03"),
        ("am 5.", "2026-04-05"),
        ("nächste Woche", "2026-03-18"),
        ("Guten Morgen", "refused: not_a_date"),
    ],
)
def test_a_german_date(text: str, day: str) -> None:
    """Figures alone are day first."""
    assert answer("date", text, "de") == day


@pytest.mark.parametrize(
    ("text", "language", "day"),
    [
        ("demain", "fr", "2026-03-12"),
        ("le 3 mars", "fr", "2027-03-03"),
        ("bonjour", "fr", "refused: not_a_date"),
        ("mañana", "es", "2026-03-12"),
        ("pojutrze", "pl", "2026-03-13"),
        ("whenever", "xx", "refused: not_a_date"),
    ],
)
def test_a_short_date_in_another_language(text: str, language: str, day: str) -> None:
    assert answer("date", text, language) == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Tuesday", "2026-03-10"),
        ("3 March", "2026-03-03"),
        ("12/25", "2025-12-25"),
        ("the 5th", "2026-03-05"),
        ("tomorrow", "refused: too_late"),
    ],
)
def test_a_slot_that_takes_no_future_reads_days_backwards(text: str, day: str) -> None:
    """ "When did you order?": the day that is meant has been."""
    assert answer({"type": "date", "max": "today"}, text) == day


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("14:30", "14:30"),
        ("9:05", "09:05"),
        ("14:30:15", "14:30:15"),
        ("3pm", "15:00"),
        ("3.30 p.m.", "15:30"),
        ("12am", "00:00"),
        ("12 pm", "12:00"),
        ("noon", "12:00"),
        ("midnight", "00:00"),
        ("half past 3", "15:30"),
        ("quarter to nine", "08:45"),
        ("around 8", "08:00"),
        ("at 5", "17:00"),
        ("five o'clock", "17:00"),
        ("9", "09:00"),
        ("15 Uhr", "15:00"),
        ("5 Uhr", "05:00"),
        ("15 Uhr 30", "15:30"),
        ("15.30 Uhr", "15:30"),
        ("halb vier", "15:30"),
        ("viertel vor 8", "07:45"),
        ("mittags", "12:00"),
        ("25:00", "refused: not_a_time"),
        ("13pm", "refused: not_a_time"),
        ("never", "refused: not_a_time"),
        ("9 or 10:30", "refused: several"),
        ("9:00 or 10:30", "refused: several"),
    ],
)
def test_a_time_of_day(text: str, hour: str) -> None:
    """An hour from one to six that says nothing more is in the afternoon."""
    assert answer("time", text) == hour


@pytest.mark.parametrize(
    ("text", "language", "moment"),
    [
        ("tomorrow at 3pm", "en", "2026-03-12T15:00:00+01:00"),
        ("monday 9:30", "en", "2026-03-16T09:30:00+01:00"),
        ("April 3rd at noon", "en", "2026-04-03T12:00:00+02:00"),
        ("morgen um 15 Uhr", "de", "2026-03-12T15:00:00+01:00"),
        ("heute Abend um 8:15", "de", "2026-03-11T20:15:00+01:00"),
        ("demain à 15:00", "fr", "2026-03-12T15:00:00+01:00"),
        ("2026-03-12T15:00:00Z", "en", "2026-03-12T16:00:00+01:00"),
        ("3pm", "en", "2026-03-11T15:00:00+01:00"),
        ("9:00", "en", "2026-03-12T09:00:00+01:00"),
        ("tomorrow", "en", "refused: needs_a_time"),
        ("tomorrow or friday at 9:00", "en", "refused: several"),
        ("soon", "en", "refused: not_a_datetime"),
    ],
)
def test_a_moment_is_a_day_and_a_time_in_the_zone_of_the_desk(text: str, language: str, moment: str) -> None:
    """A time alone is the next one to come."""
    assert answer("datetime", text, language) == moment


@pytest.mark.parametrize(
    ("bounds", "text", "read"),
    [
        ({"min": "today"}, "yesterday", "refused: too_early"),
        ({"min": "today", "max": "today + 30d"}, "in 3 weeks", "2026-04-01"),
        ({"min": "today", "max": "today + 30d"}, "in 5 weeks", "refused: too_late"),
        ({"max": "2026-03-31"}, "2026-04-01", "refused: too_late"),
        ({"min": "-2w"}, "3 weeks ago", "refused: too_early"),
    ],
)
def test_bounds_of_a_date_may_move_with_the_clock(bounds: dict[str, str], text: str, read: str) -> None:
    assert answer({"type": "date", **bounds}, text) == read


@pytest.mark.parametrize(
    ("slot", "text", "read"),
    [
        ({"type": "time", "min": "09:00", "max": "17:00"}, "8am", "refused: too_early"),
        ({"type": "time", "min": "09:00", "max": "17:00"}, "noon", "12:00"),
        ({"type": "time", "min": "09:00", "max": "17:00"}, "18:00", "refused: too_late"),
        ({"type": "datetime", "min": "now"}, "today at 9:00", "refused: too_early"),
        ({"type": "datetime", "max": "tomorrow"}, "tomorrow at 23:30", "2026-03-12T23:30:00+01:00"),
        ({"type": "duration", "min": "1h", "max": "1d"}, "30 minutes", "refused: too_small"),
        ({"type": "duration", "min": "1h", "max": "1d"}, "2 days", "refused: too_large"),
    ],
)
def test_bounds_of_times_and_durations(slot: Any, text: str, read: Any) -> None:
    assert answer(slot, text) == read
