"""What is read from messages as people write them: a table, English and German."""

from collections.abc import Callable

import pytest

from bot.model.desk import Desk
from bot.nlu.entities import EntityFinder
from bot.nlu.language import LanguageGuesser
from bot.nlu.sentiment import sentiment_of
from bot.nlu.urgency import urgency_of

Read = Callable[[str], list[tuple[str, object, str]]]

DESK = {
    "nlu": [
        {"intent": "upgrade", "examples": "- where is my order\n- upgrade to [pro](plan)"},
        {"lookup": "city", "examples": "- Berlin\n- New York\n- Munich"},
        {"synonym": "Munich", "examples": "- München\n- muc"},
        {"regex": "invoice", "examples": "- INV-[0-9]{5}"},
    ],
    "slots": {
        "order": {"type": "pattern", "pattern": "[A-Z]{2}-[0-9]{4}"},
        "size": {"type": "choice", "values": ["small", "medium", "large"]},
    },
    "settings": {"languages": ["en", "de"], "timezone": "Europe/Berlin"},
}
EUR = "EUR"


def money(amount: float, currency: str) -> dict[str, object]:
    return {"amount": amount, "currency": currency}


@pytest.fixture(scope="module")
def read() -> Read:
    """Kind, value and words of each entity; the words are those at its place."""
    finder, language = EntityFinder(Desk.model_validate(DESK)), LanguageGuesser(("en", "de"))

    def found(text: str) -> list[tuple[str, object, str]]:
        entities = finder.find(text, language.guess(text))
        assert all(text[one.start : one.end] == one.text for one in entities)
        return [(one.entity, one.value, one.text) for one in entities]

    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mail me at Bob.Smith+shop@example.co.uk!", [("email", "Bob.Smith+shop@example.co.uk")]),
        ("my email is bob@example.com.", [("email", "bob@example.com")]),
        ("bob@example.com,alice@example.org", [("email", "bob@example.com"), ("email", "alice@example.org")]),
        ("call +49 (0)30 901820 or 030/901820", [("phone", "+4930901820"), ("phone", "+4930901820")]),
        ("tel. 0171-1234567 bitte", [("phone", "+491711234567")]),
        ("my number is +1 (415) 555-2671, thx", [("phone", "+14155552671")]),
        ("00491711234567", [("phone", "+491711234567")]),
        ("see https://example.com/a?b=1&c=2).", [("url", "https://example.com/a?b=1&c=2")]),
        ("www.example.de/hilfe geht nicht", [("url", "https://www.example.de/hilfe")]),
        ("http://localhost:8000", [("url", "http://localhost:8000")]),
        ("I paid $1,234.56 yesterday", [("money", money(1234.56, "USD")), ("date", "yesterday")]),
        ("das waren 1.234,56 € am 3.4.2026", [("money", money(1234.56, EUR)), ("date", "2026-04-03")]),
        ("refund 15 EUR pls", [("money", money(15, EUR))]),
        ("CHF 49.90 bezahlt", [("money", money(49.9, "CHF"))]),
        ("£20 or 20 quid", [("money", money(20, "GBP")), ("money", money(20, "GBP"))]),
        ("€ 5,-", [("money", money(5, EUR))]),
        ("5,- Euro", [("money", money(5, EUR))]),
        ("tomorrow at 3pm", [("date", "tomorrow"), ("time", "15:00")]),
        ("am nächsten Dienstag um halb vier", [("date", "nächsten Dienstag"), ("time", "15:30")]),
        ("übermorgen 14 Uhr", [("date", "übermorgen"), ("time", "14:00")]),
        ("April 3rd, 2026", [("date", "2026-04-03")]),
        ("in two weeks", [("date", "in two weeks")]),
        ("vor 3 Tagen bestellt", [("date", "vor 3 Tagen")]),
        ("from Monday to Friday", [("date", "Monday"), ("date", "Friday")]),
        ("on the 5th", [("date", "the 5th")]),
        ("um 9:15 Uhr", [("time", "09:15")]),
        ("12.05 Uhr", [("time", "12:05")]),
        ("8 p.m.", [("time", "20:00")]),
        ("at noon", [("time", "12:00")]),
        ("half past three", [("time", "15:30")]),
        ("viertel vor acht", [("time", "07:45")]),
        ("for 2 hours and 30 minutes", [("duration", 9000)]),
        ("seit 2 wochen warte ich", [("duration", 1_209_600)]),
        ("90 min", [("duration", 5400)]),
        ("2 pizzas and 3 cokes", [("number", 2), ("number", 3)]),
        ("it cost 5k", [("number", 5000)]),
        ("-5 degrees", [("number", -5)]),
        ("1.000.000", [("number", 1_000_000)]),
        ("order ab-1234 please", [("order", "AB-1234")]),
        ("inv-12345 ist falsch", [("invoice", "INV-12345")]),
        ("flight to berln", [("city", "Berlin")]),
        ("flug nach münchen", [("city", "Munich")]),
        ("New Yrok", [("city", "New York")]),
        ("muc to new york", [("city", "Munich"), ("city", "New York")]),
        ("a lagre one", [("size", "large")]),
        ("plan pro", [("plan", "pro")]),
    ],
)
def test_entities_have_their_value_and_their_place(read: Read, text: str, expected: list[tuple[str, object]]) -> None:
    assert [(kind, value) for kind, value, _ in read(text)] == expected


@pytest.mark.parametrize(
    "text",
    [
        "version 3.11.7 is out", "IP 192.168.1.1", "24/7", "may I ask", "march forward", "sun is shining",
        "second time i ask", "one more thing", "1st", "e.g. this", "Dr. Who z.B. hier", "1/2 pizza", "🍕🍕", "...",
        "wo ist meine Bestellung", "das geht so nicht weiter", "where is it",
    ],
)  # fmt: skip
def test_nothing_is_read_into_ordinary_words(read: Read, text: str) -> None:
    assert read(text) == []


def test_a_part_of_a_long_number_is_no_telephone_number(read: Read) -> None:
    for text in ("IBAN DE89 3704 0044 0532 0130 00", "card 4111 1111 1111 1111"):
        assert "phone" not in {kind for kind, _, _ in read(text)}


@pytest.mark.parametrize(
    ("text", "language", "urgency", "sentiment"),
    [
        ("where is my order", "en", "normal", "neutral"),
        ("wo ist meine Bestellung", "de", "normal", "neutral"),
        ("am nächsten Dienstag um halb vier", "de", "normal", "neutral"),
        ("vor 3 Tagen bestellt", "de", "normal", "neutral"),
        ("I need this ASAP, the shop is down", "en", "high", "neutral"),
        ("das ist dringend, bitte sofort melden", "de", "high", "neutral"),
        ("no rush, whenever you have time", "en", "low", "neutral"),
        ("keine Eile, wenn Sie mal Zeit haben", "de", "low", "neutral"),
        ("THIS IS THE THIRD TIME I ASK!!!", "en", "high", "neutral"),
        ("you are useless, I hate this", "en", "normal", "negative"),
        ("das ist eine Frechheit, ich bin sauer", "de", "normal", "negative"),
        ("not good at all", "en", "normal", "negative"),
        ("not bad", "en", "normal", "neutral"),
        ("thank you so much, great help 😊", "en", "normal", "positive"),
        ("vielen Dank, das war super hilfreich", "de", "normal", "positive"),
        ("guten Morgen, wann habt ihr offen", "de", "normal", "neutral"),
        ("it isn't urgent", "en", "low", "neutral"),
        ("seit 2 Wochen warte ich 😡", "de", "normal", "negative"),
    ],
)
def test_language_urgency_and_sentiment(text: str, language: str, urgency: str, sentiment: str) -> None:
    mood = sentiment_of(text)
    assert (LanguageGuesser(("en", "de")).guess(text), urgency_of(text, mood), mood) == (language, urgency, sentiment)
