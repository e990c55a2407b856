"""Conversations: looking at them, taking them over, and writing as an agent."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from bot.api.auth import Desk, Needs
from bot.api.bodies import NewReply
from bot.api.paging import LARGEST, Asked, Limit, Page, Word, page_of, read_cursor
from bot.api.reading import a_conversation, conversation_detail
from bot.api.views import ConversationDetail, ConversationView, EventView, ReplyView, conversation_fields, reply_views
from bot.model.handoff import Handoff, Owner
from bot.store import events, instances, outbox
from bot.store.tokens import Bearer

router = APIRouter(prefix="/api/v1/conversations", tags=["conversations"])
ConversationId = Annotated[str, Path(alias="id", max_length=64)]
After = Annotated[int, Query(ge=0, lt=LARGEST, description="The number behind which to go on.")]


class Wanted(Asked):
    """Which conversations to list; what is left out may be anything."""

    owner: Owner | None = None
    status: Word = None
    channel: Word = None
    flow: Word = None
    agent: Word = None


@router.get("", summary="List conversations, the latest moved first")
async def list_conversations(
    house: Desk, who: Annotated[Bearer, Needs("conversations.read")], wanted: Annotated[Wanted, Query()]
) -> Page[ConversationView]:
    kind = {"kind": "conversation"}
    before = read_cursor(wanted.cursor, int, str)
    found = await house.database.read(lambda c: instances.listed(c, wanted.filters() | kind, before, wanted.limit + 1))
    page = page_of(found, wanted.limit, instances.place_of)
    return Page(items=[ConversationView(**conversation_fields(one)) for one in page.items], next=page.next)


@router.get("/{id}", summary="Show a conversation: state, last events and replies, notes, open handoff")
async def show_conversation(
    id_: ConversationId, house: Desk, who: Annotated[Bearer, Needs("conversations.read")]
) -> ConversationDetail:
    return await conversation_detail(house, id_)


@router.get("/{id}/events", summary="All facts of a conversation, in order")
async def list_events(
    id_: ConversationId,
    house: Desk,
    who: Annotated[Bearer, Needs("conversations.read")],
    after: After = 0,
    limit: Limit = 200,
) -> list[EventView]:
    await house.database.read(lambda c: a_conversation(c, id_))
    found = await house.database.read(lambda c: events.of(c, id_, after, limit))
    return [EventView.model_validate(event) for event in found]


@router.get("/{id}/replies", summary="All replies of a conversation, in order")
async def list_replies(
    id_: ConversationId,
    house: Desk,
    who: Annotated[Bearer, Needs("conversations.read")],
    after: After = 0,
    limit: Limit = 200,
) -> list[ReplyView]:
    await house.database.read(lambda c: a_conversation(c, id_))
    found = await house.database.read(lambda c: outbox.after(c, id_, after, limit))
    return reply_views(found)


@router.post("/{id}/takeover", summary="Take a conversation from the bot or the queue")
async def take_over(id_: ConversationId, house: Desk, who: Annotated[Bearer, Needs("conversations.write")]) -> Handoff:
    return await house.people.take_over(id_, who.name)


@router.post(
    "/{id}/replies", status_code=201, summary="Write to the contact as an agent; this takes the conversation over"
)
async def send_reply(
    id_: ConversationId, body: NewReply, house: Desk, who: Annotated[Bearer, Needs("conversations.write")]
) -> Handoff:
    await house.database.read(lambda c: a_conversation(c, id_))
    await house.people.reply(id_, who.name, body.reply())
    return await house.people.take_over(id_, who.name)
