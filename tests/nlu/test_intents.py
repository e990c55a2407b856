import pytest

from bot.model.desk import Desk
from bot.model.parse import Guess, Parse
from bot.nlu.pipeline import Pipeline
from bot.ports import Classifier
from tests.nlu.desks import ENGLISH, desk, shop, train


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return train(shop())


def test_a_pipeline_is_what_the_services_ask_for(pipeline: Pipeline) -> None:
    classifier: Classifier = pipeline
    assert isinstance(classifier.parse("where is my order"), Parse)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("help my acount is lokced", "account_access"),
        ("the site won't accept my password", "account_access"),
        ("I've been billed double", "charged_twice"),
        ("please refund the duplicate", "charged_twice"),
        ("my parcel hasn't arrived", "order_status"),
        ("any news about my delivery", "order_status"),
        ("what time do you open tomorrow", "opening_hours"),
        ("thank you so much", "thanks"),
        ("please upgrade me to enterprise", "change_plan"),
        ("wo bleibt mein Paket", "order_status"),
        ("ich habe mein Passwort vergessen", "account_access"),
        ("meine Karte wurde doppelt belastet", "charged_twice"),
    ],
)
def test_other_words_for_the_same_thing_are_understood(pipeline: Pipeline, text: str, intent: str) -> None:
    parse = pipeline.parse(text)
    assert (parse.intent, parse.reasons) == (intent, ())
    assert parse.confidence > 0.45


@pytest.mark.parametrize("text", ["asdf qwer zxcv", "qué hora es", "tell me a joke", "🍕🍕", "", "???", "東京都"])
def test_gibberish_and_other_matters_are_unfamiliar(pipeline: Pipeline, text: str) -> None:
    parse = pipeline.parse(text)
    assert (parse.intent, parse.confidence, parse.reasons) == (None, 0.0, ("unfamiliar",))
    assert all(guess.confidence < 0.5 for guess in parse.alternatives)


@pytest.mark.parametrize("text", ["MY ACCOUNT IS LOCKED", "my account is locked!!", "  my  account, is locked "])
def test_an_example_is_known_whatever_its_case_and_punctuation(pipeline: Pipeline, text: str) -> None:
    parse = pipeline.parse(text)
    assert (parse.intent, parse.confidence) == ("account_access", 0.99)


def test_alternatives_are_ranked_with_the_chosen_intent_among_them(pipeline: Pipeline) -> None:
    parse = pipeline.parse("my order was charged to my card twice, where is it")
    ranked = [guess.confidence for guess in parse.alternatives]
    assert ranked == sorted(ranked, reverse=True)
    assert parse.alternatives[0] == Guess(intent=parse.intent or "", confidence=parse.confidence)
    assert {guess.intent for guess in parse.alternatives} <= set(pipeline.intents)
    assert sum(ranked) <= 1 + 1e-6


def test_two_intents_close_together_are_ambiguous() -> None:
    pipeline = train(
        desk(
            {
                "intent": "cancel_order",
                "examples": "- cancel my order\n- I want to cancel the order\n- stop my order",
            },
            {
                "intent": "cancel_plan",
                "examples": "- cancel my plan\n- I want to cancel the plan\n- stop my plan",
            },
        )
    )
    parse = pipeline.parse("I want to cancel")
    assert parse.reasons == ("ambiguous",)
    assert {guess.intent for guess in parse.alternatives} == {"cancel_order", "cancel_plan"}


def test_a_wish_for_a_person_is_heard_in_words_no_example_has(pipeline: Pipeline) -> None:
    parse = pipeline.parse("Könnten Sie mich bitte mit einem Berater verbinden?")
    assert (parse.intent, parse.confidence) == ("human_request", 0.97)


def test_a_desk_without_that_intent_is_not_given_it() -> None:
    pipeline = train(desk({"intent": "greet", "examples": "- hello\n- hi there"}))
    assert pipeline.parse("a real person please").intent is None


def test_the_desks_own_example_comes_before_the_rule_for_a_person() -> None:
    pipeline = train(
        desk(
            {"intent": "human_request", "examples": "- human"},
            {"intent": "book_agent", "examples": "- I want to speak to an agent"},
        )
    )
    assert pipeline.parse("i want to speak to an agent").intent == "book_agent"


def test_a_desk_that_has_learned_nothing_recognises_nothing() -> None:
    parse = train(Desk()).parse("hello")
    assert parse == Parse(reasons=("unfamiliar",))


def test_one_intent_alone_can_still_be_doubted() -> None:
    pipeline = train(
        desk(
            {
                "intent": "order_status",
                "examples": "- where is my order\n- track my package\n- has my parcel shipped",
            }
        )
    )
    assert pipeline.parse("where is my parcel").intent == "order_status"
    assert pipeline.parse("lorem ipsum dolor").intent is None


def test_intents_with_one_example_each_are_told_apart() -> None:
    pipeline = train(
        desk(
            {"intent": "refund", "examples": "- I want my money back"},
            {"intent": "shipping", "examples": "- when does my parcel arrive"},
            {"intent": "emoji", "examples": "- 🍕"},
        )
    )
    assert pipeline.parse("give me back my money").intent == "refund"
    assert pipeline.parse("has the parcel arrived").intent == "shipping"
    assert pipeline.parse("🍕").intent == "emoji"


def test_the_same_words_for_two_intents_decide_nothing_by_themselves() -> None:
    pipeline = train(
        desk(
            {"intent": "first", "examples": "- help me\n- number one"},
            {"intent": "second", "examples": "- help me\n- number two"},
        )
    )
    assert pipeline.parse("help me").confidence < 0.99


def test_an_intent_without_examples_is_not_in_the_set() -> None:
    assert train(desk({"intent": "empty", "examples": ""}, {"intent": "full", "examples": "- hello"})).intents == (
        "full",
    )


def test_learning_twice_gives_the_same_answers(pipeline: Pipeline) -> None:
    again = train(shop())
    for text in ("my card", "where is it", "open account", "wo ist das"):
        assert again.parse(text) == pipeline.parse(text)


def test_in_a_desk_of_one_flow_words_of_no_example_are_unfamiliar() -> None:
    survey = {"intent": "survey", "examples": ["take the survey", "I want to rate you", "give you stars"]}
    people = {"intent": "human_request", "examples": ENGLISH["human_request"]}
    small = Pipeline(desk(survey, people))  # by words alone
    assert small.parse("qwpo eiru tyal").reasons == ("unfamiliar",)
    assert small.parse("my cat is ill and I can't talk about it").reasons == ("unfamiliar",)
    assert small.parse("can I talk to a human please").intent == "human_request"
    assert small.parse("take the survey now").intent == "survey"
