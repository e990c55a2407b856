"""Reading a whole instance for the API, in one transaction, and waiting until a change has been worked in."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection

from bot.api.house import House
from bot.api.views import (
    ConversationDetail,
    EffectView,
    InstanceDetail,
    NoteView,
    conversation_fields,
    effect_view,
    event_views,
    instance_view,
    reply_views,
    state_view,
)
from bot.errors import NotFound, NotReady
from bot.rules.masking import secrets_of
from bot.store import events, handoffs, inbox, instances, ledger, outbox, reviews
from bot.store.instances import Instance

LATEST: Final = 200
"""Events and replies that a detail shows; the lists below it have all of them, in pages."""
SETTLE_SECONDS: Final = 2.0
LOOK_SECONDS: Final = 0.2


def sensitive_slots(house: House) -> set[str]:
    return {name for name, slot in house.library.shelf.desk.slots.items() if slot.sensitive}


def a_conversation(connection: Connection, id_: str) -> Instance:
    """Raises NotFound when there is none of this id, or when it is a run."""
    found = instances.find(connection, id_)
    if found is None or not found.is_conversation:
        raise NotFound(f"there is no conversation {id_!r}", "Look its id up in the list")
    return found


async def conversation_detail(house: House, id_: str) -> ConversationDetail:
    sensitive = sensitive_slots(house)

    def read(c: Connection) -> ConversationDetail:
        instance = a_conversation(c, id_)
        return ConversationDetail(
            **conversation_fields(instance),
            state=state_view(instance.state, sensitive),
            events=event_views(events.latest(c, id_, LATEST)),
            replies=reply_views(outbox.latest(c, id_, LATEST)),
            notes=[NoteView.model_validate(note) for note in handoffs.notes(c, id_)],
            handoff=handoffs.open_of(c, id_),
            reviews=reviews.listed(c, {"instance_id": id_, "status": "waiting"}, None, 20),
        )

    return await house.database.read(read)


async def instance_detail(house: House, id_: str) -> InstanceDetail:
    sensitive = sensitive_slots(house)

    def read(c: Connection) -> InstanceDetail:
        instance = instances.get(c, id_)
        return InstanceDetail(
            **instance_view(instance).model_dump(),
            state=state_view(instance.state, sensitive),
            events=event_views(events.latest(c, id_, LATEST)),
            effects=effects_shown(c, house, ledger.of(c, id_)),
        )

    return await house.database.read(read)


def effects_shown(connection: Connection, house: House, entries: Sequence[ledger.Entry]) -> list[EffectView]:
    """Effects without what the sensitive slots of their conversations hold."""
    specs = house.library.shelf.desk.slots
    found = {id_: instances.find(connection, id_) for id_ in {entry.instance for entry in entries}}
    secrets = {id_: secrets_of(one.state.slots, specs) if one else [] for id_, one in found.items()}
    return [effect_view(entry, secrets[entry.instance]) for entry in entries]


async def settled(house: House, instance: str) -> None:
    """Until what was stored for an instance has been worked in; at most two seconds, for it may wait for an action."""
    with contextlib.suppress(TimeoutError, NotReady):
        async with asyncio.timeout(SETTLE_SECONDS):
            while await house.database.read(lambda c: inbox.has_waiting(c, instance)):
                await house.intake.wait_for_more(instance, LOOK_SECONDS)
