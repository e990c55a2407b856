"""What understands messages and answers questions: the embedded classifier and models."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bot.errors import ActionFailed
from bot.model.action import Failure
from bot.model.llm import Answered, Question, Usage
from bot.model.parse import Parse


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
