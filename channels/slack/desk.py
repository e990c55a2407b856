"""What becomes of everything that Slack sends: stored once, then acknowledged. What may follow, follows later."""

from typing import Any, Final

import structlog

from bot.errors import NotReady, TooMany
from bot.ports import ChannelHost
from channels.slack import words
from channels.slack.agent_desk import AgentDesk
from channels.slack.agent_views import AGENT
from channels.slack.background import Background
from channels.slack.incoming import (
    Payload,
    Press,
    asked,
    files_of,
    heard,
    list_in,
    object_in,
    press_of,
    team_of,
    text_in,
)
from channels.slack.manifest_words import FORM
from channels.slack.sending import SlackChannel
from channels.slack.workspaces import Workspaces

log = structlog.get_logger(__name__)
BLOCK: Final = "question"
FIELD: Final = "text"
GONE: Final = frozenset(("app_uninstalled", "tokens_revoked"))
Answer = dict[str, Any] | str | None
"""What goes back with the acknowledgement: nothing, a text or JSON."""


class SlackDesk:
    """One method for each kind of payload; each returns what goes back, and raises NotReady or TooMany when nothing
    was stored."""

    def __init__(
        self,
        host: ChannelHost,
        channel: SlackChannel,
        workspaces: Workspaces,
        background: Background,
        agents: AgentDesk | None = None,
    ) -> None:
        """agents: what people of the desk do in Slack; None where they work elsewhere."""
        self._agents = agents
        self._host = host
        self._channel = channel
        self._workspaces = workspaces
        self._background = background
        self._name = channel.name

    # --- events ------------------------------------------------------------------------------------------------------

    async def event(self, body: Payload) -> Answer:
        """An event of the Events API."""
        kind = text_in(body, "event", "type")
        if kind in GONE:
            self._gone(body, kind)
            return None
        if self._agents is not None and await self._agents.takes(body):
            return None
        found = heard(body, self._name)
        if found is None or not self._is_known(found.message.address.account):
            self._host.intake.ignored(self._name)
            return None
        conversation = self._host.transcript.conversation_of(found.message.address)
        if found.only_if_begun and not await self._host.transcript.has_begun(conversation):
            self._host.intake.ignored(self._name)
            return None
        await self._host.intake.accept(found.message)
        return None

    def rate_limited(self, body: Payload) -> None:
        """Slack sends us no more events for this minute (30,000 in an hour)."""
        self._host.meter.trouble(self._name, "app_rate_limited")
        log.error("Slack drops events: too many in an hour", team=text_in(body, "team_id"))

    def _gone(self, body: Payload, kind: str) -> None:
        revoked = object_in(body, "event", "tokens")
        if kind == "app_uninstalled" or list_in(revoked, "bot"):
            team = text_in(body, "team_id")
            if self._workspaces.knows(team):
                self._channel.refused(self._workspaces.of(team), kind)

    def _is_known(self, team: str) -> bool:
        if not self._workspaces.knows(team):
            log.error("Slack sends events of a workspace without a token", team=team)
            self._host.meter.trouble(self._name, "unknown_workspace")
            return False
        return True

    # --- interactions ------------------------------------------------------------------------------------------------

    async def action(self, body: Payload) -> Answer:
        """A click on a button or a choice from a menu."""
        if self._agents is not None and await self._agents.pressed(body):
            return None
        press = press_of(body)
        if press is None or not self._is_known(press.place.team):
            return None
        if press.contact != press.place.user:
            self._tell(press, words.NOT_YOURS)
            return None
        try:
            accepted = await self._host.intake.accept(press.message(self._name))
        except (TooMany, NotReady) as error:
            self._tell(press, words.TOO_FAST if isinstance(error, TooMany) else words.NOT_READY)
            return None
        if accepted.duplicate:
            self._tell(press, words.CHOSEN_BEFORE)
        else:
            self._background.begin(lambda: self._take_buttons(press, object_in(body, "message")))
        return None

    def _tell(self, press: Press, text: str) -> None:
        """A notice that only the one who clicked sees."""

        async def work() -> None:
            body: dict[str, Any] = {"channel": press.place.channel, "user": press.place.user, "text": text}
            if press.place.thread_ts:
                body["thread_ts"] = press.place.thread_ts
            workspace = self._workspaces.of(press.place.team)
            await self._channel.call(workspace, lambda client: client.chat_postEphemeral(**body))

        self._background.begin(work)

    async def _take_buttons(self, press: Press, message: Payload) -> None:
        """The question stays, with what was chosen in place of the buttons."""
        kept = [one for one in list_in(message, "blocks") if text_in(one, "type") != "actions"]
        chosen = {"type": "context", "elements": [{"type": "plain_text", "text": f"✓ {press.title}"[:2_000] or "✓"}]}
        body: dict[str, Any] = {
            "channel": press.place.channel,
            "ts": press.ts,
            "text": text_in(message, "text") or "…",
            "blocks": [*kept, chosen],
        }
        workspace = self._workspaces.of(press.place.team)
        await self._channel.call(workspace, lambda client: client.chat_update(**body))

    async def command(self, body: Payload) -> Answer:
        """``/desk words``: answered in direct messages, for nobody else sees what stands behind a command."""
        channel = text_in(body, "channel_id")
        event_id = f"command:{text_in(body, 'trigger_id')}"
        message = asked(text_in(body, "team_id"), text_in(body, "user_id"), event_id, text_in(body, "text"), self._name)
        if message is None:
            return _notice(words.EMPTY_COMMAND)
        if not self._is_known(message.address.account):
            return None
        try:
            await self._host.intake.accept(message)
        except TooMany:
            return _notice(words.TOO_FAST)
        except NotReady:
            return _notice(words.NOT_READY)
        return None if channel.startswith("D") else _notice(words.ANSWERED_DIRECTLY)

    async def shortcut(self, body: Payload) -> Answer:
        """On a message: its words are asked. Anywhere else: a form opens."""
        if text_in(body, "callback_id") != FORM or not self._is_known(team_of(body)):
            return None
        trigger = text_in(body, "trigger_id")
        if text_in(body, "type") == "shortcut":
            workspace = self._workspaces.of(team_of(body))
            self._background.begin(
                lambda: self._channel.call(workspace, lambda client: client.views_open(trigger_id=trigger, view=form()))
            )
            return None
        said = object_in(body, "message")
        message = asked(
            team_of(body),
            text_in(body, "user", "id"),
            f"shortcut:{trigger}",
            text_in(said, "text"),
            self._name,
            files_of(said),
        )
        if message is not None:
            await self._host.intake.accept(message)
        return None

    async def view(self, body: Payload) -> Answer:
        """Our form was sent; what is wrong is shown in it."""
        view = object_in(body, "view")
        if text_in(body, "type") != "view_submission":
            return None
        if self._agents is not None and text_in(view, "callback_id").startswith(AGENT):
            return await self._agents.sent(body)
        if text_in(view, "callback_id") != FORM:
            return None
        text = text_in(view, "state", "values", BLOCK, FIELD, "value")
        user, event_id = text_in(body, "user", "id"), f"view:{text_in(view, 'id')}"
        message = asked(team_of(body), user, event_id, text.replace("<", "&lt;"), self._name)
        if message is None:
            return _wrong(words.FORM_EMPTY)
        try:
            await self._host.intake.accept(message)
        except (TooMany, NotReady) as error:
            return _wrong(words.TOO_FAST if isinstance(error, TooMany) else words.NOT_READY)
        return None


def _notice(text: str) -> Answer:
    return {"response_type": "ephemeral", "text": text}


def _wrong(text: str) -> Answer:
    return {"response_action": "errors", "errors": {BLOCK: text}}


def form() -> dict[str, Any]:
    """The form behind the global shortcut."""
    field = {"type": "plain_text_input", "action_id": FIELD, "multiline": True, "max_length": 3_000}
    return {
        "type": "modal",
        "callback_id": FORM,
        "title": _plain(words.FORM_TITLE),
        "submit": _plain(words.FORM_SEND),
        "close": _plain(words.FORM_CANCEL),
        "blocks": [{"type": "input", "block_id": BLOCK, "label": _plain(words.FORM_LABEL), "element": field}],
    }


def _plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}
