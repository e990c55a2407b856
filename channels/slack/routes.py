"""``POST /slack/events``: events, interactions and commands, checked on their raw bytes before anything reads them."""

import json
from typing import Any, Final
from urllib.parse import parse_qs

import structlog
from fastapi import APIRouter, Request, Response
from slack_bolt.async_app import AsyncApp

from bot.ports import Clock
from channels.slack.desk import SlackDesk
from channels.slack.dispatch import dispatch
from channels.slack.signature import Verifier

log = structlog.get_logger(__name__)
FORM: Final = "application/x-www-form-urlencoded"
PATH: Final = "/slack/events"


class Unreadable(Exception):
    """The body is nothing that Slack sends."""


def routes(app: AsyncApp, desk: SlackDesk, verifier: Verifier, clock: Clock) -> APIRouter:
    router = APIRouter(tags=["slack"])

    @router.get(PATH, summary="Slack looks whether this is served over TLS", include_in_schema=False)
    async def there() -> Response:
        return Response(status_code=200)

    @router.post(PATH, summary="Everything that Slack sends", include_in_schema=False)
    async def events(request: Request) -> Response:
        raw = await request.body()
        is_form = request.headers.get("content-type", "").startswith(FORM)
        if is_form and b"ssl_check=1" in raw.split(b"&"):
            return Response(status_code=200)
        timestamp = request.headers.get("x-slack-request-timestamp", "")
        signature = request.headers.get("x-slack-signature", "")
        if not verifier.holds(raw, timestamp, signature, clock.now()):
            return Response(status_code=401)
        try:
            body = read(raw, is_form)
        except Unreadable:
            return Response(status_code=400)
        return await _answered(app, desk, body, dict(request.headers))

    return router


async def _answered(app: AsyncApp, desk: SlackDesk, body: dict[str, Any], headers: dict[str, str]) -> Response:
    answer = await dispatch(app, desk, body, dict(headers))
    kinds = answer.headers.get("content-type") or ["text/plain; charset=utf-8"]
    return Response(answer.body or "", answer.status, media_type=kinds[0])


def read(raw: bytes, is_form: bool) -> dict[str, Any]:
    """The payload: a JSON body, the ``payload`` field of a form, or (of a command) the fields themselves.

    Raises Unreadable for anything else.
    """
    try:
        text = raw.decode()
        if not is_form:
            return _object(text)
        fields = {name: values[-1] for name, values in parse_qs(text, True, max_num_fields=100).items()}
        return _object(fields["payload"]) if "payload" in fields else dict(fields)
    except (ValueError, RecursionError) as error:
        raise Unreadable from error


def _object(text: str) -> dict[str, Any]:
    found = json.loads(text)
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found
