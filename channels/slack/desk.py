"""What becomes of everything that Slack sends: stored once, then acknowledged. What may follow, follows later."""

import asyncio
from typing import Any, Final

import structlog

from bot.errors import NotReady, TooMany, Undeliverable
from bot.ports import ChannelHost
from channels.slack.agent_desk import AgentDesk
from channels.slack.agent_views import AGENT
from channels.slack.background import Background
from channels.slack.files import SlackFiles
from channels.slack.form_desk import FormDesk
from channels.slack.forms import CALLBACK, MAX_TITLE, MAX_WORDS, form_press_of
from channels.slack.incoming import (
    Payload,
    Place,
    Press,
    asked,
    bot_user,
    files_of,
    heard,
    list_in,
    object_in,
    press_of,
    team_at,
    team_of,
    text_in,
    words_of,
)
from channels.slack.manifest_words import FORM
from channels.slack.notices import Notices
from channels.slack.refusals import FAILURES, as_ours
from channels.slack.sending import SlackChannel
from channels.slack.text import plain, written
from channels.slack.workspaces import Workspaces

log = structlog.get_logger(__name__)
BLOCK: Final = "question"
FIELD: Final = "text"
ASK_SECONDS: Final = 2.0
"""Slack waits three for its acknowledgement."""
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
        files: SlackFiles,
        agents: AgentDesk | None = None,
    ) -> None:
        """agents: what people of the desk do in Slack; None where they work elsewhere."""
        self._agents = agents
        self._files = files
        self._host = host
        self._channel = channel
        self._workspaces = workspaces
        self._background = background
        self._name = channel.name
        self._notices = Notices(host, channel, workspaces, background)
        self._forms = FormDesk(host, channel, workspaces, background, self._notices)

    # --- events ------------------------------------------------------------------------------------------------------

    async def event(self, body: Payload) -> Answer:
        """An event of the Events API."""
        kind = text_in(body, "event", "type")
        if kind in GONE:
            self._gone(body, kind)
            return None
        if self._agents is not None and await self._agents.takes(body):
            return None
        found = heard(await self._in_thread(body) if kind == "reaction_added" else body, self._name)
        if found is None or not self._is_known(found.message.address.account):
            self._host.intake.ignored(self._name)
            return None
        conversation = self._host.transcript.conversation_of(found.message.address)
        if found.only_if_begun and not await self._host.transcript.has_begun(conversation):
            self._host.intake.ignored(self._name)
            return None
        await self._host.intake.accept(self._files.addressed(found.message))
        if found.message.kind == "text":
            self._channel.works_on(found.message.address)
        return None

    async def _in_thread(self, body: Payload) -> Payload:
        """A reaction does not say in which thread the message stands: of replies of ours Slack is asked.

        Raises NotReady while it does not answer.
        """
        event, item = object_in(body, "event"), object_in(body, "event", "item")
        channel, ts = text_in(item, "channel"), text_in(item, "ts")
        team = team_at(body)
        if text_in(event, "item_user") != bot_user(body) or not (channel and ts) or not self._workspaces.knows(team):
            return body
        workspace = self._workspaces.of(team)
        try:
            async with asyncio.timeout(ASK_SECONDS):
                found = await self._channel.call(
                    workspace, lambda client: client.conversations_replies(channel=channel, ts=ts, limit=1)
                )
        except FAILURES as error:
            if isinstance(as_ours(error), Undeliverable):
                return body
            raise NotReady("Slack does not say where a message stands") from error
        said: Payload = next((one for one in found.get("messages") or () if text_in(one, "ts") == ts), {})
        return {**body, "event": {**event, "item": {**item, "thread_ts": text_in(said, "thread_ts")}}}

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
        form = form_press_of(body)
        if form is not None and self._is_known(form.where.place.team):
            await self._forms.pressed(form)
            return None
        press = press_of(body)
        if press is None or not self._is_known(press.place.team):
            return None
        if press.contact != press.place.user:
            self._notices.tell(press.place, "utter_notice_others_button")
            return None
        try:
            accepted = await self._host.intake.accept(press.message(self._name))
        except (TooMany, NotReady) as error:
            self._notices.tell(press.place, _why(error))
            return None
        if accepted.duplicate:
            self._notices.tell(press.place, "utter_notice_used_button")
        else:
            self._channel.works_on(press.place.address(self._name))
            self._background.begin(lambda: self._take_buttons(press, object_in(body, "message")))
        return None

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
        team, user = text_in(body, "team_id"), text_in(body, "user_id")
        place = Place(team, "", user, direct=True)
        message = asked(team, user, event_id, plain(text_in(body, "text")), self._name)
        if message is None:
            return await self._notice(place, "utter_notice_empty_command") if user else None
        if not self._is_known(message.address.account):
            return None
        try:
            await self._host.intake.accept(message)
        except (TooMany, NotReady) as error:
            return await self._notice(place, _why(error))
        return None if channel.startswith("D") else await self._notice(place, "utter_notice_answered_directly")

    async def _notice(self, place: Place, name: str) -> Answer:
        return {"response_type": "ephemeral", "text": await self._notices.words(place, name)}

    async def shortcut(self, body: Payload) -> Answer:
        """On a message: its words are asked. Anywhere else: a form opens."""
        if text_in(body, "callback_id") != FORM or not self._is_known(team_of(body)):
            return None
        trigger = text_in(body, "trigger_id")
        if text_in(body, "type") == "shortcut":
            place = Place(team_of(body), "", text_in(body, "user", "id"), direct=True)
            self._background.begin(lambda: self._ask(place, trigger))
            return None
        said = object_in(body, "message")
        message = asked(
            team_of(body),
            text_in(body, "user", "id"),
            f"shortcut:{trigger}",
            words_of(said),
            self._name,
            files_of(said),
        )
        if message is not None:
            await self._host.intake.accept(self._files.addressed(message))
        return None

    async def _ask(self, place: Place, trigger: str) -> None:
        """The form behind the global shortcut."""
        names = ("utter_notice_ask_title", "utter_notice_ask_label", "utter_form_send", "utter_form_cancel")
        title, label, send, cancel = [await self._notices.words(place, name) for name in names]
        view, workspace = form(title, label, send, cancel), self._workspaces.of(place.team)
        await self._channel.call(workspace, lambda client: client.views_open(trigger_id=trigger, view=view))

    async def view(self, body: Payload) -> Answer:
        """A form was sent; what is wrong is shown in it."""
        view = object_in(body, "view")
        if text_in(body, "type") != "view_submission":
            return None
        if self._agents is not None and text_in(view, "callback_id").startswith(AGENT):
            return await self._agents.sent(body)
        if text_in(view, "callback_id") == CALLBACK:
            return await self._forms.sent(body)
        if text_in(view, "callback_id") != FORM:
            return None
        text = text_in(view, "state", "values", BLOCK, FIELD, "value")
        user, event_id = text_in(body, "user", "id"), f"view:{text_in(view, 'id')}"
        message = asked(team_of(body), user, event_id, written(text), self._name)
        place = Place(team_of(body), "", user, direct=True)
        if message is None:
            return await self._wrong(place, "utter_notice_ask_empty")
        try:
            await self._host.intake.accept(message)
        except (TooMany, NotReady) as error:
            return await self._wrong(place, _why(error))
        return None

    async def _wrong(self, place: Place, name: str) -> Answer:
        return {"response_action": "errors", "errors": {BLOCK: await self._notices.words(place, name)}}


def _why(error: TooMany | NotReady) -> str:
    return "utter_notice_too_fast" if isinstance(error, TooMany) else "utter_notice_not_ready"


def form(title: str, label: str, send: str, cancel: str) -> dict[str, Any]:
    """The form behind the global shortcut, in these words."""
    field = {"type": "plain_text_input", "action_id": FIELD, "multiline": True, "max_length": 3_000}
    return {
        "type": "modal",
        "callback_id": FORM,
        "title": _plain(title[:MAX_TITLE]),
        "submit": _plain(send[:MAX_TITLE]),
        "close": _plain(cancel[:MAX_TITLE]),
        "blocks": [{"type": "input", "block_id": BLOCK, "label": _plain(label[:MAX_WORDS]), "element": field}],
    }


def _plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}
