"""What people really type, in English and in German, and what each type of slot makes of it.

The table was written before anybody looked at what the readers do with it. Every answer is given on Wednesday, 11 March
2026, at 10:00 in Berlin; the language is what the conversation is in, and often not what the answer is in.
"""

from typing import Any

import pytest

from tests.rules.asking import answer

PLAN: dict[str, Any] = {
    "type": "choice",
    "values": {"free": ["gratis"], "pro": ["professional", "business"], "enterprise": None},
}
ORDER: dict[str, Any] = {"type": "pattern", "pattern": "A-[0-9]{4}"}
NOT_YES_OR_NO = "refused: not_yes_or_no"
NOT_A_DATE = "refused: not_a_date"
NOT_A_CHOICE = "refused: not_a_choice"
SEVERAL = "refused: several"


def berlin(day: int, clock: str, month: int = 3, offset: str = "+01:00") -> str:
    return f"2026-{month:02}-{day:02}T{clock}:00{offset}"


BOOLEANS = [
    ("en", "yes", True),
    ("en", "yess", True),
    ("en", "YES!!!", True),
    ("en", "yeah sure", True),
    ("en", "yep thats right", True),
    ("en", "ya", True),
    ("en", "y", True),
    ("en", "ok do it", True),
    ("en", "go ahead", True),
    ("en", "sounds good", True),
    ("en", "i think so", True),
    ("en", "i guess so", True),
    ("en", "of course", True),
    ("en", "pls do", True),
    ("en", "why not", True),
    ("en", "👍", True),
    ("en", "sure 😀", True),
    ("en", "no", False),
    ("en", "nah", False),
    ("en", "noo", False),
    ("en", "n", False),
    ("en", "no thx", False),
    ("en", "i dont think so", False),
    ("en", "I don't think so.", False),
    ("en", "rather not", False),
    ("en", "not really", False),
    ("en", "no way", False),
    ("en", "absolutely not", False),
    ("en", "definitely not", False),
    ("en", "pls dont", False),
    ("en", "not now", False),
    ("en", "thats not right", False),
    ("en", "👎", False),
    ("en", "ok, no", False),
    ("en", "ok yes", True),
    ("en", "zu teuer, nein danke", False),
    ("en", "maybe", NOT_YES_OR_NO),
    ("en", "no idea", NOT_YES_OR_NO),
    ("en", "yes and no", NOT_YES_OR_NO),
    ("en", "what?", NOT_YES_OR_NO),
    ("en", "i dont know", NOT_YES_OR_NO),
    ("de", "ja", True),
    ("de", "jaa", True),
    ("de", "jo", True),
    ("en", "jo", True),
    ("de", "jep", True),
    ("de", "jupp", True),
    ("de", "joa", True),
    ("de", "klar", True),
    ("de", "na klar", True),
    ("de", "passt", True),
    ("de", "gerne", True),
    ("de", "ja bitte", True),
    ("de", "mach das", True),
    ("de", "auf jeden fall", True),
    ("de", "genau", True),
    ("de", "stimmt so", True),
    ("de", "natürlich", True),
    ("de", "nö", False),
    ("en", "nö", False),
    ("de", "noe", False),
    ("de", "ne", False),
    ("de", "nee", False),
    ("de", "nee danke", False),
    ("de", "eher nicht", False),
    ("de", "lieber nicht", False),
    ("de", "auf keinen fall", False),
    ("de", "auf gar keinen Fall!", False),
    ("de", "glaub nicht", False),
    ("de", "ich glaube nicht", False),
    ("de", "bitte nicht", False),
    ("de", "stimmt nicht", False),
    ("de", "das passt nicht", False),
    ("de", "überhaupt nicht", False),
    ("de", "vielleicht", NOT_YES_OR_NO),
    ("de", "keine ahnung", NOT_YES_OR_NO),
    ("de", "weiß nicht", NOT_YES_OR_NO),
    ("de", "jein", NOT_YES_OR_NO),
]


@pytest.mark.parametrize(("language", "text", "value"), BOOLEANS)
def test_yes_and_no(language: str, text: str, value: Any) -> None:
    """A short answer's language is hard to tell, so both languages are always understood."""
    assert answer("boolean", text, language) == value


EMAILS = [
    ("en", "bob@example.com", "bob@example.com"),
    ("en", "its bob@example.com thx", "bob@example.com"),
    ("en", "BOB@EXAMPLE.COM", "BOB@example.com"),
    ("en", "bob@example.com.", "bob@example.com"),
    ("en", "<bob@example.com>", "bob@example.com"),
    ("en", "mailto:bob@example.com", "bob@example.com"),
    ("en", "bob at example dot com", "bob@example.com"),
    ("en", "bob at example.com", "bob@example.com"),
    ("en", "bob (at) example.com", "bob@example.com"),
    ("en", "bob[at]example[dot]com", "bob@example.com"),
    ("en", "bob(at)example.com", "bob@example.com"),
    ("en", "my mail is bob.smith at example dot co dot uk", "bob.smith@example.co.uk"),
    ("en", "bob @ example.com", "bob@example.com"),
    ("en", "bob@ example.com", "bob@example.com"),
    ("en", "bob@example,com", "bob@example.com"),
    ("de", "bob ät example punkt de", "bob@example.de"),
    ("de", "bob at example punkt de", "bob@example.de"),
    ("de", "meine adresse ist bob(at)example.de", "bob@example.de"),
    ("de", "bob.meier@example.de bitte", "bob.meier@example.de"),
    ("en", "bob@example", "refused: not_an_email"),
    ("en", "bob.example.com", "refused: not_an_email"),
    ("en", "bob@@example.com", "refused: not_an_email"),
    ("en", "i am at example.com", "refused: not_an_email"),
    ("en", "look at example.com", "refused: not_an_email"),
    ("en", "why do you need that", "refused: not_an_email"),
    ("en", "bob@example.com or eve@example.com", SEVERAL),
]


@pytest.mark.parametrize(("language", "text", "value"), EMAILS)
def test_e_mail_addresses(language: str, text: str, value: str) -> None:
    assert answer("email", text, language) == value


PHONES = [
    ("en", "+49 30 901820", "+4930901820"),
    ("en", "+49 (0)30 901820", "+4930901820"),
    ("en", "0049 30 901820", "+4930901820"),
    ("en", "+49-30-90.18.20", "+4930901820"),
    ("en", "+49 30/901820", "+4930901820"),
    ("en", "tel.: +49 30 901820", "+4930901820"),
    ("en", "plus 49 30 901820", "+4930901820"),
    ("en", "call me on +44 20 7946 0958 after 5", "+442079460958"),
    ("en", "+1 (415) 555-2671", "+14155552671"),
    ("de", "meine nummer ist +49 151 23456789", "+4915123456789"),
    ("de", "+49 151 / 234 567 89", "+4915123456789"),
    ("en", "1234", "refused: not_a_phone"),
    ("en", "i dont have one", "refused: not_a_phone"),
    ("en", "+49 30 901820 or +49 30 901821", SEVERAL),
]


@pytest.mark.parametrize(("language", "text", "value"), PHONES)
def test_phone_numbers(language: str, text: str, value: str) -> None:
    assert answer("phone", text, language) == value


NUMBERS = [
    ("en", "three", 3),
    ("en", "3!", 3),
    ("en", "we are 12", 12),
    ("en", "12 ppl", 12),
    ("en", "twenty-one", 21),
    ("en", "twenty one", 21),
    ("en", "one hundred and five", 105),
    ("en", "two hundred fifty", 250),
    ("en", "a dozen", 12),
    ("en", "about 1,200", 1200),
    ("en", "1200 or so", 1200),
    ("en", "2k", 2000),
    ("en", "zero", 0),
    ("en", "none", 0),
    ("en", "minus 3", -3),
    ("en", "fiveteen", "refused: not_a_number"),
    ("en", "a lot", "refused: not_a_number"),
    ("en", "two or three", SEVERAL),
    ("en", "2 1/2", "refused: not_whole"),
    ("de", "drei", 3),
    ("en", "drei", 3),
    ("de", "drei stück", 3),
    ("de", "zwo", 2),
    ("de", "zwanzig", 20),
    ("de", "einundzwanzig", 21),
    ("de", "hundertfünfzig", 150),
    ("de", "zweihundert", 200),
    ("de", "eintausendzweihundert", 1200),
    ("de", "1.200", 1200),
    ("de", "ca. 30", 30),
    ("de", "so um die 30", 30),
    ("de", "ein dutzend", 12),
    ("de", "keine", 0),
    ("de", "null", 0),
    ("de", "fuenf", 5),
    ("de", "dreissig", 30),
    ("de", "zu fünft", 5),
    ("de", "ein paar", "refused: not_a_number"),
]


@pytest.mark.parametrize(("language", "text", "value"), NUMBERS)
def test_whole_numbers(language: str, text: str, value: Any) -> None:
    assert answer("integer", text, language) == value


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("en", "one and a half", 1.5),
        ("en", "two point five", 2.5),
        ("en", "2,5", 2.5),
        ("en", "half", 0.5),
        ("en", "2 1/2", 2.5),
        ("de", "anderthalb", 1.5),
        ("de", "eineinhalb", 1.5),
        ("de", "zweieinhalb", 2.5),
        ("de", "zwei komma fünf", 2.5),
        ("de", "2,5", 2.5),
    ],
)
def test_numbers_with_fractions(language: str, text: str, value: Any) -> None:
    assert answer("number", text, language) == value


MONEY = [
    ("en", "twenty bucks", 20, "USD"),
    ("en", "20 quid", 20, "GBP"),
    ("en", "20 euro", 20, "EUR"),
    ("en", "20eur", 20, "EUR"),
    ("en", "€20", 20, "EUR"),
    ("en", "around $1,200.50", 1200.5, "USD"),
    ("en", "a hundred dollars", 100, "USD"),
    ("en", "nineteen ninety euros", 19.9, "EUR"),
    ("en", "20 euros 50", 20.5, "EUR"),
    ("en", "20 euros and 50 cents", 20.5, "EUR"),
    ("en", "2k usd", 2000, "USD"),
    ("en", "five pounds", 5, "GBP"),
    ("de", "zwanzig euro", 20, "EUR"),
    ("en", "zwanzig euro", 20, "EUR"),
    ("de", "19,90 €", 19.9, "EUR"),
    ("de", "19,90€ bitte", 19.9, "EUR"),
    ("de", "19.90€", 19.9, "EUR"),
    ("de", "1.200,50 Euro", 1200.5, "EUR"),
    ("de", "EUR 19,90", 19.9, "EUR"),
    ("de", "zwanzig Euro fünfzig", 20.5, "EUR"),
    ("de", "hundert euro", 100, "EUR"),
    ("de", "so 20 euro", 20, "EUR"),
    ("de", "20 franken", 20, "CHF"),
    ("de", "5 euronen", 5, "EUR"),
    ("de", "20,- €", 20, "EUR"),
    ("de", "20,-", 20, None),
]


@pytest.mark.parametrize(("language", "text", "amount", "currency"), MONEY)
def test_amounts_of_money(language: str, text: str, amount: float, currency: str | None) -> None:
    value = answer("money", text, language)
    assert isinstance(value, dict), value
    assert (value["amount"], value.get("currency")) == (amount, currency)


@pytest.mark.parametrize(
    ("text", "code"),
    [("a lot", "not_money"), ("zu viel", "not_money"), ("20 or 30 euros", "several"), ("it was a-2004", "not_money")],
)
def test_what_is_no_amount(text: str, code: str) -> None:
    assert answer("money", text, "en") == f"refused: {code}"


DATES = [
    ("en", "tomorow", "2026-03-12"),
    ("en", "tommorrow", "2026-03-12"),
    ("en", "tmrw", "2026-03-12"),
    ("en", "tmr pls", "2026-03-12"),
    ("en", "2morrow", "2026-03-12"),
    ("en", "todya", "2026-03-11"),
    ("en", "yesterdya", "2026-03-10"),
    ("en", "day after tomorow", "2026-03-13"),
    ("en", "next tuseday", "2026-03-17"),
    ("en", "wensday", "2026-03-18"),
    ("en", "thurs", "2026-03-12"),
    ("en", "on teh 20th", "2026-03-20"),
    ("en", "end of the month", "2026-03-31"),
    ("en", "the end of this month", "2026-03-31"),
    ("en", "end of next month", "2026-04-30"),
    ("en", "end of april", "2026-04-30"),
    ("en", "last day of the month", "2026-03-31"),
    ("en", "first of april", "2026-04-01"),
    ("en", "1st of next month", "2026-04-01"),
    ("en", "beginning of april", "2026-04-01"),
    ("en", "end of the year", "2026-12-31"),
    ("en", "end of the week", "2026-03-13"),
    ("en", "in a fortnight", "2026-03-25"),
    ("en", "a week from now", "2026-03-18"),
    ("en", "a week on monday", "2026-03-23"),
    ("en", "monday week", "2026-03-23"),
    ("en", "12 marhc", "2026-03-12"),
    ("en", "april the 5th", "2026-04-05"),
    ("en", "5 apr", "2026-04-05"),
    ("en", "sept 5", "2026-09-05"),
    ("en", "3 days from now", "2026-03-14"),
    ("en", "in like 3 days", "2026-03-14"),
    ("en", "it was last week on friday", "2026-03-06"),
    ("en", "two days ago i think", "2026-03-09"),
    ("en", "in March", "refused: needs_a_day"),
    ("en", "sometime in april", "refused: needs_a_day"),
    ("en", "mid march", "refused: needs_a_day"),
    ("en", "next month", "refused: needs_a_day"),
    ("en", "april or may", "refused: needs_a_day"),
    ("en", "soon", NOT_A_DATE),
    ("en", "whenever", NOT_A_DATE),
    ("en", "what?", NOT_A_DATE),
    ("en", "asap!!", NOT_A_DATE),
    ("en", "monday or tuesday", SEVERAL),
    ("de", "morgn", "2026-03-12"),
    ("en", "morgen", "2026-03-12"),
    ("de", "uebermorgen", "2026-03-13"),
    ("de", "übermogen", "2026-03-13"),
    ("de", "naechsten dienstag", "2026-03-17"),
    ("de", "nächsten Dinstag", "2026-03-17"),
    ("de", "donerstag", "2026-03-12"),
    ("de", "am fr", "2026-03-13"),
    ("de", "ende des monats", "2026-03-31"),
    ("de", "Ende März", "2026-03-31"),
    ("de", "zum monatsende", "2026-03-31"),
    ("de", "ende nächsten monats", "2026-04-30"),
    ("de", "Anfang April", "2026-04-01"),
    ("de", "Anfang März", "2027-03-01"),
    ("de", "zum ersten", "2026-04-01"),
    ("de", "zum 1. april", "2026-04-01"),
    ("de", "am ersten april", "2026-04-01"),
    ("de", "heute in einer woche", "2026-03-18"),
    ("de", "montag in einer woche", "2026-03-23"),
    ("de", "in 14 tagen", "2026-03-25"),
    ("de", "in vierzehn Tagen", "2026-03-25"),
    ("de", "ende des jahres", "2026-12-31"),
    ("de", "12.3.26", "2026-03-12"),
    ("de", "12.03", "2026-03-12"),
    ("de", "12. maerz", "2026-03-12"),
    ("de", "im märz", "refused: needs_a_day"),
    ("de", "Mitte April", "refused: needs_a_day"),
    ("de", "nächsten Monat", "refused: needs_a_day"),
    ("de", "bald", NOT_A_DATE),
    ("de", "so schnell wie möglich", NOT_A_DATE),
    ("de", "weiß ich nicht", NOT_A_DATE),
]


@pytest.mark.parametrize(("language", "text", "value"), DATES)
def test_days(language: str, text: str, value: str) -> None:
    """A month alone is no day: it is asked for the day. "End of" and "beginning of" are days."""
    assert answer("date", text, language) == value


TIMES = [
    ("en", "3pm", "15:00"),
    ("en", "3 pm", "15:00"),
    ("en", "3p.m.", "15:00"),
    ("en", "at 3 in the afternoon", "15:00"),
    ("en", "8 in the morning", "08:00"),
    ("en", "half past two", "14:30"),
    ("en", "half 3", "refused: not_a_time"),
    ("en", "quarter to five", "16:45"),
    ("en", "quater past 9", "09:15"),
    ("en", "noon", "12:00"),
    ("en", "midday pls", "12:00"),
    ("en", "1530", "15:30"),
    ("en", "15.30", "15:30"),
    ("en", "nine thirty", "09:30"),
    ("en", "ten o clock", "10:00"),
    ("en", "10ish", "10:00"),
    ("en", "in the morning", "refused: not_a_time"),
    ("en", "any time", "refused: not_a_time"),
    ("en", "3pm or 4pm", SEVERAL),
    ("de", "15 uhr", "15:00"),
    ("de", "15h", "15:00"),
    ("de", "um halb drei", "14:30"),
    ("de", "halb 9", "08:30"),
    ("de", "viertel nach drei", "15:15"),
    ("de", "viertel vor 3", "14:45"),
    ("de", "dreiviertel drei", "14:45"),
    ("de", "8 uhr abends", "20:00"),
    ("de", "abends um 8", "20:00"),
    ("de", "morgens um 8", "08:00"),
    ("de", "zehn uhr dreißig", "10:30"),
    ("de", "gegen 10", "10:00"),
    ("de", "mittags", "12:00"),
    ("de", "14 uhr 15", "14:15"),
    ("de", "vormittags", "refused: not_a_time"),
]


@pytest.mark.parametrize(("language", "text", "value"), TIMES)
def test_times_of_day(language: str, text: str, value: str) -> None:
    """Where nothing tells morning from afternoon, it is the one within a desk's day: from 8 to 19 o'clock."""
    assert answer("time", text, language) == value


MOMENTS = [
    ("en", "next monday at 3pm", berlin(16, "15:00")),
    ("en", "next monday 3pm", berlin(16, "15:00")),
    ("en", "3pm next monday", berlin(16, "15:00")),
    ("en", "tomorow 3pm", berlin(12, "15:00")),
    ("en", "tmrw @ 3", berlin(12, "15:00")),
    ("en", "tomorrow at half past two", berlin(12, "14:30")),
    ("en", "tomorrow morning at 9", berlin(12, "09:00")),
    ("en", "tonight at 8", berlin(11, "20:00")),
    ("en", "fri 10am", berlin(13, "10:00")),
    ("en", "friday 10:30", berlin(13, "10:30")),
    ("en", "12 march 2pm", berlin(12, "14:00")),
    ("en", "april 5th at noon", berlin(5, "12:00", 4, "+02:00")),
    ("en", "2026-03-12 14:00", berlin(12, "14:00")),
    ("en", "in 2 hours", berlin(11, "12:00")),
    ("en", "in half an hour", berlin(11, "10:30")),
    ("en", "monday at 3 would be good", berlin(16, "15:00")),
    ("en", "tomorrow", "refused: needs_a_time"),
    ("en", "tomorrow morning", "refused: needs_a_time"),
    ("en", "monday at 10 or 11", SEVERAL),
    ("en", "whenever you like", "refused: not_a_datetime"),
    ("de", "nächsten montag um 15 uhr", berlin(16, "15:00")),
    ("de", "naechsten Montag um 15 Uhr", berlin(16, "15:00")),
    ("de", "montag nachmittag um 3", berlin(16, "15:00")),
    ("de", "morgen um halb drei", berlin(12, "14:30")),
    ("de", "um 4 am montag", berlin(16, "16:00")),
    ("de", "10 uhr am freitag", berlin(13, "10:00")),
    ("en", "10th of april at 2pm", berlin(10, "14:00", 4, "+02:00")),
    ("en", "20th at 2pm", berlin(20, "14:00")),
    ("en", "in april", "refused: needs_a_day"),
    ("de", "im april um 3", "refused: needs_a_day"),
    ("de", "übermorgen 9 uhr", berlin(13, "09:00")),
    ("de", "morgen früh um 8", berlin(12, "08:00")),
    ("de", "heute abend um 8", berlin(11, "20:00")),
    ("de", "12.3. um 14 uhr", berlin(12, "14:00")),
    ("de", "am 30.3. um 9", berlin(30, "09:00", 3, "+02:00")),
    ("de", "in einer stunde", berlin(11, "11:00")),
    ("de", "in zwei std", berlin(11, "12:00")),
    ("de", "morgen vormittag", "refused: needs_a_time"),
]


@pytest.mark.parametrize(("language", "text", "value"), MOMENTS)
def test_moments(language: str, text: str, value: str) -> None:
    assert answer("datetime", text, language) == value


HOUR, DAY = 3600, 86_400
DURATIONS = [
    ("en", "2 hours", 2 * HOUR),
    ("en", "2hrs", 2 * HOUR),
    ("en", "half an hour", 1800),
    ("en", "half hour", 1800),
    ("en", "an hour and a half", 5400),
    ("en", "one and a half hours", 5400),
    ("en", "1.5h", 5400),
    ("en", "1h30", 5400),
    ("en", "90 min", 5400),
    ("en", "a fortnight", 14 * DAY),
    ("en", "two weeks", 14 * DAY),
    ("en", "about 3 dayz", 3 * DAY),
    ("en", "a quarter of an hour", 900),
    ("en", "30", "refused: needs_a_unit"),
    ("en", "long", "refused: not_a_duration"),
    ("de", "anderthalb stunden", 5400),
    ("de", "eineinhalb Stunden", 5400),
    ("de", "ne stunde", HOUR),
    ("de", "ne halbe stunde", 1800),
    ("de", "eine viertelstunde", 900),
    ("de", "dreiviertelstunde", 2700),
    ("de", "2 std", 2 * HOUR),
    ("de", "drei tage", 3 * DAY),
    ("de", "30 sek", 30),
    ("de", "zwei Wochn", 14 * DAY),
    ("de", "ein halbes Jahr", 182 * DAY + 12 * HOUR),
    ("de", "lange", "refused: not_a_duration"),
]


@pytest.mark.parametrize(("language", "text", "value"), DURATIONS)
def test_lengths_of_time(language: str, text: str, value: Any) -> None:
    assert answer("duration", text, language) == value


CHOICES = [
    ("en", "pro", "pro"),
    ("en", "Pro!!", "pro"),
    ("en", "the pro one", "pro"),
    ("en", "proffesional", "pro"),
    ("en", "bussiness", "pro"),
    ("en", "i'd go with enterprise", "enterprise"),
    ("en", "entreprise", "enterprise"),
    ("en", "entrprise plan pls", "enterprise"),
    ("en", "free i guess", "free"),
    ("en", "2", "pro"),
    ("en", "2.", "pro"),
    ("en", "2)", "pro"),
    ("en", "#2", "pro"),
    ("en", "2️⃣", "pro"),
    ("en", "two", "pro"),
    ("en", "option 2", "pro"),
    ("en", "nr 2", "pro"),
    ("en", "the 2nd", "pro"),
    ("en", "the second one pls", "pro"),
    ("en", "teh second", "pro"),
    ("en", "first one", "free"),
    ("en", "the last one", "enterprise"),
    ("en", "the middle one", "pro"),
    ("en", "not pro", NOT_A_CHOICE),
    ("en", "anything but pro", NOT_A_CHOICE),
    ("en", "all of them", NOT_A_CHOICE),
    ("en", "4", NOT_A_CHOICE),
    ("en", "which one is best?", NOT_A_CHOICE),
    ("en", "pro or free", NOT_A_CHOICE),
    ("de", "pro bitte", "pro"),
    ("de", "ich nehme pro", "pro"),
    ("de", "das zweite", "pro"),
    ("de", "die zweite option", "pro"),
    ("de", "nummer zwei", "pro"),
    ("de", "nr. 2", "pro"),
    ("de", "das letzte", "enterprise"),
    ("de", "der erste", "free"),
    ("de", "grattis", "free"),
    ("de", "nicht pro", NOT_A_CHOICE),
    ("de", "egal", NOT_A_CHOICE),
    ("de", "keins davon", NOT_A_CHOICE),
]


@pytest.mark.parametrize(("language", "text", "value"), CHOICES)
def test_choices(language: str, text: str, value: str) -> None:
    assert answer(PLAN, text, language) == value


PATTERNS = [
    ("en", "a-2004", "A-2004"),
    ("en", "its A-2004 thx", "A-2004"),
    ("en", "#A-2004", "A-2004"),
    ("en", "A2004", "A-2004"),
    ("en", "a 2004", "A-2004"),
    ("en", "A - 2004", "A-2004"),
    ("en", "A\u20132004", "A-2004"),
    ("en", "A\u20112004", "A-2004"),
    ("en", "A_2004", "A-2004"),
    ("en", "order no. A-2004.", "A-2004"),
    ("de", "bestellnummer a-2004", "A-2004"),
    ("en", "2004", "refused: not_in_form"),
    ("en", "A-20045", "refused: not_in_form"),
    ("en", "i dont have it", "refused: not_in_form"),
    ("en", "A-2004 and A-2005", SEVERAL),
]


@pytest.mark.parametrize(("language", "text", "value"), PATTERNS)
def test_numbers_in_a_form_of_their_own(language: str, text: str, value: str) -> None:
    """A dash that was left out or written otherwise is put where the form has it."""
    assert answer(ORDER, text, language) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("example.com/help", "https://example.com/help"),
        ("www.example.com", "https://www.example.com"),
        ("its https://example.com/a?b=c.", "https://example.com/a?b=c"),
        ("(https://example.com)", "https://example.com"),
        ("HTTPS://EXAMPLE.COM/Help", "https://example.com/Help"),
        ("http:/example.com", "refused: not_a_url"),
        ("javascript:alert(1)", "refused: not_a_url"),
        ("no link", "refused: not_a_url"),
    ],
)
def test_links(text: str, value: str) -> None:
    assert answer("url", text, "en") == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("rot, grün & blau", ["rot", "grün", "blau"]), ("red green", ["red green"]), ("- red\n- green", ["red", "green"])],
)
def test_lists(text: str, value: list[str]) -> None:
    assert answer("list", text, "de") == value


@pytest.mark.parametrize("text", ["here", "see attached", "📎", "hab ich nicht"])
def test_a_file_is_not_made_of_words(text: str) -> None:
    assert answer("file", text, "en") == "refused: no_file"
