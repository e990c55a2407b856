"""Telegram on loopback: ``async with FakeTelegram() as telegram`` speaks the Bot API's HTTP and enforces its rules.

The real SDK talks to it by its base URL (``FRONTDESK_TELEGRAM_API_URL=telegram.url``). People write with ``writes``,
``presses`` and their like; what the bot sends shows in ``shown_in``. Updates go to the webhook that the bot has set,
repeated under the same id until it answers with 2xx, or wait for getUpdates.
Source: core.telegram.org/bots/api, /bots/webhooks and /bots/faq.
"""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Literal, Self
from urllib.parse import unquote

import httpx

from bot.model.base import JsonObject
from bot.testing.loopback import Asked, LoopbackServer, answer
from bot.testing.telegram_params import params_of
from bot.testing.telegram_rules import Limits, RefusedCall, checked_message

SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  a name
MAX_FILE: Final = 20_000_000
Trouble = Literal[
    "down",     # breaks the connection; nothing was delivered
    "lost",     # delivers, then breaks the connection instead of answering
    "500",      # refuses
    "garbage",  # answers with HTML
    "hang",     # does not answer
]  # fmt: skip


@dataclass
class FakeTelegram:
    """calls: every call with its method, parameters, time and, where it was refused, the error code.

    files: what people have sent, by file id.
    silenced: the groups in which the bot may not speak.
    closed_topics: the numbers of topics that are there no more.
    asking: how many wait for updates at the moment.
    reaches_no_host: no address of a photo or document can be fetched.
    limits: what counts messages; ``Limits.none()`` where a test is about something else.
    """

    token: str = "4242:desk"  # noqa: S105  a bot of the fake's own
    username: str = "desk_bot"
    port: int = 0
    limits: Limits = field(default_factory=Limits)
    retry_seconds: float = 0.05
    calls: list[JsonObject] = field(default_factory=list)
    messages: dict[int, list[JsonObject]] = field(default_factory=dict)
    webhook: JsonObject | None = None
    pending: list[JsonObject] = field(default_factory=list)
    answered: list[JsonObject] = field(default_factory=list)
    typing: list[int] = field(default_factory=list)
    deliveries: list[tuple[int, int]] = field(default_factory=list)
    blocked_by: set[int] = field(default_factory=set)
    silenced: set[int] = field(default_factory=set)
    closed_topics: set[int] = field(default_factory=set)
    moved: dict[int, int] = field(default_factory=dict)
    refuse_entities: bool = False
    reaches_no_host: bool = False
    files: dict[str, bytes] = field(default_factory=dict)
    trouble: Trouble | None = None
    asking: int = 0
    next_update_id: int = 900_000_001
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    _server: LoopbackServer | None = None
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def id(self) -> int:
        return int(self.token.partition(":")[0])

    async def __aenter__(self) -> Self:
        self._server = await LoopbackServer(self._answer, self.port).__aenter__()
        self.port = self._server.port
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        assert self._server is not None
        await self._server.__aexit__(kind, error, trace)

    async def leave(self) -> None:
        """Nobody listens any more: connections are refused."""
        assert self._server is not None
        await self._server.__aexit__(None, None, None)

    async def come_back(self) -> None:
        """At the same address."""
        self._server = await LoopbackServer(self._answer, self.port).__aenter__()

    # --- what people do ----------------------------------------------------------------------------------------------

    def message(self, chat: int, text: str | None = None, *, who: int | None = None, **more: Any) -> JsonObject:
        """A message as Telegram shows it to the bot. Negative chats are groups."""
        sender = {"id": who or chat, "is_bot": False, "first_name": f"User {who or chat}", "language_code": "en"}
        where = {"id": chat, "type": "private"} if chat > 0 else {"id": chat, "type": "supergroup", "title": "Group"}
        made = {"message_id": next(self._numbers), "date": int(time.time()), "chat": where, "from": sender, **more}
        if text is not None:
            made |= {"text": text, "entities": more.get("entities") or entities_of(text)}
        return made

    def update(self, update_id: int | None = None, **content: JsonObject) -> JsonObject:
        if update_id is None:
            update_id = self.next_update_id
        self.next_update_id = update_id + 1
        return {"update_id": update_id, **content}

    def writes(self, chat: int, text: str | None = None, *, who: int | None = None, **more: Any) -> JsonObject:
        """Somebody writes; the update is on its way. Returns it."""
        made = self.update(message=self.message(chat, text, who=who, **more))
        self.offer(made)
        return made

    def edits(self, message: JsonObject, text: str) -> JsonObject:
        """Somebody changes what they wrote."""
        edited = {**message, "text": text, "entities": entities_of(text), "edit_date": int(time.time())}
        made = self.update(edited_message=edited)
        self.offer(made)
        return made

    def presses(self, message: JsonObject, title: str, *, who: int | None = None) -> JsonObject:
        """Somebody presses a button under a message of the bot. Raises LookupError when there is none."""
        rows = message.get("reply_markup", {}).get("inline_keyboard", [])
        data = next((key["callback_data"] for row in rows for key in row if key["text"] == title), None)
        if data is None:
            raise LookupError(f"no button {title!r} under {message.get('text')!r}")
        return self.presses_data(message, data, who=who)

    def presses_data(self, message: JsonObject, data: str, *, who: int | None = None) -> JsonObject:
        person = who or message["chat"]["id"]
        made = self.update(
            callback_query={
                "id": f"press-{next(self._numbers)}",
                "from": {"id": person, "is_bot": False, "first_name": f"User {person}"},
                "message": message,
                "chat_instance": "1",
                "data": data,
            }
        )
        self.offer(made)
        return made

    def offer(self, update: JsonObject) -> None:
        """Bring an update to the bot, by webhook or on its next question."""
        if self.webhook is None:
            self.pending.append(update)
            self._news.set()
            return
        task = asyncio.create_task(self._call_webhook(update))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def delivered(self) -> None:
        """Until every update has been answered with 2xx."""
        while self._tasks:
            await asyncio.wait(list(self._tasks))

    # --- what they see -----------------------------------------------------------------------------------------------

    def shown_in(self, chat: int) -> list[str]:
        """The texts that the bot has sent there, in order; of a photo or document, its address."""
        return [shown(one) for one in self.messages.get(chat, [])]

    def heard_in(self, chat: int) -> list[str]:
        """The same without what came once more and made no sound."""
        heard: list[str] = []
        for message in self.messages.get(chat, []):
            text = shown(message)
            if not (message.get("disable_notification") and heard and heard[-1] == text):
                heard.append(text)
        return heard

    async def until(self, holds: Callable[[], bool], seconds: float = 10) -> None:
        """Raises TimeoutError when it does not come true."""
        async with asyncio.timeout(seconds):
            while not holds():  # noqa: ASYNC110  anything may be waited for
                await asyncio.sleep(0.01)

    async def shows(self, chat: int, count: int, seconds: float = 10) -> list[JsonObject]:
        """The messages of the bot in a chat, as soon as there are so many."""
        try:
            await self.until(lambda: len(self.messages.get(chat, [])) >= count, seconds)
        except TimeoutError:
            raise AssertionError(f"{chat} saw {self.shown_in(chat)}, not {count} messages") from None
        return self.messages[chat]

    # --- the webhook -------------------------------------------------------------------------------------------------

    async def _call_webhook(self, update: JsonObject) -> None:
        """The same update again and again until it is answered with 2xx, for a minute."""
        async with httpx.AsyncClient(timeout=20, trust_env=False) as client:
            for _ in range(int(60 / self.retry_seconds)):
                if self.webhook is None or await self._called(client, update, self.webhook):
                    return
                await asyncio.sleep(self.retry_seconds)

    async def _called(self, client: httpx.AsyncClient, update: JsonObject, webhook: JsonObject) -> bool:
        headers = {SECRET_HEADER: webhook["secret_token"]} if webhook.get("secret_token") else {}
        try:
            said = await client.post(webhook["url"], json=update, headers=headers)
        except httpx.HTTPError:
            self.deliveries.append((update["update_id"], 0))
            return False
        self.deliveries.append((update["update_id"], said.status_code))
        return said.is_success

    # --- the API -----------------------------------------------------------------------------------------------------

    async def _answer(self, asked: Asked) -> AsyncIterator[bytes]:
        if unquote(asked.path).startswith(f"/file/bot{self.token}/"):
            content = self.files.get(asked.path.rpartition("/")[2])
            yield (
                answer(200, content) if content is not None else answer(404, {"ok": False, "description": "Not Found"})
            )
            return
        _, bot, method = (asked.path + "//").split("/")[:3]
        params = params_of(asked)
        call: JsonObject = {"method": method, "params": params, "at": time.monotonic()}
        self.calls.append(call)
        if self.trouble in ("down", "hang", "garbage"):
            async for piece in self._in_trouble():
                yield piece
            return
        try:
            result = await self._result(bot, method, params)
        except RefusedCall as refused:
            call |= {"error": refused.code, **refused.body.get("parameters", {})}
            yield answer(refused.code, refused.body)
            return
        if self.trouble == "lost":
            raise ConnectionResetError
        yield answer(200, {"ok": True, "result": result})

    async def _in_trouble(self) -> AsyncIterator[bytes]:
        if self.trouble == "down":
            raise ConnectionResetError
        if self.trouble == "hang":
            await asyncio.sleep(3_600)
        yield answer(200, "<html>not now</html>")

    async def _result(self, bot: str, method: str, params: JsonObject) -> Any:
        if bot != f"bot{self.token}":
            raise RefusedCall(401, "Unauthorized")
        if self.trouble == "500":
            raise RefusedCall(500, "Internal Server Error")
        handler = getattr(self, f"_do_{method.lower()}", None)
        if handler is None:
            raise RefusedCall(404, "Not Found")
        return await handler(params)

    async def _do_getme(self, params: JsonObject) -> JsonObject:
        return {"id": self.id, "is_bot": True, "first_name": "Desk", "username": self.username}

    async def _do_setwebhook(self, params: JsonObject) -> bool:
        if not str(params.get("url", "")).startswith(("https://", "http://127.0.0.1")):
            raise RefusedCall(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        self.webhook = params
        waiting, self.pending = self.pending, []
        for update in waiting:
            self.offer(update)
        return True

    async def _do_deletewebhook(self, params: JsonObject) -> bool:
        self.webhook = None
        return True

    async def _do_getwebhookinfo(self, params: JsonObject) -> JsonObject:
        url = "" if self.webhook is None else self.webhook["url"]
        return {"url": url, "has_custom_certificate": False, "pending_update_count": len(self.pending)}

    async def _do_getfile(self, params: JsonObject) -> JsonObject:
        file_id = str(params["file_id"])
        if file_id not in self.files:
            raise RefusedCall(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        if len(self.files[file_id]) > MAX_FILE:
            raise RefusedCall(400, "Bad Request: file is too big")
        return {"file_id": file_id, "file_unique_id": file_id, "file_path": f"documents/{file_id}"}

    async def _do_setmycommands(self, params: JsonObject) -> bool:
        if len(params.get("commands", [])) > 100:
            raise RefusedCall(400, "Bad Request: BOT_COMMANDS_TOO_MUCH")
        return True

    async def _do_getupdates(self, params: JsonObject) -> list[JsonObject]:
        """The earliest hundred at or behind the offset; those before it are confirmed, and forgotten."""
        if self.webhook is not None:
            raise RefusedCall(409, "Conflict: can't use getUpdates method while webhook is active")
        offset = int(params.get("offset", 0))
        self.pending = [one for one in self.pending if not offset or one["update_id"] >= offset]
        if not self.pending:
            self._news.clear()
            self.asking += 1
            try:
                await asyncio.wait_for(self._news.wait(), float(params.get("timeout", 0)))
            except TimeoutError:
                return []
            finally:
                self.asking -= 1
        return self.pending[:100]

    async def _do_sendmessage(self, params: JsonObject) -> JsonObject:
        return self._sent(params, text=params.get("text", ""), entities=params.get("entities", []))

    async def _do_sendphoto(self, params: JsonObject) -> JsonObject:
        file = self._file(params, "photo")
        return self._sent(params, photo=[file | {"width": 1, "height": 1}])

    async def _do_senddocument(self, params: JsonObject) -> JsonObject:
        return self._sent(params, document=self._file(params, "document"))

    def _file(self, params: JsonObject, kind: str) -> JsonObject:
        """By its address, which Telegram fetches if it is of a kind that it fetches; or uploaded."""
        uploaded = next((one for one in params.get("uploaded", [])), None)
        if uploaded is not None:
            self.files[f"up-{len(self.files)}"] = uploaded["content"]
            return {"file_id": f"up-{len(self.files) - 1}", "file_unique_id": "1", "file_name": uploaded["name"]}
        address = str(params[kind])
        if self.reaches_no_host or (kind == "document" and not address.lower().endswith((".pdf", ".zip", ".gif"))):
            raise RefusedCall(400, "Bad Request: failed to get HTTP URL content")
        return {"file_id": address, "file_unique_id": "1"}

    def _sent(self, params: JsonObject, **content: Any) -> JsonObject:
        chat = int(params["chat_id"])
        if chat in self.moved:
            refusal = "Bad Request: group chat was upgraded to a supergroup chat"
            raise RefusedCall(400, refusal, {"migrate_to_chat_id": self.moved[chat]})
        if chat in self.blocked_by:
            raise RefusedCall(403, "Forbidden: bot was blocked by the user")
        if chat in self.silenced:
            raise RefusedCall(400, "Bad Request: not enough rights to send text messages to the chat")
        if int(params.get("message_thread_id") or 0) in self.closed_topics:
            raise RefusedCall(400, "Bad Request: message thread not found")
        checked_message(params, content, refuse_entities=self.refuse_entities)
        self.limits.count(chat)
        bot = {"id": self.id, "is_bot": True, "first_name": "Desk", "username": self.username}
        where = {"id": chat, "type": "private" if chat > 0 else "supergroup"}
        made = {"message_id": next(self._numbers), "date": int(time.time()), "chat": where, "from": bot, **content}
        for name in ("reply_markup", "message_thread_id", "reply_parameters", "disable_notification"):
            if name in params:
                made[name] = params[name]
        self.messages.setdefault(chat, []).append(made)
        return {name: value for name, value in made.items() if name not in ("reply_parameters", "disable_notification")}

    async def _do_sendchataction(self, params: JsonObject) -> bool:
        if params.get("action") != "typing":
            raise RefusedCall(400, "Bad Request: wrong parameter action in request")
        self.typing.append(int(params["chat_id"]))
        return True

    async def _do_answercallbackquery(self, params: JsonObject) -> bool:
        self.answered.append({**params, "at": time.monotonic()})
        return True

    async def _do_editmessagereplymarkup(self, params: JsonObject) -> JsonObject:
        for message in self.messages.get(int(params["chat_id"]), []):
            if message["message_id"] == int(params["message_id"]):
                if "reply_markup" not in message:
                    raise RefusedCall(400, "Bad Request: message is not modified")
                del message["reply_markup"]
                return message
        raise RefusedCall(400, "Bad Request: message to edit not found")


def entities_of(text: str) -> list[JsonObject]:
    """The mentions and commands that Telegram marks in what people write."""
    found: list[JsonObject] = []
    at = 0
    for word in text.split(" "):
        kind = {"@": "mention", "/": "bot_command"}.get(word[:1])
        if kind and len(word) > 1:
            found.append({"type": kind, "offset": _units(text[:at]), "length": _units(word)})
        at += len(word) + 1
    return found


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def shown(message: JsonObject) -> str:
    """What one sees of a message."""
    if "photo" in message:
        return str(message["photo"][0]["file_id"])
    return str(message["document"]["file_id"] if "document" in message else message["text"])
