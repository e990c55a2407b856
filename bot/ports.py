"""The Protocols between floors: what the services need, and what neighbours (channels, actions) are handed."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol, runtime_checkable

from bot.errors import ActionFailed
from bot.model.action import ActionCall, ActionResult, ActionSpec, Failure
from bot.model.article import ArticleQuery, Search
from bot.model.base import Json, JsonObject, Word
from bot.model.form import Form, FormLimits
from bot.model.handoff import Handoff, Owner
from bot.model.llm import Answered, Question, Usage
from bot.model.message import Address, Message, Reply
from bot.model.parse import Parse
from bot.settings import Settings


class Clock(Protocol):
    """Tells the time. Everything that waits or stamps asks it, so that tests can hold it."""

    def now(self) -> datetime:
        """Aware, UTC."""


class Classifier(Protocol):
    """Understands one message."""

    @property
    def thresholds(self) -> Mapping[str, float]:
        """Intent -> the confidence from which its flow is begun by itself. An intent without one has a usual one."""

    async def prepare(self, text: str, language: str | None = None) -> None:
        """Called before ``parse`` on the event loop: whatever of it takes long, done elsewhere. May do nothing."""

    def parse(self, text: str, language: str | None = None) -> Parse:
        """Never raises for any text; an empty or foreign text gives a Parse without intent.

        language: what was spoken so far; it stays where the text does not tell.
        """


class ActionRunner(Protocol):
    """Runs actions, wherever they live."""

    def catalogue(self) -> Mapping[str, ActionSpec]:
        """Every action that can be called, by name."""

    def knows_all(self) -> bool:
        """False while an action server has not told its list: then a name that is not in the catalogue may be its
        own."""

    async def run(self, call: ActionCall) -> ActionResult:
        """Try once, within the deadline. Raises ActionFailed with its kind; never anything else."""


class Egress(Protocol):
    """The one way out to other hosts."""

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
        json: Json = None,
        body: str | bytes | None = None,
        timeout_seconds: float = 10.0,
        key: str | None = None,
    ) -> "HttpAnswer":
        """One request. ``key`` is sent as the Idempotency-Key header.

        Raises ActionFailed: ``timeout``, ``unavailable`` (cannot connect, 5xx is *not* raised but returned),
        ``rejected`` (the address, scheme, port or redirect is not allowed, or the answer is too large).
        """


class HttpAnswer(Word):
    """status, lower-cased headers, and the body as JSON where it is that, else as text."""

    status: int
    headers: dict[str, str]
    json_: Json = None
    text: str | None = None


class Fetched(Word):
    """A file as it was fetched: its content, what its host calls it, and its media type ("" where nobody says)."""

    content: bytes
    name: str
    media_type: str = ""


class Fetch(Protocol):
    """Fetches files that a reply names, for channels that upload them."""

    async def fetch(self, url: str, most_bytes: int, timeout_seconds: float = 15.0) -> Fetched:
        """The file behind an address, by the same guarded way out as actions use. Raises ActionFailed: ``rejected``
        (the address is not allowed, or there is more than ``most_bytes``), ``not_found``, ``timeout``,
        ``unavailable``."""


class NoFetch:
    """A Fetch that reaches nothing."""

    async def fetch(self, url: str, most_bytes: int, timeout_seconds: float = 15.0) -> Fetched:
        raise ActionFailed(Failure(kind="rejected", message="files are not fetched here"))


class ActionDatabase(Protocol):
    """Tables of an action's own, beside the desk's: plain SQL with named parameters, one transaction a call."""

    async def read(self, sql: str, **values: Json) -> list[JsonObject]: ...

    async def write(self, sql: str, **values: Json) -> list[JsonObject]:
        """Runs one statement and returns its RETURNING rows, if any."""


class Articles(Protocol):
    """The desk's articles."""

    async def search(self, query: ArticleQuery) -> Search:
        """The passages that answer best. Raises ActionFailed (``unavailable``) where there are no articles."""


class NoArticles:
    """A desk that has none."""

    async def search(self, query: ArticleQuery) -> Search:
        raise ActionFailed(Failure(kind="unavailable", message="this desk has no articles"))


class ActionHost(Protocol):
    """What actions are handed when they are loaded."""

    egress: Egress
    database: ActionDatabase
    clock: Clock
    articles: Articles


@runtime_checkable
class DeclaredAction(Protocol):
    """What an action offers beyond rasa_sdk's own interface when it is written for the desk."""

    def declares(self) -> ActionSpec:
        """What it takes, gives and does. Asked once, when it is loaded."""

    def attach(self, host: ActionHost) -> None:
        """Called once, before the first call, when it runs in the desk's process."""


class Meter(Protocol):
    """Counts what happens, for whoever watches the desk. Called in the middle of work: it is quick and never raises."""

    def turn(self, channel: str, route: str, seconds: float) -> None:
        """A turn was committed; ``route`` is what policy decided."""

    def handoff(self, reason: str) -> None:
        """A person was asked for."""

    def model(self, model: str, status: str, usage: Usage) -> None:
        """A model was asked (``provider:model``): ``done``, or the kind of the failure."""

    def trouble(self, channel: str, kind: str) -> None:
        """A platform refuses us in a way that somebody has to look at; ``kind`` is a short name in its words."""


class Purse(Protocol):
    """What models may cost in a day (UTC)."""

    async def set_aside(self, usd: float, now: datetime) -> bool:
        """Take the most that a request can cost; False where that would pass the limit, and then nothing is taken.

        Raises NotReady when the database is away.
        """

    async def settle(self, set_aside_usd: float, cost_usd: float, now: datetime) -> None:
        """The request has cost this much of what was set aside at ``now``."""


class NoMeter:
    """A Meter that counts nothing."""

    def turn(self, channel: str, route: str, seconds: float) -> None: ...

    def handoff(self, reason: str) -> None: ...

    def model(self, model: str, status: str, usage: Usage) -> None: ...

    def trouble(self, channel: str, kind: str) -> None: ...


class Llm(Protocol):
    """Answers questions by a model, wherever it lives."""

    def rehearse(self) -> None:
        """Do what the first question would need for long. Called once, in a thread, before any question."""

    def is_connected(self, model: str, connections: Sequence[str] = ()) -> bool:
        """Whether there is a key for this model (``quick``, ``strong`` or ``provider:model``). Quick, no request."""

    async def answer(self, question: Question) -> Answered:
        """The answer, checked against the question's schema, within its time.

        Raises ActionFailed: ``timeout``, ``rate_limit``, ``unavailable`` (also while the circuit is open),
        ``rejected`` (no key, the key or the request refused, or the model declined) or ``invalid`` (it did not fit,
        after one repair); never anything else.
        """

    async def close(self) -> None: ...


class NoLlm:
    """An Llm that nobody has connected."""

    def rehearse(self) -> None: ...

    def is_connected(self, model: str, connections: Sequence[str] = ()) -> bool:
        return False

    async def answer(self, question: Question) -> Answered:
        raise ActionFailed(Failure(kind="unavailable", message="no model is connected"))

    async def close(self) -> None: ...


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
    def fetch(self) -> Fetch: ...

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
    """

    channel: Channel
    router: Any = None
    jobs: tuple[Callable[[], Coroutine[Any, Any, None]], ...] = ()
    close: Callable[[], Awaitable[None]] | None = None
    body_limits: Mapping[str, int] = field(default_factory=dict)


class ChannelModule(Protocol):
    """A module of `channels/`, or of an entry point of the group ``frontdesk.channels``."""

    NAME: str
    CAPABILITIES: Capabilities

    def open_channel(self, host: ChannelHost) -> OpenChannel | None:
        """None when it is not set up: then the channel is off."""

    def preview(self, reply: Reply) -> Sequence[str]:
        """The messages that a contact sees of a reply, in order, as plain text; buttons in [brackets]. Needs no
        platform, and loads no SDK."""
