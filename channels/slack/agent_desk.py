"""What agents do in Slack. Who is in a team's channel may work on its handoffs; all else is the inbox's to decide."""

from typing import Any, Final

from bot.errors import FrontdeskError, NotReady
from bot.model.message import Reply
from bot.ports import Inbox
from channels.slack.agent_threads import AgentThreads, Thread
from channels.slack.agent_views import AGENT, BLOCK, FIELD, form, name_of
from channels.slack.background import Background
from channels.slack.incoming import SPOKEN, Payload, is_machine, list_in, team_of, text_in
from channels.slack.sending import SlackChannel
from channels.slack.text import plain
from channels.slack.workspaces import Workspaces

CLOSED: Final = (
    "This handoff is closed: nothing you write here reaches the contact. It comes back when they write again."
)
NO_FILES: Final = "Files from Slack cannot be passed on: the contact has got your words alone."
EMPTY: Final = "Write something."


class AgentDesk:
    """Messages in threads, buttons and forms of agents."""

    def __init__(
        self, inbox: Inbox, threads: AgentThreads, channel: SlackChannel, workspaces: Workspaces, background: Background
    ) -> None:
        self._inbox = inbox
        self._threads = threads
        self._channel = channel
        self._workspaces = workspaces
        self._background = background

    async def takes(self, body: Payload) -> bool:
        """Whether an event is an agent's message in a handoff's thread; then it has been passed on.

        Raises NotReady when it was not stored.
        """
        event = body.get("event")
        channel, thread_ts = text_in(event, "channel"), text_in(event, "thread_ts")
        if not thread_ts or not self._threads.is_a_team(channel) or text_in(event, "type") != "message":
            return False
        team, ts = text_in(body, "team_id"), text_in(event, "ts")
        thread = await self._threads.thread_at(team, channel, thread_ts)
        if thread is None:
            return False
        assert isinstance(event, dict)
        if text_in(event, "subtype") in SPOKEN and not is_machine(body, event):
            await self._said(thread, team, event, f"{thread.own}{ts}")
        return True

    async def _said(self, thread: Thread, team: str, event: Payload, key: str) -> None:
        user, text = text_in(event, "user"), plain(text_in(event, "text"))
        if list_in(event, "files"):
            self._tell(thread, user, NO_FILES)
        if text and (problem := await self._reply(thread, name_of(team, user), text, key)):
            self._tell(thread, user, problem)

    async def _reply(self, thread: Thread, by: str, text: str, key: str) -> str:
        """What went wrong, empty when nothing did."""
        try:
            if (await self._inbox.handoff(thread.handoff)).closed_at is not None:
                return CLOSED
            await self._inbox.reply(thread.conversation, by, Reply(text=text), key)
        except NotReady:
            raise
        except FrontdeskError as error:
            return str(error)
        self._threads.changed.set()
        return ""

    async def pressed(self, body: Payload) -> bool:
        """Whether a click is on one of the agents' buttons; then it has been done."""
        action = next((one for one in list_in(body, "actions") if isinstance(one, dict)), {})
        name, handoff = text_in(action, "action_id"), text_in(action, "value")
        if not name.startswith(AGENT):
            return False
        thread = await self._threads.thread_of(handoff)
        if thread is not None and (thread.team, thread.channel) == (team_of(body), text_in(body, "channel", "id")):
            user = text_in(body, "user", "id")
            await self._do(name.removeprefix(AGENT), thread, user, text_in(body, "trigger_id"))
        return True

    async def _do(self, what: str, thread: Thread, user: str, trigger: str) -> None:
        by = name_of(thread.team, user)
        if what in ("reply", "note"):
            workspace, view = self._workspaces.of(thread.team), form(what, thread.handoff)
            self._background.begin(
                lambda: self._channel.call(workspace, lambda client: client.views_open(trigger_id=trigger, view=view))
            )
            return
        commands = {"claim": self._inbox.claim, "resolve": self._inbox.resolve, "return": self._inbox.hand_back}
        if what not in commands:
            return
        try:
            await commands[what](thread.handoff, by)
        except FrontdeskError as error:
            self._tell(thread, user, str(error))
        self._threads.changed.set()

    async def sent(self, body: Payload) -> dict[str, Any] | None:
        """An agent's form: what is wrong is shown in it."""
        view = body.get("view")
        kind, thread = text_in(view, "callback_id"), await self._threads.thread_of(text_in(view, "private_metadata"))
        text = text_in(view, "state", "values", BLOCK, FIELD, "value").strip()
        if thread is None or thread.team != team_of(body):
            return None
        if not text:
            return _wrong(EMPTY)
        by = name_of(thread.team, text_in(body, "user", "id"))
        if kind == f"{AGENT}reply":
            # Not among the thread's own: its words are shown there.
            problem = await self._reply(thread, by, text, f"slack-view:{text_in(view, 'id')}")
            return _wrong(problem) if problem else None
        await self._inbox.note(thread.conversation, by, text)
        return None

    def _tell(self, thread: Thread, user: str, text: str) -> None:
        async def work() -> None:
            body: dict[str, Any] = {"channel": thread.channel, "user": user, "thread_ts": thread.ts, "text": text}
            workspace = self._workspaces.of(thread.team)
            await self._channel.call(workspace, lambda client: client.chat_postEphemeral(**body))

        self._background.begin(work)


def _wrong(text: str) -> dict[str, Any]:
    return {"response_action": "errors", "errors": {BLOCK: text}}
