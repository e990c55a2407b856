"""What annoyed customers of the demo desk: unasked files and addresses, "why?", buttons that changed the language."""

import pytest

from bot.model.message import FileRef
from bot.testing.desk import TestDesk
from bot.testing.talk import words
from tests.flows.small_desks import desk

SHOT = FileRef(name="shot.png", url="https://files.example.com/shot.png", media_type="image/png", size=10)
SLOTS = """
email: {type: email}
sure: {type: boolean}
plan:
  type: choice
  values:
    - {value: free, title: Free of charge, translation: {de: Kostenlos}}
    - {value: pro, title: Paid, translation: {de: Bezahlt}}
proof: {type: file, prefill: true}
"""
STEPS = """
- {collect: plan, ask: {text: "Which plan?", translation: {de: "Welcher Tarif?"}}}
- {collect: email, ask: {text: "Whose?", translation: {de: "Wessen?"}}}
- {collect: sure, ask: {text: "Sure?", translation: {de: "Sicher?"}}}
- {collect: proof, ask: {text: "A picture?", translation: {de: "Ein Bild?"}}}
- say: {text: "Thanks for {{ slots.proof.name }}.", translation: {de: "Danke für {{ slots.proof.name }}."}}
"""
NLU = "- {intent: go, language: de, examples: [ich möchte einen Tarif]}"


def house() -> TestDesk:
    keys = "name: A plan\ntranslation: {de: Ein Tarif}"
    return desk(STEPS, slots=SLOTS, keys=keys, nlu=NLU, settings="languages: [en, de]", checked=False)


async def test_a_file_without_a_word_is_taken_and_is_there_for_the_flow_that_it_is_for() -> None:
    async with house() as d:
        assert words(await d.says("", files=[SHOT])) == ["Thank you, I've got the file. What is it about?"]
        for line in ("go", "pro", "ada@example.com"):
            await d.says(line)
        await d.conversation([("yes", "Thanks for shot.png.")])
        assert d.instance.state.files == []


async def test_a_file_beside_a_question_is_for_the_flow_that_asks() -> None:
    async with house() as d:
        await d.says("go")
        assert words(await d.says("", files=[SHOT]))[0] == "Thank you, I've got the file."
        assert d.slots["proof"]["name"] == "shot.png"
        assert [fact for fact in d.events if fact.event == "AnswerRefused"] == []


@pytest.mark.parametrize("text", ["ada@example.com", "my email is ada@example.com", "it's +49 30 901820, thanks"])
async def test_an_address_with_no_wish_is_asked_what_it_is_for(text: str) -> None:
    async with house() as d:
        assert words(await d.says(text)) == ["Thank you. And what can I do for you?"]


@pytest.mark.parametrize(
    "text",
    ["why?", "why do you need that", "what do you need it for?", "wozu braucht ihr das", "warum", "muss das sein"],
)
async def test_who_asks_why_is_told_and_asked_again(text: str) -> None:
    async with house() as d:
        for line in ("go", "pro"):
            await d.says(line)
        reason, question = words(await d.says(text))
        assert "plan" in reason or "Tarif" in reason
        assert question in ("Whose?", "Wessen?")
        assert [fact for fact in d.events if fact.event == "AnswerRefused"] == []


async def test_asking_why_for_ever_ends_with_a_person() -> None:
    async with house() as d:
        for line in ("go", "pro", *["why?"] * 8):
            await d.says(line)
        assert d.owner == "queue"


async def test_buttons_addresses_numbers_and_names_leave_the_language_alone() -> None:
    async with house() as d:
        (question,) = await d.says("ich möchte einen Tarif")
        assert (question.text, [button.title for button in question.buttons]) == (
            "Welcher Tarif?",
            ["Kostenlos", "Bezahlt"],
        )
        reason, _ = words(await d.says("42"))
        assert reason == "Bitte wähle eins davon: Kostenlos, Bezahlt."
        assert words(await d.presses("Bezahlt")) == ["Wessen?"]
        assert words(await d.says("the.office@example.com")) == ["Sicher?"]
        assert words(await d.says("yes", payload="yes")) == ["Ein Bild?"]
        assert d.instance.state.language == "de"


@pytest.mark.parametrize(
    ("text", "plan"), [("kostenlos", "free"), ("bezahlt bitte", "pro"), ("free of charge", "free")]
)
async def test_a_choice_is_named_by_its_title_in_any_language(text: str, plan: str) -> None:
    async with house() as d:
        await d.says("go")
        await d.says(text)
        assert d.slots["plan"] == plan


async def test_who_is_upset_and_not_understood_has_a_person_at_once() -> None:
    async with house() as d:
        assert "sorry about that" in words(await d.says("this is terrible, I am so disappointed"))[0]
        assert (d.owner, d.handoffs[0].priority) == ("queue", "high")


@pytest.mark.parametrize("text", ["👍", "lol", "haha"])
async def test_approval_and_laughter_are_small_talk(text: str) -> None:
    async with house() as d:
        assert words(await d.says(text)) == ["All right."]
