"""Slack as far as a desk sees it: ``async with FakeSlack() as slack`` speaks its Web API and Socket Mode on loopback.

It enforces Slack's rules (rates, limits, tokens, trigger ids) and keeps what it was sent in ``messages``. What people
do is sent to the desk as Slack sends it: signed, and again with the same ``event_id`` when no 2xx came within 3 s.
"""

import asyncio
import contextlib
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlencode

import httpx
from aiohttp import WSMsgType, web  # noqa: TID251  # a server: no request leaves through it

from bot.testing.fake_slack_forms import state_of
from bot.testing.fake_slack_messages import BOT, Posted, SlackMessages, direct_channel

__all__ = ["BOT", "FakeSlack", "Posted", "Trouble"]
ACK_SECONDS: Final = 3.0
RETRY_REASON: Final = "http_error"


@dataclass
class Trouble:
    """How the next calls are treated: a status (``500``), ``429``, an error of Slack's, or

    ``lost`` (done, then the connection breaks), ``reset`` (breaks before anything is done), ``slow`` (done, answered
    after ``seconds``).
    """

    kind: str
    times: int = 1
    seconds: float = 1.0
    method: str = "chat.postMessage"
    channel: str = ""


@dataclass
class FakeSlack(SlackMessages):
    """pauses: before the second, third and fourth attempt at an event (Slack waits 0, 60 and 300 seconds).

    calls: every call of the Web API (method, arguments, status or error). attempts: every request to the desk.
    """

    signing_secret: str = "signing-secret"  # noqa: S105  # nor does this
    pauses: tuple[float, ...] = (0.0, 0.2, 0.5)
    ack_seconds: float = ACK_SECONDS
    desk: httpx.AsyncClient | None = None
    calls: list[tuple[str, dict[str, Any], str]] = field(default_factory=list)
    attempts: list[tuple[str, int]] = field(default_factory=list)
    down: bool = False
    acked: list[str] = field(default_factory=list)
    sockets: list[web.WebSocketResponse] = field(default_factory=list)
    _troubles: list[Trouble] = field(default_factory=list)
    _acks: dict[str, "asyncio.Future[dict[str, Any]]"] = field(default_factory=dict)
    _runner: web.AppRunner | None = None

    # --- the server --------------------------------------------------------------------------------------------------

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/"

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=32_000_000)
        app.router.add_route("*", "/api/{method}", self._call)
        app.router.add_get("/link/{ticket}", self._link)
        app.router.add_post("/upload/{file}", self._upload)
        app.router.add_get("/files-pri/{file}", self._download)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for socket in list(self.sockets):
            await socket.close()
        assert self._runner is not None
        await self._runner.cleanup()

    def behave(self, kind: str, times: int = 1, seconds: float = 1.0, **more: str) -> None:
        """Treat the next calls so; see `Trouble`."""
        self._troubles.append(Trouble(kind, times, seconds, **more))

    async def _call(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        arguments = await _arguments(request)
        token = request.headers.get("authorization", "").removeprefix("Bearer ") or arguments.get("token", "")
        if self.down:
            return self._break(request)
        trouble = self._trouble_of(method, arguments)
        if trouble is not None and trouble.kind == "reset":
            self.calls.append((method, arguments, "reset"))
            return self._break(request)
        if trouble is not None and trouble.kind not in ("lost", "slow"):
            return self._refused(method, arguments, trouble)
        answer = self.answer(method, arguments, token)
        self.calls.append((method, arguments, str(answer.get("error", "ok"))))
        if trouble is not None and trouble.kind == "lost":
            return self._break(request)
        if trouble is not None:
            await asyncio.sleep(trouble.seconds)
        if answer.get("error") == "ratelimited":
            return web.json_response(answer, status=429, headers={"Retry-After": "1"})
        return web.json_response(answer)

    async def _upload(self, request: web.Request) -> web.Response:
        return web.Response(status=self.received(request.match_info["file"], await request.read()))

    async def _download(self, request: web.Request) -> web.Response:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        content, kind = self.handed_out(request.match_info["file"], token in self.tokens)
        return web.Response(body=content, content_type=kind)

    def _break(self, request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    def _trouble_of(self, method: str, arguments: Mapping[str, Any]) -> Trouble | None:
        for one in self._troubles:
            if one.times > 0 and one.method == method and one.channel in ("", arguments.get("channel")):
                one.times -= 1
                return one
        return None

    def _refused(self, method: str, arguments: dict[str, Any], trouble: Trouble) -> web.Response:
        self.calls.append((method, arguments, trouble.kind))
        if trouble.kind == "429":
            return web.json_response(
                {"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": f"{trouble.seconds:.0f}"}
            )
        if trouble.kind.isdigit():
            return web.Response(status=int(trouble.kind), text="<html>trouble</html>", content_type="text/html")
        return web.json_response({"ok": False, "error": trouble.kind})

    # --- what people do ----------------------------------------------------------------------------------------------

    async def says(self, user: str, text: str, channel: str = "", thread_ts: str = "", **more: Any) -> str:
        """A person writes; without a channel to the desk directly. Returns the message's ts."""
        channel, team = channel or direct_channel(user), more.pop("team", "T1")
        ts = self._ts()
        self.messages.append(Posted(team, channel, ts, user, text, thread_ts))
        event = {"type": "message", "user": user, "text": text, "ts": ts, "channel": channel, **more}
        event |= {"channel_type": "im" if channel.startswith("D") else "channel"}
        await self.event(event | ({"thread_ts": thread_ts} if thread_ts else {}), team=team)
        return ts

    async def event(self, event: dict[str, Any], event_id: str = "", team: str = "T1") -> int:
        """Send an event until the desk acknowledges it; returns the last status."""
        body = self.wrapped(event, event_id or f"Ev{next(self._numbers)}", team)
        return await self.deliver(body)

    def wrapped(self, event: dict[str, Any], event_id: str, team: str = "T1") -> dict[str, Any]:
        """The outer part that the Events API puts around an event."""
        return {
            "token": "unused",
            "team_id": team,
            "api_app_id": "ADESK",
            "event": event,
            "type": "event_callback",
            "event_id": event_id,
            "event_time": int(time.time()),
            "authorizations": [{"team_id": team, "user_id": BOT, "is_bot": True}],
            "is_ext_shared_channel": False,
        }

    async def deliver(self, body: dict[str, Any], attempts: int = 4) -> int:
        """By Socket Mode where the desk is connected, else over HTTP; with Slack's three repeats."""
        if self.sockets:
            return 200 if await self.envelope("events_api", body) is not None else 0
        status = 0
        for number, pause in enumerate((0.0, *self.pauses)[:attempts]):
            await asyncio.sleep(pause)
            retry = {"x-slack-retry-num": str(number), "x-slack-retry-reason": RETRY_REASON} if number else {}
            status = (await self.post(json.dumps(body).encode(), headers=retry)).status_code
            if 200 <= status < 300:
                break
        return status

    async def interacts(self, payload: dict[str, Any]) -> httpx.Response:
        """A click, a shortcut or a form, sent once as Slack does."""
        kind = "application/x-www-form-urlencoded"
        return await self.post(urlencode({"payload": json.dumps(payload)}).encode(), kind)

    async def presses(self, user: str, posted: Posted, number: int = 0, **more: Any) -> httpx.Response:
        """A click on the ``number``th button of a message, or the choice of that option of its menu."""
        return await self.interacts(self.press(user, posted, number, **more))

    def press(self, user: str, posted: Posted, number: int = 0, **more: Any) -> dict[str, Any]:
        """The payload of a click."""
        found = [(b["block_id"], e) for b in posted.blocks if b["type"] == "actions" for e in b["elements"]]
        if found[0][1]["type"] == "static_select":
            block, menu = found[0]
            action = {"type": "static_select", "selected_option": menu["options"][number]}
            action |= {"action_id": menu["action_id"]}
        else:
            block, button = found[number]
            action = dict(button)
        return {
            "type": "block_actions",
            "team": {"id": posted.team},
            "user": {"id": user, "team_id": posted.team, "name": user.lower()},
            "channel": {"id": posted.channel},
            "container": {"type": "message", "message_ts": posted.ts, "channel_id": posted.channel},
            "message": posted.as_slack_has_it(),
            "trigger_id": self.trigger(),
            "actions": [action | {"block_id": block}],
            **more,
        }

    async def commands(self, user: str, text: str, channel: str, team: str = "T1") -> httpx.Response:
        """``/desk text``, typed in a channel."""
        fields = {"command": "/desk", "text": text, "user_id": user, "channel_id": channel, "team_id": team}
        body = urlencode({**fields, "trigger_id": self.trigger(), "token": "unused"}).encode()
        return await self.post(body, "application/x-www-form-urlencoded")

    async def submits(self, user: str, view: dict[str, Any], text: str, team: str = "T1") -> httpx.Response:
        """A form is sent with this text in its one field."""
        block = view["blocks"][0]
        values = {block["block_id"]: {block["element"]["action_id"]: {"type": "plain_text_input", "value": text}}}
        payload = {"type": "view_submission", "team": {"id": team}, "user": {"id": user}}
        return await self.interacts({**payload, "view": {**view, "state": {"values": values}}})

    async def fills(
        self, user: str, view: dict[str, Any], values: Mapping[str, str], team: str = "T1"
    ) -> httpx.Response:
        """A form of several fields is sent with these values, by block; what is not named is left as it stands."""
        return await self.interacts(self.filled(user, view, values, team))

    def filled(self, user: str, view: dict[str, Any], values: Mapping[str, str], team: str = "T1") -> dict[str, Any]:
        """The payload of a form that is sent."""
        asked = [(block["block_id"], block["element"]) for block in view["blocks"] if block["type"] == "input"]
        state = {slot: {element["action_id"]: state_of(element, values.get(slot))} for slot, element in asked}
        payload = {"type": "view_submission", "team": {"id": team}, "user": {"id": user}}
        return {**payload, "view": {**view, "state": {"values": state}}}

    async def post(
        self, body: bytes, kind: str = "application/json", headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """One signed request to the desk. A request that fails or is late counts as status 599."""
        assert self.desk is not None
        given = {"content-type": kind, **self.signed(body), **(headers or {})}
        try:
            async with asyncio.timeout(self.ack_seconds):
                answer = await self.desk.post("/slack/events", content=body, headers=given)
        except (TimeoutError, httpx.TransportError):
            answer = httpx.Response(599)
        self.attempts.append((given.get("x-slack-retry-num", "0"), answer.status_code))
        return answer

    def signed(self, body: bytes, at: float | None = None) -> dict[str, str]:
        """The headers that prove where a request comes from."""
        timestamp = str(int(time.time() if at is None else at))
        mac = hmac.new(self.signing_secret.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256)
        return {"x-slack-request-timestamp": timestamp, "x-slack-signature": f"v0={mac.hexdigest()}"}

    # --- Socket Mode -------------------------------------------------------------------------------------------------

    async def _link(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": 1, "connection_info": {"app_id": "ADESK"}})
        self.sockets.append(socket)
        try:
            async for frame in socket:
                if frame.type == WSMsgType.TEXT:
                    self._acknowledged(json.loads(frame.data))
        finally:
            with contextlib.suppress(ValueError):
                self.sockets.remove(socket)
        return socket

    def _acknowledged(self, ack: dict[str, Any]) -> None:
        envelope = ack["envelope_id"]
        self.acked.append(envelope)
        if (waiting := self._acks.get(envelope)) is not None and not waiting.done():
            waiting.set_result(ack.get("payload") or {})

    async def envelope(self, kind: str, payload: dict[str, Any], attempts: int = 4) -> dict[str, Any] | None:
        """Send an envelope over the newest connection until it is acknowledged; returns what came with that."""
        for attempt in range(attempts):
            name = f"e{next(self._numbers)}"
            self._acks[name] = asyncio.get_running_loop().create_future()
            body = {
                "envelope_id": name,
                "type": kind,
                "payload": payload,
                "accepts_response_payload": kind != "events_api",
            }
            with contextlib.suppress(ConnectionError, IndexError, TimeoutError):
                await self.sockets[-1].send_json(body | {"retry_attempt": attempt, "retry_reason": "timeout"})
                return await asyncio.wait_for(self._acks[name], self.ack_seconds)
            await asyncio.sleep(0.05)
        return None

    async def refresh_sockets(self, reason: str = "warning") -> None:
        """Ask all connections to be renewed, as Slack does every few hours."""
        for socket in list(self.sockets):
            await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {}})


async def _arguments(request: web.Request) -> dict[str, Any]:
    """Of a call: its query, form or JSON."""
    found: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        return {**found, **await request.json()}
    return found | {name: str(value) for name, value in (await request.post()).items()}
