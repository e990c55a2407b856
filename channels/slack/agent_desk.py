"""What agents do in Slack. Who is in a team's channel may work on its handoffs; all else is the inbox's to decide."""

import re
from dataclasses import dataclass
from typing import Any, Final

import structlog

from bot.errors import FrontdeskError, NotReady
from bot.model.message import Reply
from bot.ports import ChannelHost, Inbox
from channels.slack.agent_threads import AgentThreads, Thread
from channels.slack.agent_views import AGENT, BLOCK, FIELD, form, name_of, shown_name
from channels.slack.agent_words import words_of
from channels.slack.background import Background
from channels.slack.files import SlackFiles
from channels.slack.incoming import (
    SPOKEN,
    Payload,
    bot_user,
    files_of,
    is_machine,
    list_in,
    object_in,
    team_at,
    team_of,
    text_in,
    with_emoji,
)
from channels.slack.sending import SlackChannel
from channels.slack.text import escape, marked
from channels.slack.workspaces import Workspaces

log = structlog.get_logger(__name__)
SAID: Final = ("message", "app_mention")
MENTION: Final = re.compile(r"<@([UW][A-Z0-9]+)")
MOST_NAMES: Final = 5
CHANGES: Final = {"message_changed": "message", "message_deleted": "previous_message"}
"""Where in an event the message stands that somebody has changed or deleted."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts: somebody of a workspace. name: in the desk's words."""

    team: str
    user: str

    @property
    def name(self) -> str:
        return name_of(self.team, self.user)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why nothing came of what an agent did. who: the colleague in the desk's words, whom it begins with."""

    text: str
    who: str | None = None


class AgentDesk:
    """Messages in threads, buttons and forms of agents."""

    def __init__(
        self,
        host: ChannelHost,
        inbox: Inbox,
        threads: AgentThreads,
        channel: SlackChannel,
        workspaces: Workspaces,
        background: Background,
        files: SlackFiles,
    ) -> None:
        self._words = words_of(host.notices)
        self._inbox = inbox
        self._threads = threads
        self._channel = channel
        self._workspaces = workspaces
        self._background = background
        self._files = files

    async def takes(self, body: Payload) -> bool:
        """Whether an event is about an agent's message in a handoff's thread; then it has been seen to.

        Raises NotReady when it was not stored.
        """
        event = object_in(body, "event")
        channel, subtype = text_in(event, "channel"), text_in(event, "subtype")
        said = object_in(event, CHANGES[subtype]) if subtype in CHANGES else event
        thread_ts, ts = text_in(said, "thread_ts"), text_in(said, "ts")
        if not thread_ts or text_in(event, "type") not in SAID or not self._threads.is_a_team(channel):
            return False
        team = team_at(body)
        ours = text_in(said, "parent_user_id") in ("", bot_user(body))
        thread = await self._threads.thread_at(team, channel, thread_ts, may_be_new=ours)
        if thread is None:
            return False
        # What names the app is told twice; the other one is looked at.
        if text_in(event, "type") == "message" and not is_machine(body, said):
            if subtype in CHANGES:
                self._was_changed(thread, event, said)
            elif subtype in SPOKEN:
                await self._said(thread, body, said, f"{thread.own}{ts}")
        return True

    def _was_changed(self, thread: Thread, event: Payload, said: Payload) -> None:
        """Nothing that a contact has got can be changed: whoever tries to hears so. Unfurled links change no words."""
        is_ours = thread.ts == text_in(said, "ts")
        same = text_in(said, "text") == text_in(event, "previous_message", "text")
        if not is_ours and not (same and text_in(event, "subtype") == "message_changed"):
            self._tell(thread, text_in(said, "user"), self._words("changed"))

    async def _said(self, thread: Thread, body: Payload, event: Payload, key: str) -> None:
        person, text, bot = Person(team_at(body), text_in(event, "user")), text_in(event, "text"), bot_user(body)
        user = person.user
        if bot and f"<@{bot}" in text:
            # A word to the app, as it seems: the contact is not to read it.
            self._tell(thread, user, self._words("names_app"))
            return
        passed = self._files.passed(thread.team, files_of(event))
        if passed.left:
            self._tell(thread, user, f"{self._words('files_left')} {', '.join(passed.left)}")
        words = await self._with_names(thread, with_emoji(event))
        reply = Reply(text=marked(words) or None, files=passed.links)
        problem = await self._reply(thread, person.name, reply, key) if reply.text or reply.files else None
        if problem is not None:
            self._tell(thread, user, problem.text, problem.who)

    async def _with_names(self, thread: Thread, text: str) -> str:
        """Colleagues whom an agent mentions, by name: to the contact an id says nothing."""
        for user in list(dict.fromkeys(MENTION.findall(text)))[:MOST_NAMES]:
            name = await self._channel.name_of(thread.team, user) or self._words("colleague")
            text = re.sub(rf"<@{user}(\|[^<>]*)?>", lambda _, name=name: escape(name), text)  # type: ignore[misc]
        return text

    async def _reply(self, thread: Thread, by: str, reply: Reply, key: str) -> Problem | None:
        """What went wrong, None when nothing did."""
        try:
            if (await self._inbox.handoff(thread.handoff)).closed_at is not None:
                return Problem(self._words("closed"))
            await self._inbox.reply(thread.conversation, by, reply, key)
        except NotReady:
            raise
        except FrontdeskError as error:
            return await self._why(thread, by, error)
        self._threads.changed.set()
        return None

    async def _why(self, thread: Thread, by: str, error: FrontdeskError) -> Problem:
        """In the desk's language: what stands in the way."""
        log.info("an agent's command was refused", handoff=thread.handoff, by=by, problem=str(error)[:200])
        handoff = await self._inbox.handoff(thread.handoff)
        if handoff.closed_at is not None:
            return Problem(self._words("closed"))
        if handoff.claimed_by not in (None, by):
            return Problem(self._words("taken"), handoff.claimed_by)
        return Problem(self._words("failed"))

    async def pressed(self, body: Payload) -> bool:
        """Whether a click is on one of the agents' buttons; then it has been done."""
        action = next((one for one in list_in(body, "actions") if isinstance(one, dict)), {})
        name, handoff = text_in(action, "action_id"), text_in(action, "value")
        if not name.startswith(AGENT):
            return False
        thread = await self._threads.thread_of(handoff)
        team, channel = team_of(body), text_in(body, "channel", "id")
        if thread is not None and thread.is_in(team) and thread.channel == channel:
            person = Person(team, text_in(body, "user", "id"))
            await self._do(name.removeprefix(AGENT), thread, person, text_in(body, "trigger_id"))
        return True

    async def _do(self, what: str, thread: Thread, person: Person, trigger: str) -> None:
        by = person.name
        if what in ("reply", "note"):
            workspace, view = self._workspaces.of(thread.team), form(what, thread.handoff, self._words)
            self._background.begin(
                lambda: self._channel.call(workspace, lambda client: client.views_open(trigger_id=trigger, view=view))
            )
            return
        commands = {"claim": self._inbox.claim, "resolve": self._inbox.resolve, "return": self._inbox.hand_back}
        if what not in commands:
            return
        try:
            await commands[what](thread.handoff, by)
        except NotReady:
            raise
        except FrontdeskError as error:
            problem = await self._why(thread, by, error)
            self._tell(thread, person.user, problem.text, problem.who)
        self._threads.changed.set()

    async def sent(self, body: Payload) -> dict[str, Any] | None:
        """An agent's form: what is wrong is shown in it."""
        view = body.get("view")
        kind, thread = text_in(view, "callback_id"), await self._threads.thread_of(text_in(view, "private_metadata"))
        text = text_in(view, "state", "values", BLOCK, FIELD, "value").strip()
        if thread is None or not thread.is_in(team_of(body)):
            return None
        if not text:
            return _wrong(self._words("empty"))
        by = Person(team_of(body), text_in(body, "user", "id")).name
        if kind == f"{AGENT}reply":
            # Not among the thread's own: its words are shown there.
            problem = await self._reply(thread, by, Reply(text=text), f"slack-view:{text_in(view, 'id')}")
            # A form shows no names of people.
            who = f"{self._words('colleague')} " if problem and problem.who else ""
            return _wrong(who + problem.text) if problem else None
        await self._inbox.note(thread.conversation, by, text)
        return None

    def _tell(self, thread: Thread, user: str, text: str, who: str | None = None) -> None:
        """who: stands before the words."""
        shown = f"{shown_name(who)} {escape(text)}" if who else escape(text)

        async def work() -> None:
            body: dict[str, Any] = {"channel": thread.channel, "user": user, "thread_ts": thread.ts, "text": shown}
            workspace = self._workspaces.of(thread.team)
            await self._channel.call(workspace, lambda client: client.chat_postEphemeral(**body))

        self._background.begin(work)


def _wrong(text: str) -> dict[str, Any]:
    return {"response_action": "errors", "errors": {BLOCK: text}}
