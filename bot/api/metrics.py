"""What the desk counts, for Prometheus. Names and units follow prometheus.io/docs/practices/naming.

Every app has a registry of its own. Labels are bounded: channels, decisions, reasons and integrations are what the
desk's files name, and behind the hundredth value of a label everything else is "other".
"""

from collections.abc import Callable
from time import perf_counter
from typing import Any, Final, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.model.llm import Usage

T = TypeVar("T")
MOST_VALUES: Final = 100
HTTP_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
TURN_BUCKETS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_METHODS: Final = frozenset(("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"))
_HEADERS: Final = [(b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer")]


class Metrics:
    """All instruments. Implements the Meter port; each call costs a few microseconds and never raises."""

    def __init__(self, version: str = "") -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._http = self._new(
            Histogram, "http_request_duration_seconds", "HTTP requests", ["method", "route", "status"], HTTP_BUCKETS
        )
        self._inbound = self._new(Counter, "frontdesk_inbound_events", "Messages that came in", ["channel", "result"])
        self._turns = self._new(
            Histogram, "frontdesk_turn_duration_seconds", "From a turn's first message to its commit",
            ["channel", "route"], TURN_BUCKETS,
        )  # fmt: skip
        self._handoffs = self._new(Counter, "frontdesk_handoffs", "Requests for a person", ["reason"])
        self._troubles = self._new(
            Counter, "frontdesk_channel_troubles", "What a platform refuses until somebody looks", ["channel", "kind"]
        )
        self._steps = self._new(Counter, "frontdesk_steps", "Attempts at actions", ["integration", "status"])
        self._step_seconds = self._new(
            Histogram, "frontdesk_step_duration_seconds", "How long attempts took", ["integration"], HTTP_BUCKETS
        )
        self._models = self._new(Counter, "frontdesk_llm_requests", "Calls of models", ["provider", "model", "status"])
        self._model_seconds = self._new(
            Histogram,
            "frontdesk_llm_request_duration_seconds",
            "How long such calls took",
            ["model"],
            HTTP_BUCKETS,
        )
        self._tokens = self._new(Counter, "frontdesk_llm_tokens", "Tokens of models", ["type"])
        self._cost = self._new(Counter, "frontdesk_llm_cost_usd", "What models have cost, as far as prices are known")
        self.outbox_pending = self._new(Gauge, "frontdesk_outbox_pending", "Replies that wait to be sent")
        self.outbox_oldest = self._new(Gauge, "frontdesk_outbox_oldest_seconds", "Age of the oldest of them")
        self.dead_letters = self._new(
            Gauge, "frontdesk_dead_letters", "What waits for a person to look at it", ["kind"]
        )
        self.instances_due = self._new(Gauge, "frontdesk_instances_due", "Instances that are due or being driven")
        self.database_up = self._new(Gauge, "frontdesk_database_up", "Whether the database answered this scrape")
        build = self._new(Gauge, "frontdesk_build_info", "The version that runs", ["version"])
        build.labels(version).set(1)
        self._known: dict[tuple[str, ...], Any] = {}
        self._values: dict[str, set[str]] = {}

    def _new(self, kind: Callable[..., T], name: str, what: str, labels: Any = (), buckets: Any = None) -> T:
        more = {} if buckets is None else {"buckets": buckets}
        return kind(name, what, labels, registry=self.registry, **more)

    # --- the Meter port ----------------------------------------------------------------------------------------------

    def message(self, channel: str, result: str) -> None:
        """A message came in: ``accepted``, ``duplicate``, ``refused`` or ``ignored``."""
        self._child("inbound", self._inbound, self._bounded("channel", channel), result).inc()

    def turn(self, channel: str, route: str, seconds: float) -> None:
        """A turn was committed; ``route`` is what policy decided."""
        self._child("turn", self._turns, self._bounded("channel", channel), route).observe(seconds)

    def handoff(self, reason: str) -> None:
        self._child("handoff", self._handoffs, self._bounded("reason", reason)).inc()

    def trouble(self, channel: str, kind: str) -> None:
        self._child("trouble", self._troubles, self._bounded("channel", channel), self._bounded("kind", kind)).inc()

    def effect(self, action: str, status: str, seconds: float) -> None:
        """An action was tried; its integration is the part of its name before the dot."""
        integration = self._bounded("integration", action.partition(".")[0])
        self._child("step", self._steps, integration, status).inc()
        self._child("step seconds", self._step_seconds, integration).observe(seconds)

    def model(self, model: str, status: str, usage: Usage) -> None:
        """A model was asked (``provider:model``); what came of it, and what it took."""
        provider, _, bare = model.partition(":")
        bare = self._bounded("model", bare)
        self._child("model", self._models, self._bounded("provider", provider), bare, status).inc()
        self._child("model seconds", self._model_seconds, bare).observe(usage.seconds)
        self._child("tokens", self._tokens, "input").inc(usage.input_tokens)
        self._child("tokens", self._tokens, "output").inc(usage.output_tokens)
        self._cost.inc(usage.cost_usd or 0.0)

    # --- http --------------------------------------------------------------------------------------------------------

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        method = method if method in _METHODS else "other"
        self._child("http", self._http, method, route, str(status)).observe(seconds)

    def text(self) -> bytes:
        """Everything, in Prometheus' text format."""
        return generate_latest(self.registry)

    def _child(self, name: str, metric: Any, *labels: str) -> Any:
        """The instrument for these labels; looking it up here is quicker than in the library."""
        found = self._known.get((name, *labels))
        if found is None:
            found = self._known[(name, *labels)] = metric.labels(*labels)
        return found

    def _bounded(self, label: str, value: str) -> str:
        seen = self._values.setdefault(label, set())
        if value in seen:
            return value
        if len(seen) >= MOST_VALUES:
            return "other"
        seen.add(value)
        return value


class Watch:
    """Times every request by its route's template, and adds the headers of every answer. A plain ASGI middleware."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500
        began = perf_counter()

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                own = list(message.get("headers", ()))
                said = {name.lower() for name, _ in own}
                message["headers"] = [*own, *(pair for pair in _headers(scope["path"]) if pair[0] not in said)]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            route = getattr(scope.get("route"), "path", "unmatched")
            self._metrics.request(scope["method"], route, status, perf_counter() - began)


def _headers(path: str) -> list[tuple[bytes, bytes]]:
    return [*_HEADERS, (b"cache-control", b"no-store")] if path.startswith("/api/") else _HEADERS
