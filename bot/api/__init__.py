"""The HTTP side: the API under ``/api/v1``, health and metrics, and the borders that every request passes."""

from fastapi import FastAPI

from bot.api import conversations, flows, handoffs, health, instances, me, reviews
from bot.api.auth import require_permissions
from bot.api.body import BodyGuard
from bot.api.describing import openapi_of
from bot.api.house import House
from bot.api.metrics import Watch
from bot.api.problems import CatchAll, add_handlers

POSTED_FLOWS_BYTES = 1_048_576
"""Files to be checked may be larger than a message."""


def add_api(app: FastAPI, house: House) -> None:
    """Put everything into an app. Channels that are to answer quickly are included before.

    Raises LookupError when a route of the API does not say what it needs.
    """
    app.state.house = house
    for module in (me, conversations, handoffs, reviews, flows, instances):
        require_permissions(module.router.routes)
        app.include_router(module.router)
    app.include_router(health.router)
    add_handlers(app)
    _describe(app)
    limits = {path: limit for one in house.channels.values() for path, limit in one.body_limits.items()}
    # The last one added is the first that a request comes to.
    app.add_middleware(
        BodyGuard,
        limit=house.settings.max_body_bytes,
        by_path={"/api/v1/flows/check": POSTED_FLOWS_BYTES, **limits},
    )
    app.add_middleware(CatchAll)
    app.add_middleware(Watch, metrics=house.metrics)


def _describe(app: FastAPI) -> None:
    original = app.openapi
    app.openapi = lambda: openapi_of(app, original)  # type: ignore[method-assign]  # FastAPI's documented way
