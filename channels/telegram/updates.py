"""What is done with an update: store what the desk can read, count what it cannot."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any, Final

import structlog

from bot.errors import Unavailable, Undeliverable
from bot.model.message import Address, Message
from bot.ports import Intake, Notices
from channels.at_work import AtWork
from channels.telegram.api import Api
from channels.telegram.files import Files
from channels.telegram.inbound import PRIVATE, Me, address_of, edit_of, event_id, is_for_me, message_of, sender_of
from channels.telegram.memory import Memory
from channels.telegram.places import Places
from channels.telegram.shapes import Callback, TelegramMessage, Update, User, read_update

log = structlog.get_logger(__name__)
GONE_BUTTON: Final = "utter_notice_gone_button"
OTHERS_BUTTON: Final = "utter_notice_others_button"
LONGEST_NOTICE: Final = 200
ALBUM: Final = timedelta(minutes=10)


class Updates:
    """Takes updates, however they came."""

    def __init__(
        self,
        intake: Intake,
        api: Api,
        memory: Memory,
        places: Places,
        files: Files,
        channel: str,
        notices: Notices,
        at_work: AtWork,
    ) -> None:
        self._notices = notices
        self._at_work = at_work
        self._intake = intake
        self._api = api
        self._memory = memory
        self._places = places
        self._files = files
        self._channel = channel
        self._asides: set[asyncio.Task[None]] = set()

    async def take(self, raw: Any) -> None:
        """Returns when it is stored, or is nothing to store. Raises TooMany and NotReady: then it has to come again."""
        try:
            update = read_update(raw)
        except ValueError:
            log.warning("an update could not be read", channel=self._channel)
            self._ignore()
            return
        if update.callback_query is not None:
            await self._pressed(update.callback_query)
        elif update.message is not None:
            await self._came(update.message, update)
        elif update.edited_message is not None:
            await self._came(update.edited_message, update)
        else:
            self._ignore()

    async def close(self) -> None:
        """Let what was begun beside the updates end."""
        if self._asides:
            await asyncio.wait(self._asides, timeout=3)

    def _ignore(self) -> None:
        self._intake.ignored(self._channel)

    async def _came(self, message: TelegramMessage, update: Update) -> None:
        if await self._moved(message):
            return
        who, me = sender_of(message), await self._me(message)
        if who is None or not (is_for_me(message, me) or await self._belongs(message, who)):
            self._ignore()
            return
        address = await self._address(message, who, me)
        read = self._read(message, update, address, me, who)
        if read is None:
            self._ignore()
            return
        # Before the message: its reply may be on its way as soon as it is stored.
        if read.kind != "edit":
            if message.media_group_id and address.thread:
                await self._memory.put(_album(message), who.id, ALBUM)
            await self._places.spoken(address, message.message_id)
        await self._intake.accept(self._files.addressed(read))
        if read.kind != "edit":
            self._works_on(address)

    async def _belongs(self, message: TelegramMessage, who: User) -> bool:
        """Whether it is a further picture of an album whose words name the bot: only one of its messages has any."""
        return bool(message.media_group_id) and await self._memory.get(_album(message)) == who.id

    async def _moved(self, message: TelegramMessage) -> bool:
        """A group that became a supergroup tells so from both sides."""
        here = message.chat.id
        if message.migrate_to_chat_id is not None:
            await self._places.moved(here, message.migrate_to_chat_id)
        elif message.migrate_from_chat_id is not None:
            await self._places.moved(message.migrate_from_chat_id, here)
        else:
            return False
        self._ignore()
        return True

    async def _me(self, message: TelegramMessage) -> Me:
        """The bot's name matters in groups alone; private chats go on while Telegram cannot be asked for it."""
        return Me(self._api.id, "") if message.chat.type == PRIVATE else await self._api.me()

    async def _address(self, message: TelegramMessage, who: User, me: Me) -> Address:
        return address_of(message, who, me, self._channel, await self._places.home_of(message.chat.id))

    def _read(self, message: TelegramMessage, update: Update, address: Address, me: Me, who: User) -> Message | None:
        try:
            if update.edited_message is not None:
                return edit_of(message, update.update_id, address, me)
            return message_of(message, address, me, who)
        except ValueError:
            log.warning("a message could not be read", channel=self._channel)
            return None

    # --- buttons -----------------------------------------------------------------------------------------------------

    async def _pressed(self, press: Callback) -> None:
        """The first press of a message's buttons counts; Telegram hears of it as soon as it is stored, however long the
        desk then works on it."""
        if press.message is None:
            self._aside(self._refuse_press(press.id, GONE_BUTTON, ""))
            self._ignore()
            return
        address = await self._address(press.message, press.from_, await self._me(press.message))
        token, _, number = (press.data or "").partition(".")
        shown = await self._memory.get(f"press/{token}") if len(token) == 22 else None
        button = _button(shown, number)
        if shown is not None and press.message.date == 0:
            # Telegram no longer shows the message, nor does it say in which topic it stood.
            address = address.model_copy(update={"thread": shown.get("thread", address.thread)})
        if shown is None or button is None or shown["to"] != address.conversation_id:
            why = OTHERS_BUTTON if button else GONE_BUTTON
            self._aside(self._refuse_press(press.id, why, address.conversation_id))
            self._ignore()
            return
        title, payload = button
        await self._intake.accept(
            Message(
                event_id=f"{event_id(press.message)}/press",
                address=address,
                kind="button",
                text=title,
                payload=payload,
            )
        )
        self._works_on(address)
        self._aside(self._api.answer_press(press.id))
        self._aside(self._api.remove_buttons(press.message.chat.id, press.message.message_id))

    def _works_on(self, address: Address) -> None:
        async def show() -> None:
            await self._api.type(await self._places.target_of(address))

        self._at_work.began(address.conversation_id, show)

    async def _refuse_press(self, press: str, notice: str, conversation: str) -> None:
        """The button stops spinning, and says why nothing came of it."""
        words = await self._notices.words(conversation, notice)
        await self._api.answer_press(press, words[:LONGEST_NOTICE])

    def _aside(self, call: Awaitable[None]) -> None:
        task = asyncio.create_task(self._done_or_not(call))
        self._asides.add(task)
        task.add_done_callback(self._asides.discard)

    async def _done_or_not(self, call: Awaitable[None]) -> None:
        """A button that goes on spinning, or stays, is a blemish; the press itself is stored."""
        try:
            await call
        except (Unavailable, Undeliverable) as error:
            log.info("a button was not tidied up", channel=self._channel, problem=error.what)


def _album(message: TelegramMessage) -> str:
    return f"album/{message.chat.id}/{message.media_group_id}"


def _button(shown: Any, number: str) -> tuple[str, str] | None:
    """The title and payload of a button that the desk has shown."""
    if shown is None or not number.isdecimal() or int(number) >= len(shown["buttons"]):
        return None
    title, payload = shown["buttons"][int(number)]
    return title, payload
