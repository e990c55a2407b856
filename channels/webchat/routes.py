"""The routes of the web chat; the contract stands in the package's docstring."""

from datetime import timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, HTTPException, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from bot.errors import Conflict
from bot.model.form import FormSent
from bot.model.message import FileRef, Message
from bot.ports import ChannelHost
from channels.webchat.bodies import Arrival, KeptFile, News, NewVisitor, Receipt, Taken, WebMessage
from channels.webchat.files import ACCEPTED, FileStore
from channels.webchat.identity import Identities, refused
from channels.webchat.limits import AddressLimits
from channels.webchat.origins import Origins, preflight, route_class, site_of
from channels.webchat.pages import pages
from channels.webchat.stream import Streams, rendered
from channels.webchat.visitors import Visitor, Visitors
from channels.zones import in_zone

PREFIX: Final = "/webchat"
MOST_WAIT_SECONDS: Final = 25.0
NEW_VISITOR_DROPS: Final = 4.0
"""A new visitor counts as so many messages of their network address: with it one gets another visitor's allowance."""
FILE_DROPS: Final = 10.0
"""A file, and again each megabyte of it."""
LOOK_DROPS: Final = 0.2


def routes(host: ChannelHost, channel: str, files: FileStore) -> APIRouter:
    """The pages, and what they talk to."""
    origins = Origins(host.settings.webchat_origins)
    desk = _Desk(host, channel, files)
    router = APIRouter(tags=["web chat"], route_class=route_class(origins))
    add = router.add_api_route
    add(f"{PREFIX}/visitors", desk.new_visitor, methods=["POST"], status_code=201, summary="Become a visitor")
    add(f"{PREFIX}/messages", desk.message, methods=["POST"], summary="Say something")
    add(f"{PREFIX}/files", desk.file, methods=["POST"], status_code=201, summary="Send a file, for a message")
    add(f"{PREFIX}/read", desk.read, methods=["POST"], status_code=204, summary="Say what has been seen")
    add(f"{PREFIX}/replies", desk.replies, summary="What was said to the visitor")
    add(f"{PREFIX}/poll", desk.poll, summary="The same, waiting for more where nothing is new")
    add(
        f"{PREFIX}/events",
        desk.events,
        summary="The same, as a stream of server-sent events",
        response_class=StreamingResponse,
    )
    for path in ("visitors", "messages", "files", "read", "replies", "poll", "events"):
        add(f"{PREFIX}/{path}", preflight, methods=["OPTIONS"], include_in_schema=False)
    # Links to files are followed by browsers and by agents: no page reads them.
    open_to_all = APIRouter(tags=["web chat"])
    open_to_all.add_api_route(
        f"{PREFIX}/files/{{signed}}", desk.download, summary="A file that somebody sent", response_class=Response
    )
    whole = APIRouter()
    for one in (router, open_to_all, pages(origins.framing)):
        whole.include_router(one)
    return whole


Authorization = Annotated[str, Header(max_length=2_500)]
Number = Annotated[int, Query(ge=0, lt=2**62, description="The number behind which to go on.")]


class _Desk:
    """The web chat's side of the desk."""

    def __init__(self, host: ChannelHost, channel: str, files: FileStore) -> None:
        settings = host.settings
        self._host = host
        self._channel = channel
        self._visitors = Visitors(host.secret, timedelta(days=settings.webchat_known_days))
        self._identities = Identities(
            [one.strip() for one in settings.webchat_identity_secret.get_secret_value().split(",")]
        )
        self._identity_required = settings.webchat_identity_required
        self._streams = Streams(host.transcript)
        self._limits = AddressLimits(settings.webchat_per_minute)
        self._max_file_bytes = settings.webchat_file_bytes
        self._files = files

    async def new_visitor(
        self, request: Request, body: Arrival | None = None, authorization: Authorization = ""
    ) -> NewVisitor:
        """A token for somebody new, a fresh one for whom the given token names, or one for whom a site vouches."""
        self._limits.take(_caller(request), NEW_VISITOR_DROPS)
        site = site_of(request)
        known = self._visitors.visitor_of(authorization, site) if authorization else None
        visitor = self._arriving(known, site, body.identity if body else None)
        token, life = self._visitors.token_of(visitor)
        return NewVisitor(
            token=token,
            expires_in=int(life.total_seconds()),
            name=visitor.contact.get("name"),
            max_file_bytes=self._max_file_bytes,
            file_endings=sorted(ACCEPTED.values()),
        )

    def _arriving(self, known: Visitor | None, site: str, identity: str | None) -> Visitor:
        if identity is None:
            if self._identity_required or (known is not None and known.contact):
                raise refused("this chat wants one. The site's server makes it")
            return known or self._visitors.new(site)
        contact = self._identities.contact_of(identity, site, self._host.clock.now())
        if known is not None and known.contact.get("id") not in (None, contact["id"]):
            raise Conflict("this visitor is somebody else", "Leave the old token out")
        return self._visitors.new(site, contact)

    async def message(self, request: Request, body: WebMessage, authorization: Authorization = "") -> Taken:
        visitor = self._visitor(request, authorization)
        self._limits.take(_caller(request))
        files = tuple(self._files.sent_by(visitor.name, url) for url in body.files)
        accepted = await self._host.intake.accept(_message(body, visitor, self._channel, files))
        return Taken(seq=accepted.number, duplicate=accepted.duplicate)

    async def file(
        self,
        request: Request,
        authorization: Authorization = "",
        name: Annotated[str, Query(max_length=400)] = "",
    ) -> KeptFile:
        """The body is the file's content, whatever its Content-Type says."""
        visitor = self._visitor(request, authorization)
        content = await request.body()
        self._limits.take(_caller(request), FILE_DROPS * (1 + len(content) / 1e6))
        if not self._max_file_bytes:
            raise HTTPException(403, "this chat takes no files")
        kept = await self._files.keep(content, name, visitor.name)
        assert kept.url is not None
        return KeptFile(url=kept.url, name=kept.name, media_type=kept.media_type or "", size=kept.size or 0)

    async def download(self, signed: Annotated[str, Path(max_length=2_000)]) -> Response:
        return self._files.handed_out(signed)

    async def read(self, request: Request, body: Receipt, authorization: Authorization = "") -> None:
        """Noted in the conversation, for colleagues who wonder whether they were read."""
        visitor = self._visitor(request, authorization)
        self._limits.take(_caller(request))
        conversation = self._conversation(visitor)
        found = await self._host.transcript.replies_after(conversation, body.number - 1, 1)
        if not found or found[0].number != body.number:
            raise HTTPException(404, "there is no such reply")
        await self._host.intake.accept(
            Message(
                event_id=f"read/{body.number}.{visitor.name}",
                address=visitor.address(self._channel),
                kind="read",
                refers_to=str(body.number),
            )
        )

    async def replies(
        self, request: Request, authorization: Authorization = "", after: Number = 0
    ) -> list[dict[str, Any]]:
        conversation = self._looking(request, authorization)
        return [rendered(reply) for reply in await self._host.transcript.replies_after(conversation, after)]

    async def poll(
        self,
        request: Request,
        authorization: Authorization = "",
        after: Number = 0,
        wait: Annotated[float, Query(ge=0, le=MOST_WAIT_SECONDS, description="Seconds.")] = 0.0,
    ) -> News:
        conversation = self._looking(request, authorization)
        return News.model_validate(await self._streams.poll(conversation, after, wait))

    async def events(
        self,
        request: Request,
        authorization: Authorization = "",
        after: Annotated[str, Query(max_length=64)] = "",
        last_event_id: Annotated[str, Header(max_length=64)] = "",
    ) -> Response:
        conversation = self._looking(request, authorization)
        start = await self._streams.start_of(conversation, last_event_id or after)
        return self._streams.follow(conversation, start)

    def _looking(self, request: Request, authorization: str) -> str:
        """The conversation of who only reads."""
        visitor = self._visitor(request, authorization)
        self._limits.take(_caller(request), LOOK_DROPS)
        return self._conversation(visitor)

    def _visitor(self, request: Request, authorization: str) -> Visitor:
        return self._visitors.visitor_of(authorization, site_of(request))

    def _conversation(self, visitor: Visitor) -> str:
        return self._host.transcript.conversation_of(visitor.address(self._channel))


def _caller(request: Request) -> str:
    return request.client.host if request.client else ""


def _message(body: WebMessage, visitor: Visitor, channel: str, files: tuple[FileRef, ...]) -> Message:
    """The client's id counts for its visitor alone: nobody can take another one's."""
    return Message(
        event_id=f"{body.client_msg_id}.{visitor.name}",
        address=visitor.address(channel),
        kind="form" if body.form is not None else "text" if body.payload is None else "button",
        form=None if body.form is None else FormSent(id=body.form.id, fields=body.form.fields),
        text=body.text.strip() or body.payload or "",
        payload=body.payload,
        files=files,
        contact=in_zone(body.timezone) | visitor.contact,
    )
