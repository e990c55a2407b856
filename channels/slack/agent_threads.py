"""Handoffs as threads in the teams' channels: posted once, kept up to date, with what the contact says meanwhile.

A table of the channel's own says which thread is which handoff and how far it has been told, so that a restart goes on
there. Any process may do a piece of work: it takes the row for half a minute.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import structlog

from bot.errors import FrontdeskError, NotFound, NotReady, NotYet, Unavailable
from bot.model.handoff import Handoff
from bot.ports import ChannelHost, Fact, Inbox
from channels.slack.agent_views import files_in, line_post, packet_post
from channels.slack.agent_words import words_of
from channels.slack.refusals import FAILURES
from channels.slack.render import Post
from channels.slack.sending import SlackChannel, Target
from channels.slack.teams import TeamPlace, place_for
from channels.slack.workspaces import Workspaces

log = structlog.get_logger(__name__)
LOOK_SECONDS: Final = 1.0
PAUSE_SECONDS: Final = 5.0
REMEMBERED: Final = 1_000
MOST_TRIES: Final = 4
"""Of a file that its platform does not hand out at the moment."""
LEASE: Final = timedelta(seconds=30)
_TABLE: Final = """
    CREATE TABLE IF NOT EXISTS slack_handoff (
        handoff VARCHAR(64) PRIMARY KEY, conversation VARCHAR(64) NOT NULL, team VARCHAR(64) NOT NULL,
        channel VARCHAR(64) NOT NULL, ts VARCHAR(64) NOT NULL DEFAULT '', shown VARCHAR(200) NOT NULL DEFAULT '',
        told BIGINT NOT NULL DEFAULT 0, tries INTEGER NOT NULL DEFAULT 0, closed INTEGER NOT NULL DEFAULT 0,
        taken_until BIGINT NOT NULL DEFAULT 0)
"""
_ADD: Final = """
    INSERT INTO slack_handoff (handoff, conversation, team, channel) VALUES (:handoff, :conversation, :team, :channel)
    ON CONFLICT (handoff) DO NOTHING
"""
_TAKE: Final = """
    UPDATE slack_handoff SET taken_until = :until, tries = tries + 1 WHERE handoff = :handoff AND taken_until < :now
    RETURNING *
"""
_WAIT: Final = "UPDATE slack_handoff SET taken_until = :until WHERE handoff = :handoff"
_KEEP: Final = """
    UPDATE slack_handoff SET ts = :ts, shown = :shown, told = :told, closed = :closed, tries = :tries,
        taken_until = :until
    WHERE handoff = :handoff
"""


@dataclass(slots=True)
class Thread:
    """A row: a handoff's thread, what its first message shows, and the last fact that was told in it.

    team: the workspace; empty where one token is for every workspace, and so for this one.
    """

    handoff: str
    conversation: str
    team: str
    channel: str
    ts: str
    shown: str
    told: int
    tries: int
    closed: int
    taken_until: int

    def is_in(self, team: str) -> bool:
        return self.team in ("", team)

    @property
    def own(self) -> str:
        """How the keys of replies begin that are written in this thread."""
        return f"slack:{self.team}:{self.channel}:"

    @property
    def target(self) -> Target:
        return Target(self.team, self.channel, self.ts or None)


class AgentThreads:
    """The background job, and the table."""

    def __init__(
        self,
        host: ChannelHost,
        inbox: Inbox,
        channel: SlackChannel,
        workspaces: Workspaces,
        teams: Mapping[str, TeamPlace],
    ) -> None:
        self._host = host
        self._inbox = inbox
        self._channel = channel
        self._workspaces = workspaces
        self._teams = teams
        self._words = words_of(host.notices)
        self._known: set[str] = set()
        self._names: dict[str, str] = {}
        self.changed = asyncio.Event()

    async def run(self) -> None:
        """Until cancelled."""
        await self._host.database.write(_TABLE)
        await self._host.database.write("CREATE INDEX IF NOT EXISTS ix_slack_handoff_ts ON slack_handoff (ts)")
        while True:
            try:
                await self._look()
            except NotReady as error:
                log.warning("handoffs wait for the database", problem=str(error))
            self.changed.clear()
            try:
                await asyncio.wait_for(self.changed.wait(), LOOK_SECONDS)
            except TimeoutError:
                continue

    async def thread_at(self, team: str, channel: str, ts: str, *, may_be_new: bool) -> Thread | None:
        """The handoff whose thread begins with this message.

        may_be_new: the message may be ours. Raises NotReady then while one is being posted: Slack may show it already,
        and the desk has yet to learn its number. Slack brings what was said in it again.
        """
        rows = await self._host.database.read(
            "SELECT * FROM slack_handoff WHERE team IN (:team, '') AND channel = :channel AND ts IN (:ts, '')",
            team=team, channel=channel, ts=ts,
        )  # fmt: skip
        found = [Thread(**row) for row in rows]
        if may_be_new and found and not any(one.ts for one in found) and any(one.tries for one in found):
            raise NotReady("a handoff is being posted")
        return next((one for one in found if one.ts), None)

    async def thread_of(self, handoff: str) -> Thread | None:
        rows = await self._host.database.read("SELECT * FROM slack_handoff WHERE handoff = :handoff", handoff=handoff)
        return Thread(**rows[0]) if rows else None

    def is_a_team(self, channel: str) -> bool:
        return any(place.channel == channel for place in self._teams.values())

    async def _look(self) -> None:
        opened = {handoff.id: handoff for handoff in await self._inbox.open_handoffs()}
        self._known &= opened.keys()
        for handoff in opened.values():
            await self._add(handoff)
        rows = await self._host.database.read("SELECT * FROM slack_handoff WHERE closed = 0 ORDER BY handoff")
        await asyncio.gather(*(self._follow(Thread(**row), opened) for row in rows))

    async def _add(self, handoff: Handoff) -> None:
        place = place_for(self._teams, handoff.team)
        if handoff.id in self._known or place is None:
            return
        team = place.workspace or self._workspaces.only()
        await self._host.database.write(
            _ADD, handoff=handoff.id, conversation=handoff.conversation_id, team=team, channel=place.channel
        )
        self._known.add(handoff.id)

    async def _follow(self, thread: Thread, opened: Mapping[str, Handoff]) -> None:
        """Whatever is new about one handoff."""
        try:
            handoff = opened.get(thread.handoff) or await self._inbox.handoff(thread.handoff)
            facts = await self._inbox.facts_after(thread.conversation, thread.told)
            news = [(fact, post) for fact in facts if (post := line_post(fact, thread.own, self._words))]
            if thread.ts and not news and thread.shown == _state(handoff):
                return
            taken = await self._take(thread)
            if taken is not None:
                await self._tell_or_wait(taken, handoff, facts)
        except (*FAILURES, FrontdeskError) as error:
            if isinstance(error, NotReady):
                raise
            log.warning("a handoff is not up to date in Slack", handoff=thread.handoff, problem=str(error)[:200])
            if isinstance(error, NotFound):
                await self._keep(thread, closed=1)

    async def _tell_or_wait(self, thread: Thread, handoff: Handoff, facts: list[Fact]) -> None:
        """Whoever comes next comes when Slack wants it, and looks first whether it has been told already."""
        try:
            await self._tell(thread, handoff, facts)
        except asyncio.CancelledError:
            # The desk closes: whoever comes next need not wait for the lease.
            await self._host.database.write(_WAIT, handoff=thread.handoff, until=0)
            raise
        except Unavailable as error:
            wait = error.retry_after_seconds or PAUSE_SECONDS
            until = int(self._host.clock.now().timestamp() + wait)
            await self._host.database.write(_WAIT, handoff=thread.handoff, until=until)
            raise

    async def _take(self, thread: Thread) -> Thread | None:
        now = self._host.clock.now()
        until = int((now + LEASE).timestamp())
        rows = await self._host.database.write(_TAKE, handoff=thread.handoff, now=int(now.timestamp()), until=until)
        return Thread(**rows[0]) if rows else None

    async def _tell(self, thread: Thread, handoff: Handoff, facts: list[Fact]) -> None:
        name = await self._name_of(thread, handoff)
        if not thread.ts:
            # What was said before stands in the packet.
            thread.told = max((fact.number for fact in facts if fact.at <= handoff.requested_at), default=0)
            post, key = packet_post(handoff, self._words, name), f"handoff/{handoff.id}"
            thread.ts = await self._channel.post(thread.team, thread.target, post, key, again=thread.tries > 1)
            thread.shown = _state(handoff)
            await self._hold(thread)
        for fact in facts:
            line = line_post(fact, thread.own, self._words) if fact.number > thread.told else None
            if line is not None:
                key = f"handoff/{handoff.id}/{fact.number}"
                await self._channel.post(thread.team, thread.target, line, key, again=thread.tries > 1)
                await self._bring_files(thread, fact, key)
                thread.told = fact.number
                await self._hold(thread)
        if thread.shown != _state(handoff):
            await self._update(thread, packet_post(handoff, self._words, name))
            thread.shown = _state(handoff)
        await self._keep(thread, closed=int(handoff.closed_at is not None))

    async def _name_of(self, thread: Thread, handoff: Handoff) -> str:
        """Of somebody on Slack it tells no more than the id, but when it is asked; "" where nobody says."""
        contact = handoff.packet.contact
        if contact.get("channel") != self._channel.name or contact.get("name"):
            return str(contact.get("name") or "")
        user = str(contact.get("sender") or "")
        if user not in self._names:
            self._names[user] = await self._channel.name_of(thread.team, user)
            while len(self._names) > REMEMBERED:
                self._names.pop(next(iter(self._names)))
        return self._names[user]

    async def _bring_files(self, thread: Thread, fact: Fact, key: str) -> None:
        """What the contact has sent: whoever works here cannot open an address of the desk's."""
        for number, file in enumerate(files_in(fact)):
            if file.url is None:
                continue
            part, again = f"{key}/{number}", thread.tries > 1
            try:
                await self._channel.post_file(thread.team, thread.target, file.url, file.name, part, again=again)
            except Unavailable as error:
                if isinstance(error, NotYet) or thread.tries < MOST_TRIES:
                    raise
                # It is named there; what the contact says next is not to wait for it.
                log.warning("a file was not brought into its thread", handoff=thread.handoff, problem=str(error)[:200])

    async def _update(self, thread: Thread, post: Post) -> None:
        body: dict[str, Any] = {
            "channel": thread.channel, "ts": thread.ts, "text": post.text, "blocks": list(post.blocks)
        }  # fmt: skip
        await self._channel.call(self._workspaces.of(thread.team), lambda client: client.chat_update(**body))

    async def _keep(self, thread: Thread, closed: int = 0) -> None:
        """All has been told; the row is free."""
        await self._write(thread, closed, tries=0, until=0)

    async def _hold(self, thread: Thread) -> None:
        """So much has been told, and it goes on: nobody else may take the row meanwhile."""
        until = int((self._host.clock.now() + LEASE).timestamp())
        await self._write(thread, 0, tries=thread.tries, until=until)

    async def _write(self, thread: Thread, closed: int, *, tries: int, until: int) -> None:
        await self._host.database.write(
            _KEEP, handoff=thread.handoff, ts=thread.ts, shown=thread.shown, told=thread.told, closed=closed,
            tries=tries, until=until,
        )  # fmt: skip


def _state(handoff: Handoff) -> str:
    return f"{handoff.status}/{handoff.claimed_by or ''}"[:200]
