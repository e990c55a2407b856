"""German is put into English word by word, as far as a list of words goes, so that the encoder can compare it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.desk import Desk
from bot.nlu.glossing import FOLDER, Glossary, glossary_of, in_english
from bot.nlu.pipeline import train
from tests.nlu.desks import encoder

GERMAN = glossary_of("de")
ENGLISH = frozenset({"order", "account", "status", "die"})


@pytest.mark.parametrize(
    ("german", "english"),
    [
        ("Rechnung", "invoice"),
        ("Rechnungen", "invoice"),
        ("abgebucht", "charged"),
        ("abzubuchen", "charge"),
        ("Lieferungsadresse", "delivery address"),
        ("Kündigungsfrist", "notice period"),
        ("Gästeliste", "guest list"),
        ("ROTEN", "red"),
        ("bestelung", "order"),
        ("Xylophonkönigin", "Xylophonkönigin"),
        ("Wo bleibt meine Bestellung ORD-2001?", "where stays my order ORD-2001?"),
    ],
)
def test_a_word_is_found_in_its_forms(german: str, english: str) -> None:
    assert in_english(german, "de") == english


def test_english_words_within_a_german_message_stay() -> None:
    assert in_english("mein account ordner", "de", ENGLISH) == "my account folder"
    assert in_english("order status", "de", ENGLISH) == "order status", "and is no mistyped 'ordner'"
    assert in_english("die order", "de", ENGLISH) == "the order", "what is in the list is German"


@pytest.mark.parametrize("language", ["en", "fr", "", "../../etc/passwd", "de/../de", "日本"])
def test_other_languages_stay_as_they_are(language: str) -> None:
    assert in_english("Wo bleibt meine Rechnung?", language) == "Wo bleibt meine Rechnung?"


def test_a_country_changes_no_language() -> None:
    assert in_english("Rechnung", "de-CH") == "invoice"


@given(st.text(max_size=200))
def test_any_text_can_be_put_so_and_keeps_what_is_no_word(text: str) -> None:
    said = in_english(text, "de")
    assert [mark for mark in said if mark.isdigit()] == [mark for mark in text if mark.isdigit()]


def test_the_list_is_sorted_and_has_each_word_once_in_lower_case() -> None:
    words = [line.partition(" ")[0] for line in (FOLDER / "de.txt").read_text(encoding="utf-8").splitlines()]
    assert words == sorted(set(words))
    assert all(word == word.casefold() for word in words if "ß" not in word)


def test_a_compound_needs_all_of_its_parts() -> None:
    glossary = Glossary({"konto": "account", "nummer": "number"})
    assert glossary.in_english("Kontonummer Kontodings") == "account number Kontodings"


def test_a_german_desk_understands_what_shares_no_word_with_its_examples() -> None:
    desk = Desk.model_validate(
        {
            "settings": {"languages": ["de"]},
            "nlu": [
                {
                    "intent": "lieferung",
                    "examples": ["Wann kommt mein Paket an?", "Wurde die Ware verschickt?", "Lieferzeit"],
                },
                {
                    "intent": "kuendigung",
                    "examples": ["Ich will kündigen", "Vertrag beenden", "Wie komme ich da raus?"],
                },
                {
                    "intent": "passwort",
                    "examples": ["Passwort vergessen", "Ich kann mich nicht anmelden", "Zugang weg"],
                },
            ],
        }
    )
    pipeline = train(desk, encoder())
    asked = {
        "Ist die Bestellung schon unterwegs": "lieferung",
        "Kennwort ist weg": "passwort",
        "Abo stornieren": "kuendigung",
    }
    assert {text: pipeline.parse(text).alternatives[0].intent for text in asked} == asked
