"""The Rasa REST channel: ``POST /webhooks/rest/webhook`` answers with the replies of the turn.

Contract: rasa.com/docs, "Your own website", REST channel. Beyond it: ``message_id`` makes a repeat safe (it waits
for the first and gets the same answer).
"""

import json
import uuid
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from bot.errors import BadInput
from bot.model.message import MAX_TEXT, Address, Message, Name, Reply
from bot.ports import Capabilities, ChannelHost, OpenChannel
from channels.passive import PassiveChannel
from channels.written import written_out
from channels.zones import in_zone

NAME = "rest"
CAPABILITIES = Capabilities(delivery="response", buttons=100, max_text=100_000, own_callers=True)


class RestMessage(BaseModel):
    """What is posted. ``message`` is a text, or a button's payload such as ``/order_status``. Of ``metadata`` the desk
    reads ``timezone``, as in ``Europe/Berlin``."""

    model_config = ConfigDict(extra="ignore")

    sender: Name = Field("default", min_length=1, max_length=256)
    message: Name = Field(max_length=MAX_TEXT)
    message_id: Name | None = Field(None, min_length=1, max_length=256)
    metadata: dict[str, Any] | None = None


def preview(reply: Reply) -> list[str]:
    """See `bot.rules.shown.Preview`. What a caller gets is JSON, and whole; this is what is in it."""
    custom = [json.dumps(reply.custom, ensure_ascii=False)] if reply.custom is not None else []
    return [*written_out(reply), *custom]


def open_channel(host: ChannelHost) -> OpenChannel:
    return OpenChannel(PassiveChannel(NAME, CAPABILITIES), _routes(host))


def _routes(host: ChannelHost) -> APIRouter:
    router = APIRouter(prefix="/webhooks/rest", tags=["rest channel"])

    @router.get("/", summary="Is the channel there?")
    async def there() -> dict[str, str]:
        return {"status": "ok"}

    @router.post("/webhook", summary="Say something; the answer holds the replies")
    async def webhook(body: RestMessage) -> list[dict[str, Any]]:
        accepted = await host.intake.accept(_message(body))
        replies = await host.intake.replies_to(accepted, host.settings.answer_timeout_seconds)
        return [rendered(body.sender, reply) for reply in replies]

    return router


def _message(body: RestMessage) -> Message:
    text = body.message.strip()
    if not text:
        raise BadInput("the message is empty", "Write something into `message`")
    is_payload = text.startswith("/")
    return Message(
        event_id=body.message_id or uuid.uuid4().hex,
        address=Address(channel=NAME, sender=body.sender),
        kind="button" if is_payload else "text",
        text=text,
        payload=text if is_payload else None,
        metadata=body.metadata or {},
        contact=in_zone((body.metadata or {}).get("timezone")),
    )


def rendered(recipient: str, reply: Reply) -> dict[str, Any]:
    """A reply in Rasa's form; what is empty is left out."""
    buttons = [
        {"title": b.title, "payload": b.payload or b.title} | ({"url": b.url} if b.url else {}) for b in reply.buttons
    ]
    parts = {
        "text": reply.text,
        "buttons": buttons,
        "image": reply.image,
        "attachment": list(reply.files),
        "custom": reply.custom,
    }
    return {"recipient_id": recipient} | {name: part for name, part in parts.items() if part}
