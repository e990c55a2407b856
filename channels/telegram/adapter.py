"""The channel: puts the parts together, and sends."""

import time
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import structlog

from bot.errors import ActionFailed, NotYet, Unavailable, Undeliverable
from bot.model.message import Address, Reply
from bot.ports import Capabilities, ChannelHost, Fetch, OpenChannel, Sent
from channels.at_work import AtWork
from channels.signed_files import is_desks
from channels.telegram.api import Api, LostAnswer, Moved, Refused, TooFast
from channels.telegram.files import PATH, Files
from channels.telegram.memory import Memory
from channels.telegram.pace import Pacer
from channels.telegram.places import Places, Target
from channels.telegram.polling import Housekeeping, Polling
from channels.telegram.rendering import Part, parts_of, pressable, simpler, token_of
from channels.telegram.updates import Updates
from channels.telegram.webhook import routes

log = structlog.get_logger(__name__)
KEEP_BUTTONS: Final = timedelta(days=30)
KEEP_PROGRESS: Final = timedelta(days=3)
NO_TOPIC: Final = ("message thread not found", "topic_closed", "topic_deleted")
"""The topic was closed or deleted: then it is said in the group."""
MOST_PHOTO: Final = 10_000_000
MOST_DOCUMENT: Final = 20_000_000
"""Telegram takes documents of up to 50 MB; so much of one is held in memory."""


def open_telegram(host: ChannelHost, name: str, capabilities: Capabilities) -> OpenChannel:
    settings = host.settings
    api = Api(settings.telegram_token.get_secret_value(), settings.telegram_api_url)
    memory = Memory(host.database)
    places = Places(memory)
    files = Files(api, host.secret)
    at_work = AtWork(host.transcript, host.clock)
    updates = Updates(host.intake, api, memory, places, files, name, host.notices, at_work)
    channel = TelegramChannel(
        name, capabilities, api, memory, places, Pacer(time.monotonic), host.secret, host.fetch, at_work
    )  # fmt: skip
    keep_house = Housekeeping(memory).run

    async def close() -> None:
        await at_work.close()
        await updates.close()
        await api.close()

    if settings.telegram_mode == "polling":
        poll = Polling(api, updates, memory, settings.lease_seconds).run
        return OpenChannel(channel, files.routes(), (keep_house, poll), close, files={PATH: files})
    router = routes(updates, settings.telegram_webhook_secret.get_secret_value())
    router.include_router(files.routes())
    return OpenChannel(channel, router, (keep_house,), close, files={PATH: files})


@dataclass(frozen=True, slots=True)
class _Progress:
    """How far a delivery has come: so many parts have arrived, and the next was begun."""

    done: int = 0
    begun: bool = False


class TelegramChannel:
    """Sends replies. A reply that takes several messages goes on where it stopped: what Telegram has confirmed is never
    sent again. Where an answer was lost nobody can tell whether the message arrived, for the Bot API neither knows keys
    nor shows what was sent: it is sent once more, without a sound, and the log says so."""

    def __init__(
        self,
        name: str,
        capabilities: Capabilities,
        api: Api,
        memory: Memory,
        places: Places,
        pacer: Pacer,
        secret: str,
        fetch: Fetch,
        at_work: AtWork,
    ) -> None:
        self._at_work = at_work
        self._fetch = fetch
        self.name = name
        self.capabilities = capabilities
        self._api = api
        self._memory = memory
        self._places = places
        self._pacer = pacer
        self._secret = secret

    async def send(self, address: Address, reply: Reply, key: str) -> Sent:
        """See `bot.ports.Channel`. Messages are at most one a second for each chat: the parts of a long reply follow
        one another through the outbox, each as soon as its time has come."""
        self._at_work.ended(address.conversation_id)
        target = await self._places.target_of(address)
        token = token_of(self._secret, key)
        parts = parts_of(reply, token)
        before = await self._progress(key)
        await self._remember_buttons(address, reply, token, before)
        sent_id: int | None = None
        for number in range(before.done, len(parts)):
            await self._take_turn(target, key, number, before)
            uncertain = before.begun and number == before.done
            try:
                sent_id = await self._deliver(target, parts[number], key, number, uncertain=uncertain)
            finally:
                self._pacer.answered(str(target.chat_id))
        return Sent(id=str(sent_id) if sent_id is not None else None)

    async def _progress(self, key: str) -> _Progress:
        found = await self._memory.get(f"sent/{key}")
        return _Progress(*found) if found else _Progress()

    async def _note(self, key: str, done: int, *, begun: bool) -> None:
        await self._memory.put(f"sent/{key}", [done, begun], KEEP_PROGRESS)

    async def _remember_buttons(self, address: Address, reply: Reply, token: str, before: _Progress) -> None:
        buttons = pressable(reply)
        if buttons and before == _Progress():
            shown = {
                "to": address.conversation_id,
                "thread": address.thread,
                "buttons": [[b.title, b.payload or b.title] for b in buttons],
            }
            await self._memory.put(f"press/{token}", shown, KEEP_BUTTONS)

    async def _take_turn(self, target: Target, key: str, number: int, before: _Progress) -> None:
        """Raises NotYet when the chat has to wait; what has arrived by then is noted."""
        wait = self._pacer.seconds_to_wait(str(target.chat_id), target.is_group)
        if wait > 0:
            if number > before.done:
                await self._note(key, number, begun=False)
            raise NotYet("Telegram's pace", wait)

    async def _deliver(self, target: Target, part: Part, key: str, number: int, *, uncertain: bool) -> int:
        if uncertain:
            log.warning("sent once more: it may have arrived before", channel=self.name, key=key, part=number)
        await self._note(key, number, begun=True)
        try:
            return await self._send(target, part, silent=uncertain, answers=number == 0)
        except LostAnswer:
            raise
        except TooFast as error:
            await self._note(key, number, begun=False)
            self._pacer.hold(str(target.chat_id), error.retry_after_seconds or 1.0)
            raise NotYet(error.what, error.retry_after_seconds or 1.0) from error
        except Exception:
            await self._note(key, number, begun=False)
            raise

    async def _send(self, target: Target, part: Part, *, silent: bool, answers: bool) -> int:
        """In the first form that Telegram takes, and to where the chat is."""
        # What lies with the desk Telegram cannot fetch.
        form = await self._fetched(part) or simpler(part) if is_desks(part.url) else part
        while form is not None:
            try:
                return await self._api.send(target, form, silent=silent, answers=answers)
            except Moved as moved:
                await self._places.moved(target.chat_id, moved.to)
                target = replace(target, chat_id=moved.to, reply_to=None)
            except Refused as refused:
                if target.topic is not None and any(words in refused.what.lower() for words in NO_TOPIC):
                    target = replace(target, topic=None, reply_to=None)
                    continue
                log.warning("sent in another form", channel=self.name, problem=refused.what)
                form = await self._fetched(form) or simpler(form)
                if form is None:
                    raise
        raise Undeliverable("there is nothing to send")

    async def _fetched(self, part: Part) -> Part | None:
        """Telegram fetches pictures, PDF, ZIP and GIF by their address, where it can reach it; all else is fetched here
        and uploaded. None where that does not help either."""
        if part.kind == "text" or part.content is not None:
            return None
        try:
            found = await self._fetch.fetch(part.url, MOST_PHOTO if part.kind == "photo" else MOST_DOCUMENT)
        except ActionFailed as error:
            if is_desks(part.url) and error.failure.kind in ("unavailable", "timeout"):
                # Its address would be of no use to anybody.
                raise Unavailable(error.failure.message) from error
            log.warning("a file is sent as its address", channel=self.name, problem=error.failure.message)
            return None
        return replace(part, content=found.content, name=found.name) if found.content else None
