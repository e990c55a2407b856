"""What holds for every flow and everything that can happen to it: ``advance`` never raises, never runs on for ever,
gives the same answer again, leaves its input alone, and its state is plain JSON.
"""

import random
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model.action import ActionResult, Failure
from bot.model.effect import Act, AskReview, CloseReview, Effect, Fail, Finish, HandOff, Record, Think
from bot.model.handoff import Owner
from bot.model.incoming import (
    Cancelled,
    Corrected,
    EffectDone,
    EventCame,
    Incoming,
    Retried,
    Returned,
    ReviewDecided,
    Said,
    Started,
    TimeCame,
    WaitedLong,
)
from bot.model.state import State
from bot.rules.advance import Around, advance, wake_at
from bot.rules.advance.places import leaves, places
from bot.rules.policy import Situation, Turn, decide
from bot.services.library import Shelf, make_shelf
from bot.testing.clock import WEDNESDAY_NOON
from bot.testing.understanding import ExampleClassifier
from tests.flows.random_desks import random_desk

WORDS = ("go", "go", "something else", "3", "3", "4", "red", "red", "mumble", '/go{"count": 2}', "3 red", "\x00{{ 1 }}")
RARE_WORDS = ("human please", "mumble", "", "ja", "/other")
FAILURES = (
    Failure(kind="timeout", message="late"),
    Failure(kind="rejected", message="no"),
    Failure(kind="unavailable", message="away", retry_after_seconds=90),
    Failure(kind="timeout", message="who knows", uncertain=True),
)
RESULTS = (
    ActionResult(output={"n": 3}),
    ActionResult(output=None),
    ActionResult(output=[1], slots={"count": 5, "x": 1}),
)


@dataclass
class Walk:
    """One instance under everything that chance can think of, with its invariants looked at after every step."""

    shelf: Shelf
    chance: random.Random
    conversation: bool
    state: State = field(default_factory=State)
    owner: Owner = "bot"
    segment: int = 0
    now: Any = WEDNESDAY_NOON
    pending: dict[str, Act | Think] = field(default_factory=dict)
    reviews: set[str] = field(default_factory=set)
    begun: set[str] = field(default_factory=set)
    over: bool = False

    def around(self) -> Around:
        named = {"id": "c", "channel": "test", "sender": "s", "owner": self.owner} if self.conversation else {}
        return Around(instance="i", segment=self.segment, now=self.now, conversation=named, owner=self.owner)

    def step(self) -> None:
        incoming = self.something()
        around = self.around()
        before = self.state.model_dump_json()
        state, effects = advance(self.shelf.bundles, self.state, incoming, around)
        assert self.state.model_dump_json() == before, "the given state was changed"
        assert advance(self.shelf.bundles, self.state, incoming, around) == (state, effects), "another answer"
        assert State.model_validate_json(state.model_dump_json()) == state, "the state is no plain JSON"
        self.state = state
        self.take(effects, around)
        self.look(effects, around)
        self.segment += 1
        self.now += timedelta(seconds=self.chance.choice((0, 1, 40, 400, 4_000)))

    # --- what happens ------------------------------------------------------------------------------------------------

    def something(self) -> Incoming:
        chance, kinds = self.chance, [self.nothing_known]
        if self.conversation:
            kinds += [self.said] * 4
        if self.pending:
            kinds += [self.outcome] * 4 + [self.late]
        if self.reviews:
            kinds += [self.decided] * 2
        due = wake_at(self.state)
        if due is not None and self.owner == "bot":
            kinds += [self.time] * 2
        if self.owner != "bot":
            kinds += [self.returned] * 3
        if self.state.failed is not None:
            kinds += [lambda: Retried(by="Nora")] * 3
        return chance.choice(kinds)()

    def nothing_known(self) -> Incoming:
        chance = self.chance
        return chance.choice(
            (
                TimeCame(),
                EventCame(name="moon.rose", payload={"n": chance.choice((1, 2, "x"))}),
                EffectDone(key="unknown", result=ActionResult(), at=self.now),
                ReviewDecided(review_id="unknown", decision="approve", by="Nora"),
                Corrected(by="Nora", slots={"count": chance.choice((None, 7))}),
                Corrected(by="Nora", intent="other", flow="other", bundle=self.shelf.menu.bundle_of["other"]),
                Retried(by="Nora"),
                Cancelled(by="Nora") if self.conversation and chance.random() < 0.3 else TimeCame(),
            )
        )

    def said(self) -> Incoming:
        text = self.chance.choice(WORDS if self.chance.random() < 0.85 else RARE_WORDS)
        around = self.around()
        parse = self.shelf.classifier.parse(text, self.state.language)
        turn = Turn(
            text=text, payload=None, parse=parse, owner=self.owner, now=self.now, timezone="UTC", draw=0.5,
            conversation=around.conversation,
        )  # fmt: skip
        decision = decide(Situation(self.state, turn, self.shelf.menu, self.shelf.bundles))
        return Said(text=text, channel="test", parse=parse, decision=decision)

    def outcome(self) -> Incoming:
        key = self.chance.choice(sorted(self.pending))
        if self.chance.random() < 0.5:
            return EffectDone(key=key, failure=self.chance.choice(FAILURES), at=self.now, jitter=self.chance.random())
        return EffectDone(key=key, result=self.chance.choice(RESULTS), at=self.now)

    def late(self) -> Incoming:
        return WaitedLong(keys=tuple(self.pending))

    def decided(self) -> Incoming:
        decision: Any = self.chance.choice(("approve", "reject", "edit"))
        return ReviewDecided(
            review_id=self.chance.choice(sorted(self.reviews)), decision=decision, by="Nora", edited={"n": 1}
        )

    def time(self) -> Incoming:
        due = wake_at(self.state)
        assert due is not None
        self.now = max(self.now, due)
        return TimeCame()

    def returned(self) -> Incoming:
        self.owner = "bot"
        return Returned(by="Nora", step=self.chance.choice((None, None, "s1", "s2", "nowhere")))

    # --- what comes of it --------------------------------------------------------------------------------------------

    def take(self, effects: tuple[Effect, ...], around: Around) -> None:
        for effect in effects:
            match effect:
                case Act() | Think():
                    assert effect.attempt > 1 or effect.key not in self.begun, "a key was used twice"
                    self.begun.add(effect.key)
                    self.pending[effect.key] = effect
                case AskReview():
                    self.reviews.add(effect.review_id)
                case CloseReview():
                    self.reviews.discard(effect.review_id)
                case HandOff():
                    self.owner = "queue"
                case Finish():
                    self.over = True
                case _:
                    pass
        awaited = {c.waiting.key for _, c in places(self.state) if c.waiting is not None and c.waiting.kind == "effect"}
        assert awaited <= self.pending.keys(), "an effect is waited for that nobody has begun"
        self.pending = {key: call for key, call in self.pending.items() if key in awaited}
        asked = {c.waiting.key for _, c in places(self.state) if c.waiting is not None and c.waiting.kind == "review"}
        assert asked <= self.reviews, "a review is waited for that nobody can see"
        self.reviews &= asked

    def look(self, effects: tuple[Effect, ...], around: Around) -> None:
        numbers = [frame.number for frame in self.state.frames]
        assert len(numbers) == len(set(numbers))
        assert all(frame.caller is None or frame.caller in numbers for frame in self.state.frames), "a caller is gone"
        for frame in self.state.frames:
            for cursor in leaves(frame.cursor):
                if cursor.waiting is not None and cursor.waiting.kind == "call":
                    assert cursor.waiting.frame in numbers, "a call is waited for that is over"
        if around.owner != "bot":
            assert all(isinstance(effect, Record | CloseReview) for effect in effects), "the bot talked over a person"
        elif not any(isinstance(effect, HandOff | Fail) for effect in effects):
            resting = [c for _, c in places(self.state) if c.waiting is not None or c.at is None]
            assert len(resting) == sum(1 for _ in places(self.state)), "something could have gone on and did not"
        if not self.conversation:
            assert not any(isinstance(effect, HandOff) for effect in effects) or self.owner == "queue"
        assert self.conversation or not (self.over and self.state.frames)


@settings(max_examples=100)
@given(seed=st.integers(0, 2**32 - 1), conversation=st.booleans())
def test_whatever_the_flow_and_whatever_happens_to_it(seed: int, conversation: bool) -> None:
    """The seed makes the desk and all that happens; a failure names it."""
    chance = random.Random(seed)
    desk = random_desk(chance)
    shelf, _ = make_shelf(desk, ExampleClassifier(desk))
    walk = Walk(shelf, chance, conversation)
    if not conversation:
        started = Started(flow="main", bundle=shelf.menu.bundle_of["main"], input={"text": "go"})
        walk.state, effects = advance(shelf.bundles, State(), started, walk.around())
        walk.take(effects, walk.around())
        walk.segment += 1
    for _ in range(30):
        if walk.over:
            break
        walk.step()  # asserts what holds after each step
    assert walk.segment > 0, "nothing happened at all"
