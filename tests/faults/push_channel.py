"""A channel that pushes to the fake platform: ``POST /webhooks/push`` takes a message, the outbox delivers the
replies."""

import os
from typing import Any

import httpx
from fastapi import APIRouter

from bot.errors import Unavailable, Undeliverable
from bot.model.message import Address, Message, Reply
from bot.ports import Capabilities, ChannelHost, OpenChannel, Sent

NAME = "push"
CAPABILITIES = Capabilities(delivery="push", buttons=3)


class PushChannel:
    name = NAME
    capabilities = CAPABILITIES

    def __init__(self, platform: str) -> None:
        self._platform = platform
        self._client = httpx.AsyncClient(timeout=10, trust_env=False)

    async def send(self, address: Address, reply: Reply, key: str) -> Sent:
        try:
            said = await self._client.post(
                self._platform,
                json={"to": address.sender, "text": reply.text},
                headers={"idempotency-key": key},
            )
        except httpx.HTTPError as error:
            raise Unavailable(f"the platform does not answer ({type(error).__name__})") from error
        if said.status_code == 429:
            raise Unavailable("too fast", retry_after_seconds=float(said.headers["retry-after"]))
        if 400 <= said.status_code < 500:
            raise Undeliverable(f"the platform says {said.status_code}")
        if said.status_code >= 500:
            raise Unavailable(f"the platform says {said.status_code}")
        return Sent(id=said.json()["id"])


def open_channel(host: ChannelHost) -> OpenChannel | None:
    platform = os.environ.get("FAKE_PLATFORM")
    if not platform:
        return None
    router = APIRouter()

    @router.post("/webhooks/push", status_code=202)
    async def webhook(body: dict[str, Any]) -> dict[str, str]:
        text = body["message"]
        payload = text if text.startswith("/") else None
        message = Message(
            event_id=body["message_id"],
            address=Address(channel=NAME, sender=body["sender"]),
            kind="button" if payload else "text",
            text=text,
            payload=payload,
        )
        accepted = await host.intake.accept(message)
        return {"conversation": accepted.conversation_id}

    return OpenChannel(PushChannel(platform), router)
