"""What people in the inbox do. One owner at a time: taking over moves the epoch, and what the bot had under way
stops there."""

import uuid
from dataclasses import dataclass

from sqlalchemy import Connection

from bot.errors import BadInput, Conflict, NotFound
from bot.failpoints import reach
from bot.model.base import Json
from bot.model.effect import HandOff, Record
from bot.model.handoff import Handoff, Owner, Packet
from bot.model.incoming import Cancelled as CancelledEvent
from bot.model.incoming import Corrected, Retried, Returned, ReviewDecided
from bot.model.message import Reply
from bot.ports import Capabilities, Clock, Fact
from bot.rules.advance.places import gives_way
from bot.rules.program import Program
from bot.rules.values import check_literal
from bot.services.intake import Intake
from bot.services.library import Library
from bot.services.signals import Signals
from bot.store import events, handoffs, instances, outbox, reviews
from bot.store.database import Database
from bot.store.instances import Instance

MOST_OPEN = 500
REMEMBERED = 500
"""Facts of a conversation among which a repeated reply is looked for."""


@dataclass(frozen=True, slots=True)
class _Taking:
    """A change of owner."""

    owner: Owner
    agent: str | None
    fact: Record


class People:
    """The inbox's commands. ``by`` is always the name of the person who acts."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        library: Library,
        intake: Intake,
        signals: Signals,
        channels: dict[str, Capabilities],
    ) -> None:
        self._database = database
        self._clock = clock
        self._library = library
        self._intake = intake
        self._signals = signals
        self._channels = channels

    # --- taking and giving the floor ---------------------------------------------------------------------------------

    async def claim(self, handoff_id: str, by: str) -> Handoff:
        """Take a waiting handoff. Raises Conflict when somebody else has it."""

        def work(c: Connection) -> Handoff:
            handoff = handoffs.get(c, handoff_id)
            instance = instances.get_locked(c, handoff.conversation_id)
            if not handoffs.claim(c, handoff_id, by, self._clock.now()):
                holder = handoffs.get(c, handoff_id)
                if holder.status == "claimed" and holder.claimed_by == by:
                    return holder
                raise Conflict(
                    f"this handoff is {holder.status} by {holder.claimed_by or 'nobody'}", "Look at it again"
                )
            self._take_floor(c, instance, by, "HandoffClaimed")
            return handoffs.get(c, handoff_id)

        reach("handoff.claim.before")
        handoff = await self._database.write(work)
        reach("handoff.claim.after")
        self._signals.moved(handoff.conversation_id)
        return handoff

    async def take_over(self, conversation: str, by: str) -> Handoff:
        """Take a conversation from the bot or the queue, asked or not."""

        def work(c: Connection) -> Handoff:
            instance = instances.get_locked(c, conversation)
            if not instance.is_conversation:
                raise NotFound(f"{conversation!r} is no conversation", "Look its id up in the list")
            return self._take_over(c, instance, by)

        handoff = await self._database.write(work)
        self._signals.moved(conversation)
        return handoff

    def _take_over(self, c: Connection, instance: Instance, by: str) -> Handoff:
        now = self._clock.now()
        waiting = handoffs.open_of(c, instance.id)
        if waiting is None:
            packet = Packet(summary="Taken over by a person.", reason="taken_over", flow=instance.flow)
            wish = HandOff(team=None, priority="normal", packet=packet)
            handoffs.add(c, f"h_{uuid.uuid4().hex}", instance.id, wish, now, agent=by)
        elif waiting.claimed_by not in (None, by):
            raise Conflict(f"{waiting.claimed_by} has this conversation", "Ask them, or wait until they give it back")
        else:
            handoffs.claim(c, waiting.id, by, now)
        if instance.owner != "agent":
            self._take_floor(c, instance, by, "HandoffClaimed")
        taken = handoffs.open_of(c, instance.id)
        assert taken is not None
        return taken

    def _take_floor(self, c: Connection, instance: Instance, by: str, event: str) -> None:
        self._change_owner(c, instance, _Taking("agent", by, Record(event=event, data={"by": by})))

    def _change_owner(self, c: Connection, instance: Instance, taking: _Taking) -> int:
        """A new epoch and the next segment: whatever is under way can no longer commit, start an effect or be sent."""
        now = self._clock.now()
        epoch = instances.change_owner(c, instance, taking.owner, taking.agent, now)
        outbox.cancel_older(c, instance.id, epoch, f"{taking.agent or 'somebody'} has taken over")
        events.append(c, instance.id, instance.segment, [taking.fact], now)
        return epoch

    async def hand_back(self, handoff_id: str, by: str, step: str | None = None) -> Handoff:
        """Return the conversation to the bot, which goes on behind the handoff or at the step with this id."""
        found = await self.handoff(handoff_id)
        if step is not None:
            await self._check_step(found.conversation_id, step)

        await self._intake.tell(
            found.conversation_id,
            f"closed/{handoff_id}/{uuid.uuid4().hex}",
            Returned(by=by, step=step),
            also=lambda c: self._close(c, handoff_id, by, "returned", "HandoffReturned"),
        )
        reach("handoff.return.after")
        return await self.handoff(handoff_id)

    async def resolve(self, handoff_id: str, by: str) -> Handoff:
        """The matter is settled. What the bot had under way is dropped; the next message is its again."""

        found = await self.handoff(handoff_id)
        await self._intake.tell(
            found.conversation_id,
            f"closed/{handoff_id}/{uuid.uuid4().hex}",
            CancelledEvent(by=by, resolved=handoff_id),
            also=lambda c: self._close(c, handoff_id, by, "resolved", "HandoffResolved"),
        )
        return await self.handoff(handoff_id)

    def _close(self, c: Connection, handoff_id: str, by: str, status: str, event: str) -> None:
        handoff = handoffs.get(c, handoff_id)
        instance = instances.get_locked(c, handoff.conversation_id)
        if handoff.status == "claimed" and handoff.claimed_by != by:
            raise Conflict(f"{handoff.claimed_by} has this handoff", "Ask them to close it")
        if not handoffs.close(c, handoff_id, status, self._clock.now()):
            raise Conflict(f"this handoff is {handoff.status} already", "Look at it again")
        self._change_owner(c, instance, _Taking("bot", None, Record(event=event, data={"by": by})))

    async def _check_step(self, conversation: str, step: str) -> None:
        program = await self._program_on_top(conversation)
        if program is None or step not in program.ids:
            known = ", ".join(sorted(program.ids)) if program else "none: no flow is under way"
            raise BadInput(f"the flow has no step {step!r}", f"Steps to resume at: {known}")
        if program.nodes[program.ids[step]].loop is not None:
            raise BadInput(f"step {step!r} stands inside a loop", "Resume at the loop or at a step outside it")

    async def _program_on_top(self, conversation: str) -> Program | None:
        instance = await self._database.read(lambda c: instances.get(c, conversation))
        state = instance.state
        frame = next((one for one in reversed(state.frames) if not gives_way(one)), None)
        if frame is None:
            return None
        bundles = await self._library.bundles_for(self._library.shelf, state)
        return bundles[frame.bundle].programs[frame.flow]

    # --- writing -----------------------------------------------------------------------------------------------------

    async def reply(self, conversation: str, by: str, reply: Reply, key: str | None = None) -> None:
        """Say something to the contact. Writing takes the floor from the bot; a colleague's floor is theirs.

        key: the same reply comes with the same key, and is said once.
        """
        words = reply.model_copy(update={"author": "agent"})

        def work(c: Connection) -> None:
            instance = instances.get_locked(c, conversation)
            if key is not None and _was_said(c, conversation, key):
                return
            if instance.owner != "agent" or instance.agent != by:
                self._take_over(c, instance, by)
            fresh = instances.get(c, conversation)
            self._send(c, fresh, by, words, key)

        await self._database.write(work)
        self._signals.moved(conversation)

    def _send(self, c: Connection, instance: Instance, by: str, reply: Reply, key: str | None) -> None:
        assert instance.address is not None
        now = self._clock.now()
        channel = instance.address.channel
        delivered = self._channels.get(channel, Capabilities()).delivery == "stream"
        outbox.add(
            c,
            instance.id,
            channel,
            instance.segment,
            [reply],
            epoch=instance.epoch,
            turn=None,
            delivered=delivered,
            now=now,
        )
        more = ({"files": list(reply.files)} if reply.files else {}) | ({"key": key} if key else {})
        fact = Record(event="AgentReplied", data={"by": by, "text": reply.text} | more)
        events.append(c, instance.id, instance.segment, [fact], now)

    async def note(self, conversation: str, by: str, text: str) -> None:
        """A private remark. Never sent to the contact."""
        now = self._clock.now()

        def work(c: Connection) -> None:
            instance = instances.get(c, conversation)
            handoffs.add_note(c, conversation, by, text, now)
            events.append(c, conversation, instance.segment, [Record(event="NoteAdded", data={"by": by})], now)

        await self._database.write(work)

    # --- correcting --------------------------------------------------------------------------------------------------

    async def set_slot(self, conversation: str, by: str, name: str, value: Json) -> None:
        """Correct what the desk remembers. Raises BadInput when the slot is unknown or its type refuses the value."""
        spec = self._library.shelf.desk.slots.get(name)
        if spec is None:
            raise BadInput(f"there is no slot {name!r}", f"Slots: {', '.join(sorted(self._library.shelf.desk.slots))}")
        try:
            typed = None if value is None else check_literal(spec, value)
        except ValueError as refused:
            raise BadInput(f"slot {name!r} does not take this value", str(refused)) from refused
        await self._intake.tell(conversation, f"slot/{uuid.uuid4().hex}", Corrected(by=by, slots={name: typed}))

    async def correct_intent(self, conversation: str, by: str, intent: str) -> None:
        """Say what was really meant. Its flow takes the place of what was under way, and begins on return to the
        bot."""
        menu = self._library.shelf.menu
        known = {entry.intent for entry in self._library.shelf.desk.nlu if hasattr(entry, "intent")} | set(
            menu.by_intent
        )
        if intent not in known:
            raise BadInput(f"there is no intent {intent!r}", f"Intents: {', '.join(sorted(known))}")
        flow = menu.by_intent.get(intent)
        event = Corrected(by=by, intent=intent, flow=flow, bundle=menu.bundle_of[flow] if flow else None)
        await self._intake.tell(conversation, f"intent/{uuid.uuid4().hex}", event)

    # --- reviews -----------------------------------------------------------------------------------------------------

    async def decide_review(
        self, review_id: str, by: str, decision: str, note: str | None, edited: Json = None
    ) -> None:
        """Approve, reject or edit: the first decision counts. Raises Conflict when there has been one."""
        if decision not in ("approve", "reject", "edit"):
            raise BadInput(f"{decision!r} is no decision", "Use approve, reject or edit")
        item = await self._database.read(lambda c: reviews.get(c, review_id))
        if decision == "edit" and item.editable is None:
            raise BadInput("this review has nothing to edit", "Approve or reject it")
        status = "rejected" if decision == "reject" else "approved"
        now = self._clock.now()
        reach("review.decide.before")
        if item.status == "waiting" and item.expires_at <= now:
            raise Conflict("this review has expired", "Look at the conversation")
        event = ReviewDecided(review_id=review_id, decision=decision, by=by, note=note, edited=edited)

        def close(c: Connection) -> None:
            if not reviews.close(c, review_id, status, now, by, note):  # type: ignore[arg-type]
                raise Conflict("this review has been decided", "Look at it again")

        await self._intake.tell(item.instance_id, f"review/{review_id}/{uuid.uuid4().hex}", event, also=close)
        reach("review.decide.after")

    # --- instances ---------------------------------------------------------------------------------------------------

    async def retry(self, instance: str, by: str) -> None:
        """Try a failed run's step again."""
        found = await self._database.read(lambda c: instances.get(c, instance))
        if found.status != "failed":
            raise Conflict(f"this instance is {found.status}, not failed", "Only a failed one can be tried again")
        await self._intake.tell(instance, f"retry/{uuid.uuid4().hex}", Retried(by=by))

    async def cancel(self, instance: str, by: str) -> None:
        """Drop everything that is under way."""
        await self._intake.tell(instance, f"cancel/{uuid.uuid4().hex}", CancelledEvent(by=by))

    # --- reading -----------------------------------------------------------------------------------------------------

    async def open_handoffs(self) -> list[Handoff]:
        """Those that wait or are claimed, the most urgent first of each."""

        def work(c: Connection) -> list[Handoff]:
            return [
                handoff
                for status in ("waiting", "claimed")
                for handoff in handoffs.listed(c, {"status": status}, None, MOST_OPEN)
            ]

        return await self._database.read(work)

    async def facts_after(self, conversation: str, number: int) -> list[Fact]:
        found = await self._database.read(lambda c: events.of(c, conversation, number))
        return [Fact(number=one.number, type=one.type, data=one.data, at=one.at) for one in found]

    async def handoff(self, handoff_id: str) -> Handoff:
        return await self._database.read(lambda c: handoffs.get(c, handoff_id))


def _was_said(c: Connection, conversation: str, key: str) -> bool:
    """Whether an agent's reply with this key is among the latest facts; asked while the conversation is locked."""
    latest = events.latest(c, conversation, REMEMBERED)
    return any(fact.type == "AgentReplied" and fact.data.get("key") == key for fact in latest)
