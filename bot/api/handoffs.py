"""Handoffs: the queue of conversations that want a person, and what an agent does with one."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from bot.api.auth import Desk, Needs
from bot.api.bodies import Meant, NewNote, NewReply, Place, SlotValue
from bot.api.house import House
from bot.api.paging import Asked, Page, Word, page_of, read_cursor
from bot.api.reading import settled
from bot.errors import Conflict
from bot.model.handoff import Handoff, HandoffStatus
from bot.model.message import Name
from bot.store import handoffs
from bot.store.tokens import Bearer

router = APIRouter(prefix="/api/v1/handoffs", tags=["handoffs"])
HandoffId = Annotated[str, Path(alias="id", max_length=64)]
Worker = Annotated[Bearer, Needs("handoffs.work")]


class Wanted(Asked):
    """Which handoffs to list; what is left out may be anything."""

    status: HandoffStatus | None = None
    team: Word = None
    claimed_by: Word = None


@router.get("", summary="List handoffs: the most urgent first, then the longest waiting")
async def list_handoffs(
    house: Desk, who: Annotated[Bearer, Needs("handoffs.read")], wanted: Annotated[Wanted, Query()]
) -> Page[Handoff]:
    after = read_cursor(wanted.cursor, int, int, str)
    found = await house.database.read(
        lambda c: handoffs.with_scores(c, handoffs.listed(c, wanted.filters(), after, wanted.limit + 1))
    )
    return page_of(found, wanted.limit, handoffs.place_of)


@router.get("/{id}", summary="Show a handoff with its packet")
async def show_handoff(id_: HandoffId, house: Desk, who: Annotated[Bearer, Needs("handoffs.read")]) -> Handoff:
    found = await house.people.handoff(id_)
    return (await house.database.read(lambda c: handoffs.with_scores(c, [found])))[0]


@router.post("/{id}/claim", summary="Take a waiting handoff")
async def claim(id_: HandoffId, house: Desk, who: Worker) -> Handoff:
    return await house.people.claim(id_, who.name)


@router.post("/{id}/replies", status_code=201, summary="Write to the contact; this claims a waiting handoff")
async def reply(id_: HandoffId, body: NewReply, house: Desk, who: Worker) -> Handoff:
    handoff = await _open(house, id_)
    await house.people.reply(handoff.conversation_id, who.name, body.reply())
    return await house.people.handoff(id_)


@router.post("/{id}/notes", status_code=201, summary="Write a private note; the contact never sees it")
async def note(id_: HandoffId, body: NewNote, house: Desk, who: Worker) -> Handoff:
    handoff = await house.people.handoff(id_)
    await house.people.note(handoff.conversation_id, who.name, body.text)
    return handoff


@router.put("/{id}/slots/{name}", summary="Correct what the desk remembers")
async def set_slot(
    id_: HandoffId, name: Annotated[Name, Path(max_length=128)], body: SlotValue, house: Desk, who: Worker
) -> Handoff:
    handoff = await _open(house, id_)
    await house.people.set_slot(handoff.conversation_id, who.name, name, body.value)
    return await _after(house, handoff)


@router.put("/{id}/intent", summary="Say what was really meant; its flow begins on return to the bot")
async def correct_intent(id_: HandoffId, body: Meant, house: Desk, who: Worker) -> Handoff:
    handoff = await _open(house, id_)
    await house.people.correct_intent(handoff.conversation_id, who.name, body.intent)
    return await _after(house, handoff)


@router.post("/{id}/resume", summary="Return the conversation to the bot at a step of its flow")
async def resume(id_: HandoffId, body: Place, house: Desk, who: Worker) -> Handoff:
    return await _after(house, await house.people.hand_back(id_, who.name, body.step))


@router.post("/{id}/return", summary="Return the conversation to the bot, which goes on behind the handoff")
async def hand_back(id_: HandoffId, house: Desk, who: Worker) -> Handoff:
    return await _after(house, await house.people.hand_back(id_, who.name))


@router.post("/{id}/resolve", summary="The matter is settled; the next message is the bot's again")
async def resolve(id_: HandoffId, house: Desk, who: Worker) -> Handoff:
    return await _after(house, await house.people.resolve(id_, who.name))


async def _open(house: House, id_: str) -> Handoff:
    handoff = await house.people.handoff(id_)
    if handoff.closed_at is not None:
        raise Conflict(f"this handoff is {handoff.status}", "Take the conversation over to write in it")
    return handoff


async def _after(house: House, handoff: Handoff) -> Handoff:
    """The handoff, once the change has been worked into its conversation."""
    await settled(house, handoff.conversation_id)
    return await house.people.handoff(handoff.id)
