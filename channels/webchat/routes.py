"""The routes of the web chat; the contract stands in the package's docstring."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final, Self

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.model.message import MAX_TEXT, Address, Message, Name
from bot.ports import ChannelHost
from channels.webchat.stream import Streams, rendered
from channels.webchat.visitors import Visitors

STATIC: Final = Path(__file__).parent / "static"
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
FILES: Final = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/webchat/chat.js": ("chat.js", "text/javascript; charset=utf-8"),
    "/webchat/transcript.js": ("transcript.js", "text/javascript; charset=utf-8"),
    "/webchat/connection.js": ("connection.js", "text/javascript; charset=utf-8"),
    "/webchat/chat.css": ("chat.css", "text/css; charset=utf-8"),
    "/webchat/icon.svg": ("icon.svg", "image/svg+xml"),
}
STREAM_HEADERS: Final = {"cache-control": "no-cache, no-transform", "x-accel-buffering": "no"}


class WebMessage(BaseModel):
    """What is posted: words, or the payload of a button with its title as ``text``."""

    model_config = ConfigDict(extra="forbid")

    client_msg_id: str = Field(
        pattern=r"^[A-Za-z0-9_-]{8,64}$", description="Made by the client; a repeat is no new message."
    )
    text: Name = Field("", max_length=MAX_TEXT)
    payload: Name | None = Field(None, min_length=1, max_length=4_000)

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.text.strip() and self.payload is None:
            raise ValueError("the message is empty. Write something into `text`")
        return self


class NewVisitor(BaseModel):
    token: str


class Taken(BaseModel):
    """``seq`` is the message's number among all that came in; ``duplicate``: it was known already."""

    seq: int
    duplicate: bool


def routes(host: ChannelHost, channel: str) -> APIRouter:
    """The page, and what it talks to."""
    router = APIRouter(tags=["web chat"])
    desk = _Desk(host, channel)
    for path, (name, media_type) in FILES.items():
        router.add_api_route(path, _static(name, media_type), include_in_schema=False)
    router.add_api_route(
        "/webchat/visitors", desk.new_visitor, methods=["POST"], status_code=201, summary="Become a visitor"
    )
    router.add_api_route("/webchat/messages", desk.message, methods=["POST"], summary="Say something")
    router.add_api_route("/webchat/replies", desk.replies, summary="What was said to the visitor")
    router.add_api_route(
        "/webchat/events",
        desk.events,
        summary="The same, as a stream of server-sent events",
        response_class=StreamingResponse,
    )
    return router


Authorization = Annotated[str, Header(max_length=400)]
Number = Annotated[int, Query(ge=0, lt=2**62, description="The number behind which to go on.")]


class _Desk:
    """The web chat's side of the desk."""

    def __init__(self, host: ChannelHost, channel: str) -> None:
        self._host = host
        self._channel = channel
        self._visitors = Visitors(host.secret)
        self._streams = Streams(host.transcript)

    async def new_visitor(self) -> NewVisitor:
        return NewVisitor(token=self._visitors.new_token())

    async def message(self, body: WebMessage, authorization: Authorization = "") -> Taken:
        address = self._address(authorization)
        accepted = await self._host.intake.accept(_message(body, address))
        return Taken(seq=accepted.number, duplicate=accepted.duplicate)

    async def replies(self, authorization: Authorization = "", after: Number = 0) -> list[dict[str, Any]]:
        conversation = self._conversation(authorization)
        return [rendered(reply) for reply in await self._host.transcript.replies_after(conversation, after)]

    async def events(
        self,
        authorization: Authorization = "",
        after: Annotated[str, Query(max_length=64)] = "",
        last_event_id: Annotated[str, Header(max_length=64)] = "",
    ) -> Response:
        conversation = self._conversation(authorization)
        start = await self._streams.start_of(conversation, last_event_id or after)
        frames = self._streams.follow(conversation, start)
        return StreamingResponse(frames, media_type="text/event-stream", headers=STREAM_HEADERS)

    def _address(self, authorization: str) -> Address:
        return Address(channel=self._channel, sender=self._visitors.visitor_of(authorization))

    def _conversation(self, authorization: str) -> str:
        return self._host.transcript.conversation_of(self._address(authorization))


def _message(body: WebMessage, address: Address) -> Message:
    """The client's id counts for its visitor alone: nobody can take another one's."""
    return Message(
        event_id=f"{address.sender}.{body.client_msg_id}",
        address=address,
        kind="text" if body.payload is None else "button",
        text=body.text.strip() or body.payload or "",
        payload=body.payload,
    )


def _static(name: str, media_type: str) -> Callable[[Request], Any]:
    """Serves one file from memory; a browser that has it already is told so."""
    content = (STATIC / name).read_bytes()
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"etag": tag, "cache-control": "no-cache"}
    if name.endswith(".html"):
        headers |= {"content-security-policy": POLICY, "cross-origin-opener-policy": "same-origin"}

    async def serve(request: Request) -> Response:
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(content, headers=headers, media_type=media_type)

    return serve
