"""However a contact talks, a conversation goes on: everybody is answered, and nothing is asked twice at once."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rules.advance.places import leaves
from bot.testing.desk import Rehearsal, TestDesk
from tests.faults.harness import ROOT

DEMO = Rehearsal.of(Path(ROOT, "flows"))
WISHES = (
    "I can't log in", "I was charged twice", "where is my order", "where is A-2004", "when are you open", "hello",
    "thanks", "ich wurde doppelt belastet",
)  # fmt: skip
ANSWERS = ("ben@example.com", "elena@example.com", "A-2008", "yes", "no", "ja", "tomorrow", "42")
COMMANDS = ("cancel", "skip", "what was the question?", "start over", "never mind", "abbrechen", "nochmal bitte")
CORRECTIONS = (
    "no, I meant ada@example.com", "sorry, grace@example.com", "actually A-2004", "nein, ich meinte ben@example.com",
)  # fmt: skip
NONSENSE = ("asdf qwer", "...", "?", "\U0001f937", "the weather is fine on the moon", "x" * 400)
LINES = st.sampled_from((*WISHES, *ANSWERS, *COMMANDS, *CORRECTIONS, *NONSENSE))


def questions(desk: TestDesk) -> int:
    """Questions that the flow with the floor is waiting for."""
    frames = desk.instance.state.frames
    return (
        sum(c.waiting is not None and c.waiting.kind == "collect" for c in leaves(frames[-1].cursor)) if frames else 0
    )


async def heard(desk: TestDesk, line: str) -> list[str]:
    return [reply.text or "" for reply in await desk.says(line)]


@settings(max_examples=60)
@given(st.lists(LINES, min_size=1, max_size=14))
async def test_every_message_is_answered_by_the_desk_or_waits_for_a_person(lines: list[str]) -> None:
    async with DEMO.desk() as desk:
        for line in lines:
            mine = desk.owner == "bot"
            said = await heard(desk, line)
            assert bool(said) == mine, f"{line!r} after {lines}"
            assert len(said) == len(set(said)), f"said twice: {said}"
            assert questions(desk) <= 1


@settings(max_examples=40)
@given(st.lists(LINES, max_size=8), st.sampled_from(NONSENSE))
async def test_who_is_never_understood_ends_with_a_person(lines: list[str], nonsense: str) -> None:
    """Whatever came before: a few lines that mean nothing lead to somebody who can help."""
    async with DEMO.desk() as desk:
        for line in (*lines, *[nonsense] * 12):
            await heard(desk, line)
        assert desk.owner == "queue" or not desk.flows
        if desk.owner == "queue":
            assert desk.handoffs[-1].packet.reason


@settings(max_examples=40)
@given(st.lists(LINES, max_size=8))
async def test_who_cancels_often_enough_has_nothing_under_way(lines: list[str]) -> None:
    """But for what waits for a person, which is out of their hands."""
    async with DEMO.desk() as desk:
        for line in lines:
            await heard(desk, line)
        if desk.owner != "bot":
            return
        for _ in range(len(lines) + 1):
            await heard(desk, "never mind")
        assert questions(desk) == 0


@settings(max_examples=40)
@given(st.lists(LINES, max_size=8))
async def test_who_begins_anew_is_remembered_nothing_of(lines: list[str]) -> None:
    async with DEMO.desk() as desk:
        for line in lines:
            await heard(desk, line)
        if desk.owner == "bot":
            await heard(desk, "start over")
            assert (desk.flows, desk.slots) == ([], {})
