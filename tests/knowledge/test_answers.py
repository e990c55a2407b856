"""The step `answer` and the pattern `pattern_search`, in memory: what is said, what is cited, and what when nothing is
found."""

import pytest

from bot.model.action import Failure
from bot.testing.desk import Rehearsal, TestDesk
from bot.testing.understanding import ExampleClassifier
from tests.knowledge.articles import files

REPHRASE = "I'm sorry, I didn't understand that. Could you say it in other words?"
PERSON = "I've asked a colleague to take over. They will write to you here."
LONG = "A refund takes 5 working days.\n\nMore on this: Refunds (https://help.example.com/refunds)"


def rehearse(**more: str) -> Rehearsal:
    return Rehearsal.of({**files(), **more}, understanding=ExampleClassifier)


@pytest.fixture(scope="module")
def rehearsal() -> Rehearsal:
    return rehearse()


def searches(desk: TestDesk) -> list[dict[str, object]]:
    return [event.data for event in desk.events if event.event == "KnowledgeSearched"]


async def test_the_words_of_the_best_passage_are_said_with_the_article_that_they_come_from(
    rehearsal: Rehearsal,
) -> None:
    async with rehearsal.desk() as desk:
        await desk.conversation([("how long does a refund take", [LONG, "(strict: refunds)"])])
        (search,) = searches(desk)
        assert search["found"] is True
        assert search["passages"][0]["id"] == "refunds#1"  # type: ignore[index]


async def test_an_articles_prepared_answer_is_said_in_place_of_its_passage(rehearsal: Rehearsal) -> None:
    async with rehearsal.desk() as desk:
        said = "You park behind the house, free of charge.\n\nMore on this: Parking"
        await desk.conversation([("where do I park", [said, "(strict: parking)"])])


async def test_a_german_question_gets_the_german_article(rehearsal: Rehearsal) -> None:
    async with rehearsal.desk() as desk:
        said = "Eine Erstattung dauert 5 Werktage.\n\nMehr dazu: Erstattungen"
        await desk.conversation([("wie lange dauert eine Erstattung", [said, "(strict: refunds)"])])


async def test_no_good_article_is_an_output_that_the_flow_looks_at(rehearsal: Rehearsal) -> None:
    async with rehearsal.desk() as desk:
        await desk.conversation([("do you sell bananas", "Nothing about that.")])
        assert searches(desk)[0]["found"] is False


async def test_a_step_may_say_what_is_looked_for_and_where(rehearsal: Rehearsal) -> None:
    async with rehearsal.desk() as desk:
        await desk.conversation(
            [
                ("I have a question", "What about?"),
                ("is there room for bicycles", "Nothing about is there room for bicycles."),
            ]
        )
        assert desk.calls[-1] == (
            "knowledge.search",
            {"question": "is there room for bicycles", "language": "en", "articles": ["parking"],
             "knowledge": rehearsal.shelf.desk.knowledge.hash},
        )  # fmt: skip


async def test_what_nothing_else_understands_is_looked_for_in_the_articles(rehearsal: Rehearsal) -> None:
    async with rehearsal.desk() as desk:
        await desk.conversation([("refund, how long does it take?", LONG)])
        assert [e.data["flow"] for e in desk.events if e.event == "FlowStarted"] == ["pattern_search"]


async def test_where_no_article_answers_either_the_desk_asks_back_and_then_fetches_a_person(
    rehearsal: Rehearsal,
) -> None:
    async with rehearsal.desk() as desk:
        await desk.conversation([("qwertz", REPHRASE), ("asdfgh", PERSON)])
        assert desk.handoffs[0].packet.reason == "not_understood"


async def test_an_answer_between_two_misunderstandings_begins_the_count_anew(rehearsal: Rehearsal) -> None:
    async with rehearsal.desk() as desk:
        await desk.conversation([("qwertz", REPHRASE), ("refund, how long does it take?", LONG), ("asdfgh", REPHRASE)])


async def test_a_search_that_fails_is_no_reason_not_to_ask_back(rehearsal: Rehearsal) -> None:
    async with rehearsal.desk() as desk:
        desk.actions.fail("knowledge.search")
        await desk.conversation([("refund, how long does it take?", REPHRASE)])


async def test_a_desk_without_articles_asks_back_at_once() -> None:
    desk_of = {"flows.yml": "flows: {hi: {description: Hi., triggers: [{intent: hi}], steps: [{say: Hi!}]}}\n"
               "nlu: [{intent: hi, examples: [hello there]}]"}  # fmt: skip
    async with TestDesk.of(desk_of, understanding=ExampleClassifier) as desk:
        await desk.conversation([("refund", REPHRASE)])
        assert [e.data["flow"] for e in desk.events if e.event == "FlowStarted"] == ["pattern_cannot_handle"]


async def test_a_desk_may_have_a_search_pattern_and_words_of_its_own() -> None:
    own = """
flows:
  pattern_search:
    description: Nothing is looked for.
    steps: [{say: "Ask me something else."}]
responses:
  utter_answer: [{text: "{{ answer.sources }} says: {{ answer.text }}", translation: {de: "{{ answer.text }}"}}]
"""
    async with rehearse(**{"own.yml": own}).desk() as desk:
        await desk.conversation(
            [
                ("refund?", "Ask me something else."),
                ("where do I park", ["Parking says: You park behind the house, free of charge.", "(strict: parking)"]),
            ]
        )


async def test_a_search_may_be_stubbed_like_any_action(rehearsal: Rehearsal) -> None:
    async with rehearsal.desk() as desk:
        passage = {"article": "parking", "title": "Parking", "text": "Everywhere."}
        desk.actions.stub("knowledge.search", {"found": True, "passages": [passage]})
        await desk.conversation([("where do I park", ["Everywhere.\n\nMore on this: Parking", "(strict: parking)"])])


@pytest.mark.parametrize("nonsense", [None, {}, {"found": "maybe"}, [1], {"found": True, "passages": [{"title": "x"}]}])
async def test_a_search_result_that_is_none_fails_the_step(rehearsal: Rehearsal, nonsense: object) -> None:
    async with rehearsal.desk() as desk:
        desk.actions.stub("knowledge.search", nonsense)
        await desk.says("where do I park")
        assert desk.handoffs[0].packet.reason == "step_failed"


async def test_without_a_model_a_generated_answer_is_the_prepared_one() -> None:
    async with Rehearsal.of(files("generative"), understanding=ExampleClassifier).desk() as desk:
        await desk.conversation([("how long does a refund take", [LONG, "(strict: refunds)"])])


async def test_a_search_that_is_down_fails_the_step_like_any_action(rehearsal: Rehearsal) -> None:
    async with rehearsal.desk() as desk:
        desk.actions.stub("knowledge.search", Failure(kind="unavailable", message="no"))
        await desk.says("where do I park")
        assert desk.handoffs[0].packet.reason == "step_failed"


def test_the_flow_is_pinned_to_its_articles() -> None:
    """Their hash is part of the bundle's: a changed article is a new version of every flow that answers."""
    before, after = rehearse(), rehearse(**{"knowledge/parking.md": "---\ntitle: Parking\n---\nIn front of it."})
    menus = before.shelf.menu.bundle_of, after.shelf.menu.bundle_of
    assert menus[0]["ask"] != menus[1]["ask"]
    assert menus[0]["pattern_human_handoff"] == menus[1]["pattern_human_handoff"]
