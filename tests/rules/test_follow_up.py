"""Which questions lean on what was said just before."""

import pytest

from bot.rules.follow_up import goes_on, leans


@pytest.mark.parametrize(
    "text",
    [
        "and on sunday?",
        "what about pro",
        "ok and per invoice?",
        "und für schulen?",
        "und A-2005",
        "was ist mit enterprise",
        "How about Teams?",
    ],
)
def test_a_question_may_say_that_it_goes_on(text: str) -> None:
    assert goes_on(text)
    assert leans(text)


@pytest.mark.parametrize(
    "text",
    ["and", "und?", "and cancel my account please", "where is my order", "android", "undo it", "so what", "", "???"],
)
def test_other_words_do_not_go_on(text: str) -> None:
    assert not goes_on(text)


@pytest.mark.parametrize(
    "text",
    ["as csv?", "how long does it take", "which events", "can I delete them", "wie lange", "wie verbinde ich das"],
)
def test_a_short_question_may_lean_without_saying_so(text: str) -> None:
    assert leans(text)


@pytest.mark.parametrize(
    "text",
    [
        "which plans are there for a company with many people",
        "how do I set up single sign-on",
        "do you have a free trial",
        "welche Zahlungsarten gibt es bei euch",
        "and then I would like to know whether you also support schools",
    ],
)
def test_a_whole_question_stands_alone(text: str) -> None:
    assert not leans(text)
