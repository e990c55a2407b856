"""Socket Mode: the desk connects to Slack, which then sends what it would have posted."""

import asyncio
import logging

import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.socket_mode.async_internals import send_async_response
from slack_bolt.adapter.socket_mode.internals import build_headers
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from channels.slack.desk import SlackDesk
from channels.slack.dispatch import dispatch
from channels.slack.workspaces import Workspaces

log = structlog.get_logger(__name__)
PING_SECONDS = 5


class Socket:
    """One connection; Slack spreads envelopes over the connections of all processes."""

    def __init__(self, app: AsyncApp, desk: SlackDesk, app_token: str, workspaces: Workspaces) -> None:
        self._app = app
        self._desk = desk
        self._app_token = app_token
        self._workspaces = workspaces

    async def run(self) -> None:
        """Connected, or connecting again and again while Slack is away, until cancelled."""
        logger = logging.getLogger("frontdesk.slack.socket")
        logger.setLevel(logging.CRITICAL)  # the SDK writes whole payloads into its messages
        handler = _Handler(
            self._app, self._app_token, logger, self._workspaces.plain_client(), ping_interval=PING_SECONDS
        )
        handler.desk = self._desk
        try:
            await handler.client.connect()  # type: ignore[no-untyped-call]  # the SDK does not say
            await asyncio.Event().wait()
        finally:
            await handler.client.close()  # type: ignore[no-untyped-call]


class _Handler(AsyncSocketModeHandler):
    """Answers an envelope through the same way as HTTP; one that could not be stored is not acknowledged."""

    desk: SlackDesk

    async def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]
        answer = await dispatch(self.app, self.desk, dict(req.payload), dict(build_headers(req) or {}))
        await send_async_response(client, req, answer, 0.0)
