"""Forms of the desk's in Slack: the button that opens one, and the modal that comes back."""

from typing import Any, Final

from slack_sdk.errors import SlackApiError

from bot.errors import NotReady, TooMany
from bot.ports import ChannelHost
from channels.slack.background import Background
from channels.slack.blocks import Block, fill_button, section
from channels.slack.forms import FormBack, FormPlace, FormPress, form_back_of, modal_of
from channels.slack.incoming import Payload
from channels.slack.notices import Notices
from channels.slack.refusals import code_of
from channels.slack.sending import SlackChannel
from channels.slack.workspaces import Workspaces

EXPIRED: Final = frozenset(("expired_trigger_id", "trigger_expired", "exchanged_trigger_id", "trigger_exchanged"))
"""A trigger id opens one modal, within three seconds."""


class FormDesk:
    """Opens forms and takes them back. What is in them, and what is wrong with it, is the desk's to say."""

    def __init__(
        self,
        host: ChannelHost,
        channel: SlackChannel,
        workspaces: Workspaces,
        background: Background,
        notices: Notices,
    ) -> None:
        self._host = host
        self._channel = channel
        self._workspaces = workspaces
        self._background = background
        self._notices = notices

    async def pressed(self, press: FormPress) -> None:
        """The form as it is now is opened for whom it is for, if it is still the open question."""
        where = press.where
        if press.contact != where.place.user:
            self._notices.tell(where.place, "utter_notice_others_button")
            return
        try:
            form = await self._host.forms.open_form(self._conversation(where))
        except NotReady:
            self._notices.tell(where.place, "utter_notice_not_ready")
            return
        if form is None or form.id != where.form:
            self._notices.tell(where.place, "utter_form_closed")
            return
        view, again = modal_of(form, where), fill_button(form, press.contact)
        self._background.begin(lambda: self._open(press, view, again))

    async def _open(self, press: FormPress, view: Block, again: Block) -> None:
        """Too late for this click: say so, with the button once more."""
        workspace = self._workspaces.of(press.where.place.team)
        try:
            await self._channel.call(workspace, lambda client: client.views_open(trigger_id=press.trigger, view=view))
        except SlackApiError as error:
            if code_of(error) not in EXPIRED:
                raise
            await self._notices.say(press.where.place, "utter_notice_form_expired", again)

    async def sent(self, body: Payload) -> dict[str, Any] | None:
        """What is wrong is shown beside the fields, and counts as an answer all the same. Stored before it is
        acknowledged."""
        back = form_back_of(body)
        if back is None or not self._workspaces.knows(back.where.place.team):
            return None
        try:
            problems = await self._host.forms.problems(self._conversation(back.where), back.where.form, back.fields)
            shown = {slot: words for slot, words in problems.items() if slot in back.fields}
            accepted = await self._host.intake.accept(back.message(self._channel.name, told=bool(shown)))
        except (TooMany, NotReady) as error:
            return await self._refused(back, "too_fast" if isinstance(error, TooMany) else "not_ready")
        if shown:
            return {"response_action": "errors", "errors": shown}
        if not accepted.duplicate:
            self._background.begin(lambda: self._take_button(back.where))
        return None

    async def _refused(self, back: FormBack, why: str) -> dict[str, Any] | None:
        first = next(iter(back.fields), None)
        if first is None:
            return None
        words = await self._notices.words(back.where.place, f"utter_notice_{why}")
        return {"response_action": "errors", "errors": {first: words}}

    async def _take_button(self, where: FormPlace) -> None:
        """The words stay, the button goes."""
        if not where.text:
            return
        done = {"type": "context", "elements": [{"type": "plain_text", "text": "✓"}]}
        body: dict[str, Any] = {"channel": where.place.channel, "ts": where.ts, "text": where.text}
        body["blocks"] = [section(where.text), done]
        workspace = self._workspaces.of(where.place.team)
        await self._channel.call(workspace, lambda client: client.chat_update(**body))

    def _conversation(self, where: FormPlace) -> str:
        return self._host.transcript.conversation_of(where.address(self._channel.name))
