"""Instances (conversations and runs), their effects on the world, and what nobody will try again by itself."""

import uuid
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from sqlalchemy import Connection

from bot.api.auth import Desk, Needs
from bot.api.bodies import Happened
from bot.api.paging import Asked, Limit, Page, Word, page_of, read_cursor
from bot.api.reading import effects_shown, instance_detail, settled
from bot.api.views import (
    DeadLetters,
    DeadMessage,
    DeadReply,
    InstanceDetail,
    InstanceView,
    instance_view,
)
from bot.model.handoff import Owner
from bot.model.incoming import EventCame
from bot.store import dead_letters, inbox, instances, ledger
from bot.store.tokens import Bearer

router = APIRouter(prefix="/api/v1", tags=["instances"])
InstanceId = Annotated[str, Path(alias="id", max_length=64)]
Operator = Annotated[Bearer, Needs("instances.operate")]


class Wanted(Asked):
    """Which instances to list; what is left out may be anything."""

    kind: Literal["conversation", "run"] | None = None
    status: Literal["active", "finished", "failed"] | None = None
    owner: Owner | None = None
    flow: Word = None


@router.get("/instances", summary="List conversations and runs, the latest moved first")
async def list_instances(
    house: Desk, who: Annotated[Bearer, Needs("instances.read")], wanted: Annotated[Wanted, Query()]
) -> Page[InstanceView]:
    before = read_cursor(wanted.cursor, int, str)
    found = await house.database.read(lambda c: instances.listed(c, wanted.filters(), before, wanted.limit + 1))
    page = page_of(found, wanted.limit, instances.place_of)
    return Page(items=[instance_view(one) for one in page.items], next=page.next)


@router.get("/instances/{id}", summary="Show an instance: state, last events, and all its effects")
async def show_instance(
    id_: InstanceId, house: Desk, who: Annotated[Bearer, Needs("instances.read")]
) -> InstanceDetail:
    return await instance_detail(house, id_)


@router.post("/instances/{id}/retry", summary="Try the failed step of an instance again")
async def retry(id_: InstanceId, house: Desk, who: Operator) -> InstanceDetail:
    await house.people.retry(id_, who.name)
    await settled(house, id_)
    return await instance_detail(house, id_)


@router.post("/instances/{id}/events", summary="Tell an instance of an event that its flow may be waiting for")
async def tell(id_: InstanceId, body: Happened, house: Desk, who: Operator) -> InstanceDetail:
    key = f"event/{id_}/{body.id or uuid.uuid4().hex}"
    await house.intake.tell(id_, key, EventCame(name=body.name, payload=body.payload))
    await settled(house, id_)
    return await instance_detail(house, id_)


@router.post("/instances/{id}/cancel", summary="Drop everything that an instance has under way")
async def cancel(id_: InstanceId, house: Desk, who: Operator) -> InstanceDetail:
    await house.people.cancel(id_, who.name)
    await settled(house, id_)
    return await instance_detail(house, id_)


@router.get("/dead-letters", summary="What nobody will try again by itself")
async def list_dead_letters(
    house: Desk, who: Annotated[Bearer, Needs("dead_letters.read")], limit: Limit = 100
) -> DeadLetters:
    def read(c: Connection) -> DeadLetters:
        return DeadLetters(
            messages=[DeadMessage.model_validate(row) for row in inbox.problems(c, limit)],
            effects=effects_shown(c, house, ledger.uncertain(c, limit)),
            instances=[instance_view(one) for one in instances.listed(c, {"status": "failed"}, None, limit)],
            replies=[DeadReply.model_validate(row) for row in dead_letters.undelivered(c, limit)],
        )

    return await house.database.read(read)
