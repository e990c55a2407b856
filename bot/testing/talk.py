"""One conversation of a test desk, from both sides of the counter: what the contact does, and what agents do."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Literal

from bot.errors import BadInput, Conflict
from bot.model.base import Json, JsonObject
from bot.model.effect import Record
from bot.model.form import Form, FormLimits, FormSent
from bot.model.handoff import Handoff, Owner, ReviewItem
from bot.model.incoming import Cancelled, Corrected, Incoming, Returned, ReviewDecided
from bot.model.message import FileRef, Reply
from bot.model.response import Button
from bot.rules.values import check_literal
from bot.testing.instance import MemoryInstance, Stage

AGENT = "Nora"
Bot = str | Sequence[str] | None
"""What the bot is expected to say in a turn: the text of one reply, those of several, or None for nothing."""


class Talk:
    """One conversation."""

    def __init__(self, stage: Stage, instance: MemoryInstance) -> None:
        self.stage = stage
        self.instance = instance

    # --- the contact -------------------------------------------------------------------------------------------------

    async def says(self, text: str, payload: str | None = None, files: Sequence[FileRef] = ()) -> list[Reply]:
        """A message, and the replies of its turn."""
        await self.instance.time_passes()
        return await self.instance.hear(text, payload, files)

    async def edits(self, text: str, message: int | None = None) -> list[Reply]:
        """Change a message (by its number; the last one), on a channel where that can be done."""
        return await self.instance.change("edit", f"m{message or self.instance.heard}", text)

    async def deletes(self, message: int | None = None) -> list[Reply]:
        """Delete a message, on a channel where that can be done."""
        return await self.instance.change("delete", f"m{message or self.instance.heard}")

    async def presses(self, title: str) -> list[Reply]:
        """Press a button of the replies so far, the newest first. Raises BadInput when there is none of this title."""
        button = self._button(title)
        return await self.says(button.title, button.payload if button.payload is not None else button.title)

    def with_forms(self, limits: FormLimits | None = None) -> None:
        """From now on the contact is on a channel that shows forms."""
        self.instance.forms = limits or FormLimits()

    @property
    def open_form(self) -> Form | None:
        """The form that is the open question now."""
        return self.instance.open_form()

    async def fills(self, fields: Mapping[str, str], id_: str | None = None) -> list[Reply]:
        """Fill in the open form, or that of this id. Raises BadInput when there is none, or no such field."""
        await self.instance.time_passes()
        opened = self.open_form
        if id_ is None and opened is None:
            raise BadInput("no form is open", "Ask by `collect: [...]`, and add `forms: true` to the case's fixture")
        if id_ is None and opened is not None:
            known = [field.slot for field in opened.fields]
            if unknown := [name for name in fields if name not in known]:
                raise BadInput(f"the form has no field {unknown[0]!r}", f"Its fields are {', '.join(known)}")
            id_ = opened.id
        return await self.instance.fill(FormSent(id=id_ or "", fields=dict(fields)))

    def _button(self, title: str) -> Button:
        shown = [button for reply in reversed(self.instance.said) for button in reply.buttons]
        found = next((button for button in shown if button.title == title), None)
        if found is None:
            offered = ", ".join(repr(button.title) for button in shown) or "none"
            raise BadInput(f"no button is called {title!r}", f"Buttons so far: {offered}.")
        return found

    async def conversation(self, turns: Iterable[tuple[str, Bot]]) -> None:
        """Play pairs of what the contact says and what the bot answers.

        Raises AssertionError, with the conversation up to there, at the first answer that is another.
        """
        played: list[str] = []
        for said, expected in turns:
            actual = words(await self.says(said))
            wanted = [] if expected is None else [expected] if isinstance(expected, str) else list(expected)
            played.append(f"  contact: {said}")
            if actual != wanted:
                raise AssertionError("\n".join([*played, *difference(wanted, actual)]))
            played += [f"      bot: {text}" for text in actual]

    # --- what is there -----------------------------------------------------------------------------------------------

    @property
    def replies(self) -> list[Reply]:
        """Everything that went out, oldest first."""
        return list(self.instance.said)

    @property
    def slots(self) -> JsonObject:
        return dict(self.instance.state.slots)

    @property
    def flows(self) -> list[str]:
        """The flows under way, the one on top last."""
        return [frame.flow for frame in self.instance.state.frames]

    @property
    def owner(self) -> Owner:
        return self.instance.owner

    @property
    def handoffs(self) -> list[Handoff]:
        return list(self.instance.handoffs)

    @property
    def reviews(self) -> list[ReviewItem]:
        return list(self.instance.reviews)

    @property
    def notes(self) -> list[str]:
        """What the desk left beside the conversation for people."""
        return list(self.instance.notes)

    @property
    def events(self) -> list[Record]:
        return list(self.instance.events)

    # --- agents ------------------------------------------------------------------------------------------------------

    async def take_over(self, by: str = AGENT) -> None:
        """An agent takes the floor, asked or not."""
        self._change_owner("agent", by)
        self.instance.change_handoff(status="claimed", claimed_by=by, claimed_at=self.stage.clock.now())

    async def agent_says(self, text: str, by: str = AGENT) -> None:
        """An agent writes to the contact; who writes takes the floor."""
        if self.instance.owner != "agent":
            await self.take_over(by)
        self.instance.said.append(Reply(text=text, author="agent"))

    async def hand_back(self, step: str | None = None, by: str = AGENT) -> list[Reply]:
        """The bot goes on: behind the handoff, or at the step with this id. Raises Conflict when it has the floor."""
        self._end_handoff("returned")
        return await self._tell(Returned(by=by, step=step))

    async def resolve(self, by: str = AGENT) -> list[Reply]:
        """The matter is settled; what the bot had under way is dropped."""
        handoff = self.instance.open_handoff()
        self._end_handoff("resolved")
        return await self._tell(Cancelled(by=by, resolved=handoff.id if handoff is not None else "taken over"))

    def _end_handoff(self, status: str) -> None:
        if self.instance.owner == "bot":
            raise Conflict("the bot has the floor", "Hand the conversation over first")
        self.instance.change_handoff(status=status, closed_at=self.stage.clock.now())
        self._change_owner("bot", None)

    def _change_owner(self, owner: Owner, agent: str | None) -> None:
        self.instance.owner, self.instance.agent = owner, agent
        self.instance.epoch += 1
        self.instance.segment += 1

    async def set_slot(self, name: str, value: Json, by: str = AGENT) -> list[Reply]:
        """Correct what the desk remembers. Raises BadInput when its type refuses the value."""
        spec = self.stage.shelf.desk.slots.get(name)
        if spec is None:
            raise BadInput(f"there is no slot {name!r}", "Declare it under `slots`")
        try:
            typed = None if value is None else check_literal(spec, value)
        except ValueError as refused:
            raise BadInput(f"slot {name!r} does not take this value", str(refused)) from refused
        return await self._tell(Corrected(by=by, slots={name: typed}))

    async def correct_intent(self, intent: str, by: str = AGENT) -> list[Reply]:
        """Say what was really meant; its flow takes the place of what was under way."""
        menu = self.stage.shelf.menu
        flow = menu.by_intent.get(intent)
        bundle = menu.bundle_of[flow] if flow is not None else None
        return await self._tell(Corrected(by=by, intent=intent, flow=flow, bundle=bundle))

    # --- reviews -----------------------------------------------------------------------------------------------------

    async def approve(self, note: str | None = None, by: str = AGENT) -> list[Reply]:
        return await self._decide("approve", by, note)

    async def reject(self, note: str | None = None, by: str = AGENT) -> list[Reply]:
        return await self._decide("reject", by, note)

    async def edit(self, edited: Json, note: str | None = None, by: str = AGENT) -> list[Reply]:
        """Approve with changes. Of a mapping, what is not named stays as it is."""
        shown = self._open_review().editable
        if shown is None:
            raise BadInput("this review has nothing to edit", "Approve or reject it")
        both = isinstance(edited, dict) and isinstance(shown, dict)
        return await self._decide("edit", by, note, {**shown, **edited} if both else edited)

    async def _decide(
        self, decision: Literal["approve", "reject", "edit"], by: str, note: str | None, edited: Json = None
    ) -> list[Reply]:
        review, now = self._open_review(), self.stage.clock.now()
        status = "rejected" if decision == "reject" else "approved"
        self.instance.close_review(review.id, status=status, decided_by=by, decided_at=now)
        return await self._tell(ReviewDecided(review_id=review.id, decision=decision, by=by, note=note, edited=edited))

    def _open_review(self) -> ReviewItem:
        waiting = [review for review in self.instance.reviews if review.status == "waiting"]
        if not waiting:
            raise Conflict("no review is waiting", "Come to one first")
        return waiting[-1]

    async def _tell(self, incoming: Incoming) -> list[Reply]:
        """Something that is no message; the replies it leads to."""
        before = len(self.instance.said)
        await self.instance.take(incoming)
        return self.instance.said[before:]


def words(replies: Iterable[Reply]) -> list[str]:
    """The replies as one reads them: the text, or what stands in its place."""
    return [reply.text if reply.text is not None else f"<{_shown(reply)}>" for reply in replies]


def _shown(reply: Reply) -> str:
    named = {"image": reply.image, "files": list(reply.files), "custom": reply.custom}
    return ", ".join(f"{name} {value}" for name, value in named.items() if value) or "nothing"


def difference(expected: Sequence[str], actual: Sequence[str]) -> list[str]:
    """Expected replies against actual ones, line by line: ``-`` was missing, ``+`` was said instead."""
    lines: list[str] = []
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, expected, actual, autojunk=False).get_opcodes():
        if kind == "equal":
            lines += [f"      bot: {text}" for text in expected[i1:i2]]
            continue
        lines += [f"    - bot: {text}" for text in expected[i1:i2]]
        lines += [f"    + bot: {text}" for text in actual[j1:j2]]
    return lines if actual else [*lines, "    + (the bot said nothing)"]
