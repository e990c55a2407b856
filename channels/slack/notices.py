"""Notices that only the one who acted sees, in the desk's words and that contact's language."""

from typing import Any

from bot.ports import ChannelHost
from channels.slack.background import Background
from channels.slack.blocks import Block, section
from channels.slack.incoming import Place
from channels.slack.sending import SlackChannel
from channels.slack.text import escape
from channels.slack.workspaces import Workspaces


class Notices:
    """Says them. If one does not get through, nothing is lost."""

    def __init__(
        self, host: ChannelHost, channel: SlackChannel, workspaces: Workspaces, background: Background
    ) -> None:
        self._host = host
        self._channel = channel
        self._workspaces = workspaces
        self._background = background

    async def words(self, place: Place, name: str) -> str:
        conversation = self._host.transcript.conversation_of(place.address(self._channel.name))
        return await self._host.notices.words(conversation, name)

    def tell(self, place: Place, name: str) -> None:
        """Nobody waits for it."""
        self._background.begin(lambda: self.say(place, name))

    async def say(self, place: Place, name: str, below: Block | None = None) -> None:
        """below: a block with buttons."""
        text = escape(await self.words(place, name))
        body: dict[str, Any] = {"channel": place.channel, "user": place.user, "text": text}
        if place.thread_ts:
            body["thread_ts"] = place.thread_ts
        if below is not None:
            body["blocks"] = [section(text), below]
        workspace = self._workspaces.of(place.team)
        await self._channel.call(workspace, lambda client: client.chat_postEphemeral(**body))
