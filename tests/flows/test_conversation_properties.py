"""Whatever a contact does, with leaving, correcting, silence and nonsense: the conversation holds."""

from collections.abc import Sequence
from datetime import timedelta

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.model.effect import Record
from bot.rules.advance.places import chains, leaves
from bot.testing.desk import Rehearsal, TestDesk
from bot.testing.talk import words
from tests.flows.small_desks import rehearse

STEPS = """
- {collect: plan, ask: "Which plan?"}
- {collect: email, ask: "Which e-mail address?", digressions: defer}
- {collect: day, ask: "Which day?", digressions: deny}
- id: seen
  do: tools.read
  with: {plan: "{{ slots.plan }}", phone: "{{ slots.by_the_way }}"}
- {collect: sure, ask: "Shall I book {{ slots.plan }} on {{ slots.day }} for {{ slots.email }}?"}
- do: tools.write
- {collect: note, ask: "Anything to add?", timeout: 1h, on_timeout: [{say: "Without a note, then."}]}
- say: "Booked."
"""
FLOWS = """
asks:
  description: Asks something in between.
  triggers: [{intent: asks}]
  steps:
    - {collect: count, ask: "How many?"}
    - say: "{{ slots.count }} it is."
"""
PARTS = {
    "flows": FLOWS,
    "nlu": "- {intent: asks, examples: [count things for me]}",
    "slots": """
plan: {type: choice, values: [free, pro]}
email: {type: email}
day: {type: date}
sure: {type: boolean}
note: {type: text}
count: {type: integer}
by_the_way: {type: phone, prefill: true}
elsewhere: {type: phone, prefill: true}
never: {type: url}
""",
}
DESK: Rehearsal = rehearse(STEPS, **PARTS)
QUESTIONS = ("Which plan?", "Which e-mail address?", "Which day?", "Shall I book", "Anything to add?", "How many?")
ANSWERS = ("pro", "free", "ada@example.com", "tomorrow", "yes", "no", "3", "the second one", "next tuesday")
CORRECTIONS = (
    "no, I meant pro", "sorry, bob@example.com", "actually free and eve@example.com", "no, the other address",
    "change my email", "the plan is wrong", "nein, ich meinte free",
)  # fmt: skip
ELSEWHERE = ("go", "something else", "count things for me", "hello", "thanks!", "call me on +49 30 901820")
COMMANDS = ("cancel", "skip", "what was the question?", "start over")
NONSENSE = ("asdf qwer", "...", "https://example.com", "🤷", "x" * 300)
LINES = st.sampled_from((*ANSWERS, *CORRECTIONS, *ELSEWHERE, *COMMANDS, *NONSENSE))
SILENCE = st.sampled_from([timedelta(minutes=5), timedelta(hours=2), timedelta(days=3)])
MOVES = st.lists(st.one_of(LINES, LINES, LINES, SILENCE), max_size=12)


async def play(desk: TestDesk, moves: Sequence[str | timedelta]) -> list[list[str]]:
    return [
        words(await (desk.advance_clock(move) if isinstance(move, timedelta) else desk.says(move))) for move in moves
    ]


def asked(said: Sequence[str]) -> list[str]:
    return [text for text in said if text.startswith(QUESTIONS)]


def open_questions(desk: TestDesk) -> int:
    """Questions of the flow that has the floor; those below it wait, and are put again."""
    top = chains(desk.instance.state)[:1]
    waits = [cursor.waiting for chain in top for frame in chain for cursor in leaves(frame.cursor)]
    return sum(waiting is not None and waiting.kind == "collect" for waiting in waits)


@settings(max_examples=25)
@given(MOVES)
@example([timedelta(hours=2), "what was the question?"])
async def test_no_turn_puts_two_questions_or_one_twice(moves: list[str | timedelta]) -> None:
    async with DESK.desk() as desk:
        await desk.says("go")
        for said, move in zip(await play(desk, moves), moves, strict=True):
            if isinstance(move, str):
                assert len(asked(said)) <= 1, f"{said} after {moves}"
            assert open_questions(desk) <= 1


@settings(max_examples=15)
@given(MOVES)
async def test_every_message_is_answered_while_the_desk_has_the_floor(moves: list[str | timedelta]) -> None:
    async with DESK.desk() as desk:
        for move in moves:
            mine = desk.owner == "bot"
            (said,) = await play(desk, [move])
            assert isinstance(move, timedelta) or bool(said) == mine, f"{move!r} after {moves}"


@settings(max_examples=15)
@given(MOVES)
async def test_who_falls_silent_is_not_asked_for_ever(moves: list[str | timedelta]) -> None:
    """In the end nothing is open: it was answered, dropped, or a person has it."""
    async with DESK.desk() as desk:
        await play(desk, moves)
        await desk.advance_clock(timedelta(days=30))
        assert desk.owner == "queue" or (desk.flows == [] and open_questions(desk) == 0)


@settings(max_examples=15)
@given(MOVES, st.sampled_from([line for line in NONSENSE if not line.startswith("http")]))
async def test_who_is_never_understood_ends_with_a_person(moves: list[str | timedelta], nonsense: str) -> None:
    async with DESK.desk() as desk:
        await play(desk, moves)
        await play(desk, [nonsense] * 14)
        assert desk.owner == "queue"


@settings(max_examples=25)
@given(MOVES)
async def test_a_slot_is_filled_by_its_step_by_the_way_where_it_may_or_by_a_correction(
    moves: list[str | timedelta],
) -> None:
    async with DESK.desk() as desk:
        await desk.says("go")
        seen = len(desk.events)
        for move in moves:
            before = questions_open(desk)
            await play(desk, [move])
            new, seen = desk.events[seen:], len(desk.events)
            for name in filled(new):
                assert name in before | corrected(new) | {"by_the_way"}, f"{name} by {move!r} after {moves}"
            assert "never" not in desk.slots
            assert "elsewhere" not in desk.slots, "no flow asks for it or reads it"


def questions_open(desk: TestDesk) -> set[str | None]:
    frames = desk.instance.state.frames
    waits = [cursor.waiting for frame in frames for cursor in leaves(frame.cursor)]
    return {waiting.slot for waiting in waits if waiting is not None and waiting.kind == "collect"}


def filled(facts: Sequence[Record]) -> list[str]:
    return [fact.data["name"] for fact in facts if fact.event == "SlotSet" and fact.data["value"] is not None]


def corrected(facts: Sequence[Record]) -> set[str]:
    return {fact.data["slot"] for fact in facts if fact.event == "SlotCorrected"}


@settings(max_examples=15)
@given(st.sampled_from(CORRECTIONS), st.booleans())
async def test_a_correction_loses_nothing_that_stays_true(correction: str, later: bool) -> None:
    """Every slot that the correction does not speak of keeps its value, and is not asked for again."""
    async with DESK.desk() as desk:
        await play(desk, ["go", "pro", "ada@example.com", *(["tomorrow"] if later else [])])
        before = desk.slots
        await desk.says(correction)
        spoken_of = corrected(desk.events)
        kept = {name: value for name, value in before.items() if name not in spoken_of}
        assert {name: desk.slots.get(name) for name in kept} == kept
