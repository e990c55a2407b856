"""What passes between the one who asks (`model_llm`) and the one who knows the providers (`providers`)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from bot.llm.keys import Endpoint
from bot.model.base import Json, JsonObject
from bot.model.flow import FailureKind
from bot.model.llm import Round, Tool, ToolCall


@dataclass(frozen=True, slots=True)
class Request:
    """One request. ``schema`` None asks for plain text; ``note`` is said last, behind the rounds."""

    system: str
    prompt: str
    schema: JsonObject | None
    temperature: float
    max_tokens: int
    tools: tuple[Tool, ...] = ()
    rounds: tuple[Round, ...] = ()
    note: str = ""

    def corrected(self, words: str) -> "Request":
        """The same once more, with what was wrong with the answer before."""
        if self.rounds:
            return replace(self, note=f"{self.note}\n\n{words}".strip())
        return replace(self, prompt=f"{self.prompt}\n\n{words}")


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: text, or a value not yet checked; or calls of tools. ``unreadable``: why a value could not even
    be read."""

    content: Json
    input_tokens: int
    output_tokens: int
    cost_usd: float | None
    unreadable: str = ""
    calls: tuple[ToolCall, ...] = ()


class Trouble(Exception):
    """A request that brought no answer.

    is_endpoint: the endpoint is to blame, so it counts for its breaker (False: it answered, and declined).
    may_pass:    the same request may work a little later.
    cost_usd:    what it cost nevertheless; None where nobody can tell.
    """

    def __init__(
        self,
        kind: FailureKind,
        message: str,
        *,
        may_pass: bool = False,
        is_endpoint: bool = True,
        retry_after_seconds: float | None = None,
        cost_usd: float | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.may_pass = may_pass
        self.is_endpoint = is_endpoint
        self.retry_after_seconds = retry_after_seconds
        self.cost_usd = cost_usd


class Provider(Protocol):
    """Sends single requests."""

    async def ask(
        self, endpoint: Endpoint, request: Request, seconds: float, begun: Callable[[], None] | None = None
    ) -> Reply:
        """One request, never more. ``begun`` is called as soon as words come in, where they come in pieces.

        Raises Trouble, and TimeoutError after about so many seconds.
        """

    def most_usd(self, endpoint: Endpoint, request: Request) -> float:
        """The most that this request can cost; 0 where the model's price is not known."""

    def rehearse(self) -> None:
        """Do now what only the first request would need. Takes a while; never raises for trouble with a provider."""

    async def close(self) -> None: ...
