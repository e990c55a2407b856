"""Replies on their way into Slack: paced, in order, each part once, and honest about what went wrong."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import Unavailable, Undeliverable
from bot.model.message import Address, Reply
from bot.ports import Capabilities, ChannelHost, Sent
from channels.at_work import AtWork
from channels.signed_files import shown_link
from channels.slack.calling import Caller
from channels.slack.incoming import message_id, object_in, text_in
from channels.slack.pace import Pace
from channels.slack.refusals import BLOCKS_REFUSED, FAILURES, TOKEN_REFUSED, as_ours, code_of, wait_of
from channels.slack.render import Post, plainly, posts_of, uploads_of
from channels.slack.text import escape
from channels.slack.uploads import Uploads
from channels.slack.workspaces import Workspace, Workspaces

log = structlog.get_logger(__name__)
T = TypeVar("T")
EVENT_TYPE: Final = "frontdesk_reply"
"""The type of the metadata by which a message of ours is found again."""
LOOK_BACK_SECONDS: Final = 3_600
MOST_LOOKED_AT: Final = 200
REMEMBERED: Final = 1_000
NAME_SECONDS: Final = 0.5
"""An acknowledgement may wait for a name."""
AT_WORK: Final = "is typing..."
"""Behind the app's name. Slack shows it in its own frame, so it is not in the contact's language."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where in Slack. ``channel`` is a person's id for direct messages: Slack finds the channel."""

    team: str
    channel: str
    thread: str | None = None


def target_of(address: Address) -> Target:
    channel, _, thread = address.thread.partition(":")
    return Target(address.account, channel or address.sender, thread or None)


@dataclass(slots=True)
class _Progress:
    """How much of a reply has arrived: the id of each message so far; ``plain``: Slack refused its blocks."""

    sent: list[str]
    plain: bool = False


class SlackChannel:
    """Implements `bot.ports.Channel` and `bot.ports.Reconciling`."""

    def __init__(
        self, name: str, capabilities: Capabilities, host: ChannelHost, workspaces: Workspaces, at_work: AtWork
    ) -> None:
        self._at_work = at_work
        self.name = name
        self.capabilities = capabilities
        self._workspaces = workspaces
        self._caller = Caller(name, workspaces, host.meter)
        self._uploads = Uploads(host, self._caller)
        self._pace = Pace(host.clock)
        self._clock = host.clock
        self._meter = host.meter
        self._under_way: OrderedDict[str, _Progress] = OrderedDict()

    # --- the port ----------------------------------------------------------------------------------------------------

    async def send(self, address: Address, reply: Reply, key: str) -> Sent:
        """See `bot.ports.Channel`. The id is that of the first message, by which a reaction names it."""
        self._at_work.ended(address.conversation_id)
        workspace, target = self._workspaces.of(address.account), target_of(address)
        progress = self._progress(key)
        try:
            await self._send_rest(workspace, target, address, reply, key, progress)
        except FAILURES as error:
            if code_of(error) not in BLOCKS_REFUSED or progress.plain:
                raise self._noted(error, workspace, target) from error
            log.error("Slack refuses blocks: sent as text", code=code_of(error), key=key)
            self._meter.trouble(self.name, code_of(error))
            progress.plain = True
            return await self.send(address, reply, key)
        self._under_way.pop(key, None)
        return Sent(id=progress.sent[0])

    def works_on(self, address: Address) -> None:
        """The desk is at work on a message from here. Shown in threads alone: there the reply takes the sign away."""
        target = target_of(address)
        if target.thread is None:
            return
        thread = target.thread

        async def show() -> None:
            workspace = self._workspaces.of(target.team)
            await self.call(
                workspace,
                lambda client: client.assistant_threads_setStatus(
                    channel_id=target.channel, thread_ts=thread, status=AT_WORK
                ),
            )

        self._at_work.began(address.conversation_id, show)

    async def reconcile(self, address: Address, reply: Reply, key: str) -> Sent | None:
        """See `bot.ports.Reconciling`: our messages carry the key in their metadata."""
        workspace, target = self._workspaces.of(address.account), target_of(address)
        posts, files = posts_of(reply, address.sender), uploads_of(reply)
        try:
            ours = await self.call(workspace, lambda client: self._ours(client, target, key))
            found = await self._there(workspace, key, ours, len(posts), len(posts) + len(files))
        except FAILURES as error:
            if isinstance(error, SlackApiError) and isinstance(as_ours(error), Undeliverable):
                log.warning("cannot look for what was sent", code=code_of(error), key=key)
                return None
            raise self._noted(error, workspace, target) from error
        progress = self._progress(key)
        progress.sent = found
        return Sent(id=found[0]) if len(found) == len(posts) + len(files) else None

    async def _there(self, workspace: Workspace, key: str, ours: dict[int, str], posts: int, parts: int) -> list[str]:
        """The ids of the parts that are there, from the first to the one before the first that is missing."""
        found: list[str] = []
        for number in range(parts):
            id_ = ours.get(number)
            if id_ is None and number >= posts:
                id_ = await self._uploads.shown(workspace, f"{key}#{number}")
            if id_ is None:
                break
            found.append(id_)
        return found

    # --- calls -------------------------------------------------------------------------------------------------------

    async def call(self, workspace: Workspace, work: Callable[[AsyncWebClient], Awaitable[T]]) -> T:
        """See `Caller.call`."""
        return await self._caller.call(workspace, work)

    async def post(self, team: str, target: Target, post: Post, key: str, *, again: bool = False) -> str:
        """One message of the desk's own, paced as all; returns its ts.

        again: it may be there already, so it is looked for first. Raises what ``send`` raises.
        """
        workspace = self._workspaces.of(team)
        try:
            if again and 0 in (found := await self.call(workspace, lambda client: self._ours(client, target, key))):
                return found[0].rpartition(":")[2]
            await self._pace.turn(f"{target.team}/{target.channel}")
            body = body_of(post, target, f"{key}#0")
            said = await self.call(workspace, lambda client: client.chat_postMessage(**body))
        except FAILURES as error:
            raise self._noted(error, workspace, target) from error
        return str(said["ts"])

    async def post_file(self, team: str, target: Target, url: str, name: str, key: str, *, again: bool = False) -> None:
        """A file in a channel; whoever posts it has said its name, so where it cannot be had nothing else is said.

        again: it may be there already. Raises what ``send`` raises.
        """
        workspace, part = self._workspaces.of(team), f"{key}#0"
        try:
            if again and await self._uploads.shown(workspace, part) is not None:
                return
            await self._pace.turn(f"{target.team}/{target.channel}")
            if (file := await self._uploads.upload(workspace, url, part, name)) is not None:
                await self._uploads.show(workspace, file, target.channel, target.thread)
        except FAILURES as error:
            raise self._noted(error, workspace, target) from error

    async def name_of(self, team: str, user: str) -> str:
        """What somebody calls themselves; "" where Slack does not say."""
        try:
            workspace = self._workspaces.of(team)
            async with asyncio.timeout(NAME_SECONDS):
                told = await self.call(workspace, lambda client: client.users_info(user=user))
        except (*FAILURES, Undeliverable):
            return ""
        person = object_in(told.data, "user")
        shown = text_in(person, "profile", "display_name") or text_in(person, "profile", "real_name")
        return shown or text_in(person, "real_name") or text_in(person, "name")

    def refused(self, workspace: Workspace, code: str) -> None:
        """The token is of no use any more: somebody has to look."""
        workspace.broken = code
        self._meter.trouble(self.name, code)
        log.error("Slack refuses the token of a workspace: nothing is sent there", team=workspace.team, code=code)

    def _noted(self, error: BaseException, workspace: Workspace, target: Target) -> Unavailable | Undeliverable:
        code = code_of(error)
        if code in TOKEN_REFUSED:
            self.refused(workspace, code)
        elif (wait := wait_of(error)) is not None:
            self._pace.hold(f"{target.team}/{target.channel}", wait)
        elif isinstance(error, SlackApiError) and isinstance(as_ours(error), Undeliverable):
            self._meter.trouble(self.name, code)
            log.error("Slack refuses a message", channel=target.channel, code=code)
        return as_ours(error)

    # --- parts -------------------------------------------------------------------------------------------------------

    def _progress(self, key: str) -> _Progress:
        found = self._under_way.setdefault(key, _Progress([]))
        self._under_way.move_to_end(key)
        while len(self._under_way) > REMEMBERED:
            self._under_way.popitem(last=False)
        return found

    async def _send_rest(
        self, workspace: Workspace, target: Target, address: Address, reply: Reply, key: str, progress: _Progress
    ) -> None:
        posts = plainly(reply) if progress.plain else posts_of(reply, address.sender)
        files = uploads_of(reply)
        if not posts and not files:
            raise Undeliverable("the reply holds nothing that Slack can show", "Add a text")
        for number in range(len(progress.sent), len(posts)):
            await self._pace.turn(f"{target.team}/{target.channel}")
            body = body_of(posts[number], target, f"{key}#{number}")
            said = await self.call(workspace, lambda client, body=body: client.chat_postMessage(**body))  # type: ignore[misc]
            progress.sent.append(message_id(str(said["channel"]), str(said["ts"])))
        for number in range(len(progress.sent), len(posts) + len(files)):
            progress.sent.append(
                await self._send_file(workspace, target, files[number - len(posts)], f"{key}#{number}", progress)
            )

    async def _send_file(self, workspace: Workspace, target: Target, url: str, part: str, progress: _Progress) -> str:
        """Upload a file, or say its address where that cannot be."""
        channel = await self._channel_of(workspace, target, progress)
        await self._pace.turn(f"{target.team}/{target.channel}")
        file = await self._uploads.upload(workspace, url, part)
        if file is not None and await self._uploads.show(workspace, file, channel, target.thread):
            return message_id(channel, file)
        body = body_of(Post(escape(shown_link(url))), target, part)
        said = await self.call(workspace, lambda client: client.chat_postMessage(**body))
        return message_id(str(said["channel"]), str(said["ts"]))

    async def _channel_of(self, workspace: Workspace, target: Target, progress: _Progress) -> str:
        """Files go into a channel by its own id, not by a person's."""
        if target.channel[:1] not in "UW":
            return target.channel
        if progress.sent:
            return progress.sent[0].partition(":")[0]
        opened = await self.call(workspace, lambda client: client.conversations_open(users=[target.channel]))
        return str(opened["channel"]["id"])

    async def _ours(self, client: AsyncWebClient, target: Target, key: str) -> dict[int, str]:
        """The messages of this reply that are there: the id of each by the number of its part."""
        oldest = str(self._clock.now().timestamp() - LOOK_BACK_SECONDS)
        channel = target.channel
        asked: dict[str, Any] = {"include_all_metadata": True, "limit": MOST_LOOKED_AT, "oldest": oldest}
        if target.thread:
            answer = await client.conversations_replies(channel=channel, ts=target.thread, **asked)
        else:
            opened = await client.conversations_open(users=[channel]) if channel[:1] in "UW" else None
            channel = str(opened["channel"]["id"]) if opened else channel
            answer = await client.conversations_history(channel=channel, **asked)
        found: dict[int, str] = {}
        for message in answer["messages"]:
            name, _, number = _key_of(message).rpartition("#")
            if name == key and number.isdecimal():
                found[int(number)] = message_id(channel, str(message["ts"]))
        return found


def body_of(post: Post, target: Target, key: str) -> dict[str, Any]:
    """What ``chat.postMessage`` is asked."""
    body: dict[str, Any] = {
        "channel": target.channel,
        "text": post.text,
        "unfurl_links": False,
        "unfurl_media": False,
        "metadata": {"event_type": EVENT_TYPE, "event_payload": {"key": key}},
    }
    if target.thread:
        body["thread_ts"] = target.thread
    return body | ({"blocks": list(post.blocks)} if post.blocks else {})


def _key_of(message: dict[str, Any]) -> str:
    metadata = message.get("metadata") or {}
    return str(metadata.get("event_payload", {}).get("key", "")) if metadata.get("event_type") == EVENT_TYPE else ""
