"""What actions are, and what they are handed."""

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from bot.errors import ActionFailed
from bot.model.action import ActionCall, ActionResult, ActionSpec, Failure
from bot.model.article import ArticleQuery, Search
from bot.model.base import Json, JsonObject, Word
from bot.ports.clock import Clock


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
