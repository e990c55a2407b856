"""Plays one test case on a test desk of its own, and tells where it went another way than the case says."""

import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.errors import FrontdeskError
from bot.model.action import ActionResult, Failure
from bot.model.base import JsonObject, write_duration
from bot.model.case import CaseStep, FaultSpec, ReviewDecision, StubAnswer
from bot.model.message import Reply
from bot.rules.advance.machine import Visit
from bot.testing.case_files import FoundCase
from bot.testing.case_matching import Mismatch, Turn
from bot.testing.clock import WEDNESDAY_NOON
from bot.testing.desk import Rehearsal, TestDesk
from bot.testing.instance import MemoryInstance


@dataclass(frozen=True, slots=True)
class Played:
    """How a case went. ``problem`` is None when it went as it says.

    place:      file and line of the case. step: file and line of the step that failed.
    transcript: what was said and done up to there.
    trails:     of each conversation and run of the case, the steps that it did.
    """

    name: str
    place: str
    seconds: float
    problem: str | None = None
    step: str | None = None
    transcript: tuple[str, ...] = ()
    trails: tuple[tuple[Visit, ...], ...] = ()


@dataclass
class _Marks:
    """How much there was of everything when a step began."""

    said: int = 0
    calls: int = 0
    records: int = 0
    handoffs: int = 0
    reviews: int = 0
    trail: int = 0
    slots: JsonObject = field(default_factory=dict)


async def play(found: FoundCase, rehearsal: Rehearsal) -> Played:
    """Play one case from its first step to the first that does not hold. Never raises for what a case says."""
    began = time.perf_counter()
    fixture = found.fixture()
    at = fixture.now or WEDNESDAY_NOON
    async with rehearsal.desk(at=at, env=fixture.env, channel=fixture.channel or "test") as desk:
        desk.instance.state.slots.update(fixture.slots)
        desk.instance.state.contact.update(fixture.contact)
        if fixture.forms:
            desk.with_forms()
        for action, answers in {**found.stubs, **found.case.stub_actions}.items():
            desk.actions.stub(action, *(_stubbed(action, answer) for answer in answers))
        player = _Player(desk)
        problem, step = await player.play(found)
        trails = tuple(tuple(trail) for trail in desk.trails)
    return Played(
        name=found.case.test_case,
        place=found.place,
        seconds=time.perf_counter() - began,
        problem=problem,
        step=step,
        transcript=tuple(player.transcript),
        trails=trails,
    )


def _stubbed(action: str, answer: StubAnswer) -> ActionResult | Failure:
    if answer.fails is not None:
        wait = answer.fails.retry_after.total_seconds() if answer.fails.retry_after else None
        message = answer.fails.message or f"{action} is told to fail ({answer.fails.kind})"
        return Failure(kind=answer.fails.kind, message=message, retry_after_seconds=wait)
    replies = tuple(Reply(text=text) for text in answer.say)
    return ActionResult(output=answer.output, slots=answer.slots, replies=replies)


@dataclass
class _Player:
    desk: TestDesk
    transcript: list[str] = field(default_factory=list)
    turn: Turn = field(default_factory=Turn)
    marks: _Marks = field(default_factory=_Marks)
    runs: list[MemoryInstance] = field(default_factory=list)

    async def play(self, found: FoundCase) -> tuple[str | None, str | None]:
        """The first problem and its place, or two Nones."""
        place = found.place
        for index, step in enumerate(found.case.steps):
            place = found.step_place(index)
            problem = await self._step(step)
            if problem is not None:
                return problem, place
        return self.turn.left_over(), place

    async def _step(self, step: CaseStep) -> Mismatch:
        expect = self._expectation(step)
        try:
            if expect is not None:
                return expect()
            left_over = self.turn.left_over()
            if left_over is not None:
                return left_over
            await self._do(step)
        except (FrontdeskError, re.error) as error:
            return str(error)
        return next((problem for one in step.assertions if (problem := self.turn.check(one)) is not None), None)

    def _expectation(self, step: CaseStep) -> Callable[[], Mismatch] | None:
        """What an expecting step looks at; None for a step that does something."""
        turn, kind = self.turn, step.kind
        if kind == "utter":
            return lambda: turn.next_reply_named(step.utter or "")
        checks: dict[str, Callable[..., Mismatch]] = {
            "bot": turn.next_reply,
            "slot_was_set": turn.slots_set,
            "slot_was_not_set": turn.slots_not_set,
            "action": turn.action,
            "handoff": turn.handoff,
            "review_asked": turn.review_asked,
            "respond": turn.respond,
            "finished": turn.finished,
            "failed": turn.failed,
        }
        check = checks.get(kind)
        return None if check is None else lambda: check(getattr(step, kind))

    # --- doing -------------------------------------------------------------------------------------------------------

    async def _do(self, step: CaseStep) -> None:
        if step.fault is not None:
            self._break(step.fault)  # it leads to nothing yet, so what came before is still looked at
            return
        self._mark()
        self.transcript.append(_line(step))
        await self._doing(step)
        self._take_stock()

    def _break(self, fault: FaultSpec) -> None:
        actions, wait = self.desk.actions, fault.retry_after
        if fault.kind is None:
            actions.slow(fault.action, fault.takes, times=fault.times)
            return
        actions.fail(
            fault.action,
            fault.kind,
            times=fault.times,
            message=fault.message,
            retry_after_seconds=wait.total_seconds() if wait else None,
            takes=fault.takes,
        )

    async def _doing(self, step: CaseStep) -> None:
        desk = self.desk
        match step.kind:
            case "user":
                await desk.says(step.user or "", step.payload, [file.ref for file in step.files])
            case "press":
                await desk.presses(step.press or "")
            case "fill":
                await desk.fills(step.fill or {})
            case "agent":
                await desk.agent_says(step.agent or "")
            case "hand_back":
                await desk.hand_back(step.hand_back.step if step.hand_back else None)
            case "resolve":
                await desk.resolve()
            case "clock":
                assert step.clock is not None
                await desk.advance_clock(step.clock)
            case _:
                await self._rarely(step)

    async def _rarely(self, step: CaseStep) -> None:
        desk = self.desk
        if step.set_slot is not None:
            for slot in step.set_slot:
                await desk.set_slot(slot.name, slot.value)
        elif step.review is not None:
            await self._decide(step.review)
        elif step.webhook is not None:
            self.runs += await desk.webhook(step.webhook.source, step.webhook.event, step.webhook.body)
        elif step.form is not None:
            self.runs.append(await desk.form(step.form.flow, step.form.input))
        elif step.start is not None:
            self.runs.append(await desk.start(step.start.flow, **step.start.input))
        elif step.event is not None:
            await desk.announce(step.event.name, **step.event.payload)

    async def _decide(self, decision: ReviewDecision) -> None:
        """The review of the conversation, or else of the newest run that waits for one."""
        waiting = [run for run in (self.desk.instance, *reversed(self.runs)) if _is_reviewed(run)]
        talk = self.desk.on(waiting[0]) if waiting else self.desk
        decide: dict[str, Callable[[], Awaitable[list[Reply]]]] = {
            "approve": lambda: talk.approve(_note(decision.approve)),
            "reject": lambda: talk.reject(_note(decision.reject)),
            "edit": lambda: talk.edit(decision.edit),
        }
        await decide[next(iter(decision.model_fields_set))]()

    # --- looking -----------------------------------------------------------------------------------------------------

    def _mark(self) -> None:
        one = self.desk.instance
        self.marks = _Marks(
            said=len(one.said),
            calls=len(self.desk.actions.calls),
            records=len(one.events),
            handoffs=len(one.handoffs),
            reviews=len(one.reviews),
            trail=len(one.trail),
            slots=dict(one.state.slots),
        )

    def _take_stock(self) -> None:
        """What the step led to."""
        one, marks = self.desk.instance, self.marks
        said = [reply for reply in one.said[marks.said :] if reply.author == "bot"]
        self.turn = Turn(
            replies=said,
            calls=self.desk.actions.calls[marks.calls :],
            records=one.events[marks.records :],
            handoffs=[*one.handoffs[marks.handoffs :], *(handoff for run in self.runs for handoff in run.handoffs)],
            reviews=[*one.reviews[marks.reviews :], *(review for run in self.runs for review in run.reviews)],
            trail=one.trail[marks.trail :],
            slots=dict(one.state.slots),
            before=marks.slots,
            runs=self.runs,
            step_ids=self.desk.step_id,
        )
        self.transcript += [f"      bot: {_said(reply)}" for reply in said]


def _is_reviewed(instance: MemoryInstance) -> bool:
    return any(review.status == "waiting" for review in instance.reviews)


def _note(value: str | bool | None) -> str | None:
    return value if isinstance(value, str) else None


def _said(reply: Reply) -> str:
    buttons = "".join(f" [{button.title}]" for button in reply.buttons)
    fields = "".join(f" [{field.label}: ]" for field in reply.form.fields) if reply.form else ""
    return f"{reply.text or ''}{buttons}{fields}".strip() or "(no text)"


def _line(step: CaseStep) -> str:
    """A doing step as the transcript shows it."""
    match step.kind:
        case "user":
            return f"  contact: {' '.join([step.user or '', *(f'[{file.name}]' for file in step.files)])}"
        case "press":
            return f"  contact: [{step.press}]"
        case "agent":
            return f"    agent: {step.agent}"
        case "clock":
            assert step.clock is not None
            return f"    clock: +{write_duration(step.clock)}"
        case kind:
            value = getattr(step, kind)
            dumped = value.model_dump(exclude_unset=True) if hasattr(value, "model_dump") else value
            return f"    {kind}: {dumped if dumped not in (True, {}) else ''}".rstrip(": ")
