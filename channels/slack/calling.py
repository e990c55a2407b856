"""Calls of Slack's Web API, with the token of a workspace and its one more chance."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import Unavailable, Undeliverable
from bot.ports import Meter
from channels.slack.refusals import PASSING, TOKEN_REFUSED, as_ours, code_of
from channels.slack.workspaces import Workspace, Workspaces

T = TypeVar("T")


class Caller:
    """Speaks to Slack for a channel."""

    def __init__(self, name: str, workspaces: Workspaces, meter: Meter) -> None:
        self._name = name
        self._workspaces = workspaces
        self._meter = meter

    async def call(self, workspace: Workspace, work: Callable[[AsyncWebClient], Awaitable[T]]) -> T:
        """With the workspace's token, and once more when Slack refuses it and there is a new one by now.

        Raises Undeliverable without a call while the token is known to be refused.
        """
        if workspace.broken and not self._workspaces.renewed(workspace, workspace.token):
            raise Undeliverable(f"Slack says {workspace.broken} to this workspace's token", "Set another token")
        used = workspace.token
        try:
            return await work(self._workspaces.client(workspace))
        except SlackApiError as error:
            if code_of(error) not in TOKEN_REFUSED or not self._workspaces.renewed(workspace, used):
                raise
        return await work(self._workspaces.client(workspace))

    async def put(self, url: str, content: bytes) -> int:
        """Send a file to an address that Slack has named; the HTTP status."""
        async with self._workspaces.session().post(url, data=content) as answer:
            return answer.status

    def passes(self, error: SlackApiError) -> bool:
        """Whether trying again can help."""
        return code_of(error) in PASSING or isinstance(as_ours(error), Unavailable)

    def trouble(self, kind: str) -> None:
        self._meter.trouble(self._name, kind)
