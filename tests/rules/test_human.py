import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.human import wants_person


@pytest.mark.parametrize(
    "text",
    [
        "human",
        "human please",
        "Agent!!",
        "REPRESENTATIVE",
        "a real person please",
        "live agent",
        "customer service",
        "let me talk to a real person",
        "Can I speak to someone?",
        "can i please talk to a human being",
        "I'd like to speak to a human, this is useless",
        "connect me to an agent",
        "please transfer me to customer service",
        "put me through to your manager",
        "escalate this to a supervisor",
        "I need a human",
        "get me an agent",
        "I want a real person",
        "is there a human here?",
        "are there any real people I can talk to",
        "I don't want to talk to a bot",
        "not a bot please",
        "Mensch",
        "Mitarbeiter bitte",
        "ich will mit einem Menschen sprechen",
        "kann ich mit jemandem sprechen?",
        "Ich möchte mit einem echten Menschen reden",
        "bitte verbinden Sie mich mit einem Mitarbeiter",
        "Können Sie mich mit einem Berater verbinden?",
        "ich brauche einen Mitarbeiter",
        "gibt es hier einen echten Menschen?",
    ],
)
def test_a_wish_for_a_person_is_heard(text: str) -> None:
    assert wants_person(text)


@pytest.mark.parametrize(
    "text",
    [
        "my travel agent booked the wrong hotel",
        "I talked to an agent yesterday and nothing happened",
        "how do I become an agent",
        "I don't need to speak to a human",
        "no need to talk to a person, just tell me the price",
        "my manager needs access",
        "I need a password manager",
        "what is a human resources plan",
        "where is the user agent setting",
        "someone stole my card",
        "add another person to my account",
        "I want to add a manager to my team",
        "the delivery agent was rude",
        "I want to transfer money to a person who lives abroad, is my manager informed",
        "I want to talk to you about my bill",
        "can I speak German here",
        "support",
        "people",
        "ich habe gestern mit einem Mitarbeiter gesprochen",
        "mein Kollege hat auch ein Problem",
        "ich will nicht mit einem Menschen sprechen",
        "wie lange hat der Kundenservice geöffnet?",
        "mit wem spreche ich",
        "wie viele Personen passen rein",
        "",
    ],
)
def test_talking_of_people_is_not_a_wish_for_one(text: str) -> None:
    assert not wants_person(text)


@given(st.text())
def test_any_text_is_answered(text: str) -> None:
    assert wants_person(text + "\ud800") in (True, False)
