"""What channels are, and what they are handed."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol, runtime_checkable

from bot.model.base import JsonObject, Word
from bot.model.form import Form, FormLimits
from bot.model.handoff import Handoff, Owner
from bot.model.message import Address, Message, Reply
from bot.ports.actions import ActionDatabase, Fetch
from bot.ports.clock import Clock
from bot.ports.understanding import Meter
from bot.settings import Settings

Delivery = Literal["response", "stream", "push"]


class Capabilities(Word):
    """What a channel can do.

    delivery: ``response``: replies travel back in the answer to the request that brought the message;
              ``stream``: readers follow the stored replies; ``push``: the outbox sends them.
    burst_pause_seconds: how long to wait for another message of the same turn.
    own_callers: requests come from the company's own servers, which limit their users themselves; only a conversation's
              backlog is bounded.
    forms: what a form has room for there; None: what a flow collects together is asked for one by one.
    """

    delivery: Delivery = "push"
    buttons: int = 0
    max_text: int = 4_000
    burst_pause_seconds: float = 0.0
    edits: bool = False
    files: bool = False
    own_callers: bool = False
    forms: FormLimits | None = None


class Sent(Word):
    """The platform's own id of what was delivered, where it gives one."""

    id: str | None = None


class Accepted(Word):
    """What intake says of a message: stored, under this number (rising), in this conversation; or known already."""

    conversation_id: str
    event_id: str
    duplicate: bool
    number: int = 0


class Intake(Protocol):
    """The way in, for channels."""

    async def accept(self, message: Message) -> Accepted:
        """Store it, then return. Raises BadInput, TooMany or NotReady, and then nothing was stored."""

    async def replies_to(self, accepted: Accepted, timeout_seconds: float) -> list[Reply]:
        """The replies of the turn that this message became part of, as soon as it has ended.

        Raises NotReady when it has not ended in time (it still will).
        """

    def ignored(self, channel: str) -> None:
        """Something genuine came in that is no message to the desk: counted, not stored."""


class StreamedReply(Word):
    """A stored reply with its number in the conversation (rising, not dense)."""

    number: int
    reply: Reply
    at: datetime


class Standing(Word):
    """Who has the floor in a conversation. place: its place in the queue, from 1, while it waits for a person."""

    owner: Owner = "bot"
    place: int | None = None


class Transcript(Protocol):
    """Read access to what was said, for channels that stream."""

    def conversation_of(self, address: Address) -> str:
        """The id of the conversation at an address, whether it has begun or not."""

    async def has_begun(self, conversation_id: str) -> bool:
        """Whether anything has been said in this conversation."""

    async def replies_after(self, conversation_id: str, number: int, most: int = 500) -> list[StreamedReply]:
        """In order, those behind this number, at most so many."""

    async def look(self, conversation_id: str, number: int, most: int = 500) -> tuple[list[StreamedReply], Standing]:
        """The same, and who has the floor at the moment; the bot has it in a conversation that has not begun."""

    async def said_since(self, conversation_id: str, at: datetime) -> bool:
        """Whether anything has been said to the contact since then, by whatever process, sent or not yet."""

    async def wait_for_more(self, conversation_id: str, timeout_seconds: float) -> bool:
        """True as soon as there may be something new, False after the time. Raises NotReady when the desk shuts
        down."""


class Forms(Protocol):
    """The forms that conversations wait for, for channels that have any."""

    async def open_form(self, conversation_id: str) -> Form | None:
        """The one that is the open question in this conversation, as it is now."""

    async def problems(self, conversation_id: str, form: str, fields: Mapping[str, str]) -> Mapping[str, str]:
        """What is wrong with a form that was filled in, in the contact's language, by slot, where a channel can say it
        beside the fields at once. Empty where nothing is, and where the desk is to answer: the form is not the open
        question, or has been tried often enough. Nothing is stored by this: send it as a message all the same.
        """


class NoForms:
    """A desk whose conversations never wait for a form."""

    async def open_form(self, conversation_id: str) -> Form | None:
        return None

    async def problems(self, conversation_id: str, form: str, fields: Mapping[str, str]) -> Mapping[str, str]:
        return {}


class Notices(Protocol):
    """What channels say by themselves: that a button is spent, that a form is closed."""

    async def words(self, conversation_id: str, name: str) -> str:
        """The desk's response of this name, in the language of this conversation's contact. It has no variables.
        Raises KeyError for an unknown name."""

    def for_colleagues(self, name: str) -> str:
        """The same in the desk's own language, the first of its settings. Raises KeyError for an unknown name."""


class Channel(Protocol):
    """A place where people talk to the desk. An adapter translates and delivers, nothing else."""

    name: str
    capabilities: Capabilities

    async def send(self, address: Address, reply: Reply, key: str) -> Sent:
        """Deliver one reply (``push`` channels). ``key`` is the same for every attempt.

        Raises Undeliverable when trying again cannot help, Unreachable when no reply can reach this contact any more,
        Unavailable when trying again can help, NotYet when the platform's pace asks to wait first.
        """


class NoNotices:
    """Says nothing but the name."""

    async def words(self, conversation_id: str, name: str) -> str:
        return name

    def for_colleagues(self, name: str) -> str:
        return name


class Fact(Word):
    """An appended fact of a conversation, with its number (rising)."""

    number: int
    type: str
    data: JsonObject
    at: datetime


class Inbox(Protocol):
    """What people do with conversations, for channels that agents work in. ``by`` names the person who acts.

    Raises Conflict when somebody else has the conversation or it has moved on, NotFound for an unknown id.
    """

    async def open_handoffs(self) -> list[Handoff]:
        """Those that wait or are claimed, the most urgent first."""

    async def handoff(self, handoff_id: str) -> Handoff: ...

    async def facts_after(self, conversation: str, number: int) -> list[Fact]:
        """What was noted in a conversation behind that number, at most 500."""

    async def claim(self, handoff_id: str, by: str) -> Handoff: ...

    async def reply(self, conversation: str, by: str, reply: Reply, key: str | None = None) -> None:
        """Say something to the contact. ``key``: the same reply comes with the same key, and is said once."""

    async def note(self, conversation: str, by: str, text: str) -> None: ...

    async def resolve(self, handoff_id: str, by: str) -> Handoff: ...

    async def hand_back(self, handoff_id: str, by: str) -> Handoff: ...


@runtime_checkable
class Reconciling(Protocol):
    """A channel whose platform can be asked what has arrived."""

    async def reconcile(self, address: Address, reply: Reply, key: str) -> Sent | None:
        """Called before another attempt at what may have been sent already: after a crash in the middle, or when an
        answer was lost. Sent when all of the reply is there, None when it (or the rest of it) is still to be sent.

        Raises what ``send`` raises.
        """


class ChannelHost(Protocol):
    """What an adapter is handed when it is opened. ``secret`` signs what is handed to visitors."""

    @property
    def intake(self) -> Intake: ...

    @property
    def transcript(self) -> Transcript: ...

    @property
    def database(self) -> ActionDatabase:
        """Tables of the channel's own, beside the desk's."""

    @property
    def settings(self) -> Settings: ...

    @property
    def secret(self) -> str: ...

    @property
    def inbox(self) -> Inbox | None:
        """For channels in which agents work; None where nobody does (an adapter under examination)."""

    @property
    def fetch(self) -> Fetch:
        """Of the web, and of the links that the channels themselves have made for files (`OpenChannel.files`)."""

    @property
    def forms(self) -> Forms: ...

    @property
    def notices(self) -> Notices: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def meter(self) -> Meter: ...


@dataclass(frozen=True, slots=True)
class OpenChannel:
    """A channel, the routes that it serves (a fastapi.APIRouter), if any, and what runs beside them.

    jobs:  run while the desk is open; one that fails is begun again.
    close: awaited when the desk closes, after the jobs have ended.
    body_limits: bytes of a request's body, by path, where that is not what the desk's settings say.
    files: what fetches the files behind links of the channel's own, by how these begin (``/telegram/files/``).
    """

    channel: Channel
    router: Any = None
    jobs: tuple[Callable[[], Coroutine[Any, Any, None]], ...] = ()
    close: Callable[[], Awaitable[None]] | None = None
    body_limits: Mapping[str, int] = field(default_factory=dict)
    files: Mapping[str, Fetch] = field(default_factory=dict)


class ChannelModule(Protocol):
    """A module of `channels/`, or of an entry point of the group ``frontdesk.channels``."""

    NAME: str
    CAPABILITIES: Capabilities

    def open_channel(self, host: ChannelHost) -> OpenChannel | None:
        """None when it is not set up: then the channel is off."""

    def preview(self, reply: Reply) -> Sequence[str]:
        """The messages that a contact sees of a reply, in order, as plain text; buttons in [brackets]. Needs no
        platform, and loads no SDK."""
