"""The bolt app: one way for everything that Slack sends, whether over HTTP or Socket Mode.

A listener ends before the answer goes out (``process_before_response``), so that an acknowledgement means stored.
The signature is checked before (`channels.slack.routes`): bolt decodes a body before it verifies it.
"""

import logging
import re
import traceback
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import structlog
from pydantic import ValidationError
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.errors import FrontdeskError, NotReady, TooMany
from channels.slack.desk import Answer, SlackDesk
from channels.slack.incoming import Payload, list_in, text_in
from channels.slack.workspaces import ANY, Workspaces

log = structlog.get_logger(__name__)
EVERYTHING: Final = re.compile("")
Headers = dict[str, str | Sequence[str]]
Handler = Callable[[Payload], Awaitable[Answer]]


def bolt_app(desk: SlackDesk, workspaces: Workspaces) -> AsyncApp:
    """Everything that bolt can tell apart goes to one method of the desk."""

    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        # The desk itself asks which workspace it is: no call to Slack stands before an acknowledgement.
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id or ANY, bot_token="unused")  # noqa: S106

    app = AsyncApp(
        name="frontdesk",
        logger=_logger(),
        client=workspaces.plain_client(),
        authorize=authorize,
        process_before_response=True,
        request_verification_enabled=False,
        ignoring_self_events_enabled=False,
    )
    app.event(EVERYTHING)(_listener(desk.event))
    app.action(EVERYTHING)(_listener(desk.action))
    app.command(EVERYTHING)(_listener(desk.command))
    app.shortcut(EVERYTHING)(_listener(desk.shortcut))
    app.view(EVERYTHING)(_listener(desk.view))
    app.error(_refusal)
    return app


def _logger() -> logging.Logger:
    """bolt writes whole payloads into its warnings: they hold what people wrote."""
    logger = logging.getLogger("frontdesk.slack")
    logger.setLevel(logging.CRITICAL)
    return logger


def _listener(handler: Handler) -> Callable[..., Awaitable[None]]:
    async def listen(body: dict[str, Any], ack: AsyncAck) -> None:
        answer = await handler(body)
        if isinstance(answer, dict) and "response_action" in answer:
            await ack(**answer)
        elif answer is None:
            await ack()
        else:
            await ack(answer)

    return listen


async def _refusal(error: Exception) -> BoltResponse:
    """Nothing was stored: Slack is to send it again."""
    if isinstance(error, TooMany):
        return BoltResponse(status=429, body="")
    if isinstance(error, NotReady):
        return BoltResponse(status=503, body="")
    if isinstance(error, FrontdeskError | ValidationError):
        # It never will be: sent again it would fail again.
        log.error("something from Slack cannot be kept", problem=type(error).__name__)
        return BoltResponse(status=200, body="")
    # Without the payload, which holds what people wrote.
    log.error("something from Slack was not handled", problem=f"{type(error).__name__}", at=_where(error))
    return BoltResponse(status=500, body="")


def _where(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""


def is_readable(body: Payload) -> bool:
    """Whether it has the shape that bolt relies on."""
    kind = body.get("type", "")
    if not isinstance(kind, str) or not isinstance(body.get("command", ""), str):
        return False
    if kind == "event_callback":
        return bool(text_in(body, "event", "type"))
    if kind == "block_actions":
        actions = list_in(body, "actions")
        return bool(actions) and all(text_in(one, "action_id") for one in actions)
    if kind in ("view_submission", "view_closed"):
        return bool(text_in(body, "view", "callback_id") and text_in(body, "view", "type"))
    return kind not in ("shortcut", "message_action") or bool(text_in(body, "callback_id"))


async def dispatch(app: AsyncApp, desk: SlackDesk, body: dict[str, Any], headers: Headers) -> BoltResponse:
    """What goes back. Authentic but of no interest to the desk is answered with 200: anything else counts as a
    failure of ours, and Slack turns events off when there are too many."""
    if not is_readable(body):
        return BoltResponse(status=400, body="")
    if text_in(body, "type") == "app_rate_limited":
        desk.rate_limited(body)
        return BoltResponse(status=200, body="")
    try:
        # The payload has been read, over HTTP too, so that bolt need not.
        request = AsyncBoltRequest(mode="socket_mode", body=body, headers=headers)
    except (TypeError, AttributeError, KeyError, ValueError):
        return BoltResponse(status=400, body="")
    response = await app.async_dispatch(request)
    return BoltResponse(status=200, body="") if response.status == 404 else response
