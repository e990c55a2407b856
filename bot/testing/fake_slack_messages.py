"""What Slack keeps and answers: messages by channel, and the methods of its Web API, with Slack's rules."""

import itertools
import json
import time
from dataclasses import dataclass, field
from typing import Any, Final

from bot.testing.fake_slack_files import SlackFiles, Uploaded
from bot.testing.fake_slack_rules import refusal_of, view_refusal_of

BOT: Final = "UDESK"
TRIGGER_SECONDS: Final = 3.0


@dataclass
class Posted:
    """One message in Slack."""

    team: str
    channel: str
    ts: str
    user: str
    text: str
    thread_ts: str = ""
    blocks: list[dict[str, Any]] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)
    only_for: str = ""
    at: float = 0.0
    files: list[Uploaded] = field(default_factory=list)

    def as_slack_has_it(self) -> dict[str, Any]:
        shown: dict[str, Any] = {"type": "message", "ts": self.ts, "text": self.text, "user": self.user}
        shown |= {"bot_id": "BDESK", "app_id": "ADESK"} if self.user == BOT else {}
        shown |= {"thread_ts": self.thread_ts} if self.thread_ts else {}
        return shown | {"blocks": self.blocks, "metadata": self.metadata}


@dataclass
class SlackMessages(SlackFiles):
    """tokens: the workspace of each bot token. strict: whether the rate of a channel is enforced."""

    tokens: dict[str, str] = field(default_factory=lambda: {"xoxb-desk": "T1"})
    app_token: str = "xapp-desk"  # noqa: S105  # opens nothing
    strict: bool = True
    port: int = 0
    messages: list[Posted] = field(default_factory=list)
    views: list[dict[str, Any]] = field(default_factory=list)
    statuses: list[tuple[str, str, str]] = field(default_factory=list)
    unknown_channels: set[str] = field(default_factory=set)
    _last_at: dict[tuple[str, str], float] = field(default_factory=dict)
    _triggers: dict[str, float] = field(default_factory=dict)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def trigger(self) -> str:
        """A trigger id, good for three seconds and one use."""
        made = f"{next(self._numbers)}.trigger"
        self._triggers[made] = time.monotonic()
        return made

    # --- the Web API -------------------------------------------------------------------------------------------------

    def answer(self, method: str, arguments: dict[str, Any], token: str) -> dict[str, Any]:
        """What a method of the Web API gives."""
        if method == "apps.connections.open":
            if token != self.app_token:
                return _error("invalid_auth")
            return {"ok": True, "url": f"ws://127.0.0.1:{self.port}/link/{next(self._numbers)}"}
        team = self.tokens.get(token)
        if team is None:
            return _error("invalid_auth")
        work = getattr(self, "_" + method.replace(".", "_").lower(), None)
        answer: dict[str, Any] = _error("unknown_method") if work is None else work(team, arguments)
        return answer

    def _auth_test(self, team: str, arguments: dict[str, Any]) -> dict[str, Any]:
        return {"ok": True, "team_id": team, "user_id": BOT, "bot_id": "BDESK"}

    def _chat_postmessage(self, team: str, arguments: dict[str, Any]) -> dict[str, Any]:
        channel = arguments.get("channel", "")
        if channel in self.unknown_channels or not channel:
            return _error("channel_not_found")
        blocks = _decoded(arguments.get("blocks"))
        if (refusal := refusal_of(arguments, blocks)) is not None:
            return _error(refusal)
        channel = direct_channel(channel)
        now = time.monotonic()
        if self.strict and now - self._last_at.get((team, channel), -9.0) < 0.9:
            return _error("ratelimited")
        self._last_at[team, channel] = now
        posted = Posted(
            team, channel, self._ts(), BOT, arguments.get("text", ""), arguments.get("thread_ts", ""), blocks or [],
            _decoded(arguments.get("metadata")) or {}, at=now,
        )  # fmt: skip
        self.messages.append(posted)
        return {"ok": True, "channel": channel, "ts": posted.ts, "message": posted.as_slack_has_it()}

    def _chat_update(self, team: str, arguments: dict[str, Any]) -> dict[str, Any]:
        found = self.message(team, arguments.get("channel", ""), arguments.get("ts", ""))
        if found is None:
            return _error("message_not_found")
        blocks = _decoded(arguments.get("blocks"))
        if (refusal := refusal_of(arguments, blocks)) is not None:
            return _error(refusal)
        found.text, found.blocks = arguments.get("text", ""), blocks or []
        return {"ok": True, "channel": found.channel, "ts": found.ts}

    def _assistant_threads_setstatus(self, team: str, arguments: dict[str, Any]) -> dict[str, Any]:
        channel, thread = direct_channel(arguments.get("channel_id", "")), arguments.get("thread_ts", "")
        if not thread:
            return _error("invalid_thread_ts")
        self.statuses.append((channel, thread, arguments.get("status", "")))
        return {"ok": True}

    def _chat_postephemeral(self, team: str, arguments: dict[str, Any]) -> dict[str, Any]:
        self.messages.append(
            Posted(
                team, arguments["channel"], self._ts(), BOT, arguments["text"], arguments.get("thread_ts", ""),
                _decoded(arguments.get("blocks")) or [], only_for=arguments["user"],
            )
        )  # fmt: skip
        return {"ok": True, "message_ts": self.messages[-1].ts}

    def _views_open(self, team: str, arguments: dict[str, Any]) -> dict[str, Any]:
        made_at = self._triggers.pop(arguments.get("trigger_id", ""), None)
        if made_at is None or time.monotonic() - made_at > TRIGGER_SECONDS:
            return _error("expired_trigger_id")
        view = _decoded(arguments.get("view"))
        if (refusal := view_refusal_of(view)) is not None:
            return _error(refusal)
        self.views.append(view | {"id": f"V{next(self._numbers)}"})
        return {"ok": True, "view": self.views[-1]}

    def _conversations_open(self, team: str, arguments: dict[str, Any]) -> dict[str, Any]:
        return {"ok": True, "channel": {"id": direct_channel(arguments["users"])}}

    def _conversations_history(self, team: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if arguments["channel"][:1] in "UW":
            return _error("channel_not_found")
        found = [m for m in self.in_channel(arguments["channel"], team) if not m.thread_ts]
        return {"ok": True, "messages": [m.as_slack_has_it() for m in reversed(found)], "has_more": False}

    def _conversations_replies(self, team: str, arguments: dict[str, Any]) -> dict[str, Any]:
        ts = arguments["ts"]
        found = [m for m in self.in_channel(arguments["channel"], team) if ts in (m.ts, m.thread_ts)]
        return {"ok": True, "messages": [m.as_slack_has_it() for m in found], "has_more": False}

    def _files_getuploadurlexternal(self, team: str, arguments: dict[str, Any]) -> dict[str, Any]:
        return self.begin(arguments, self.base)

    def _files_completeuploadexternal(self, team: str, arguments: dict[str, Any]) -> dict[str, Any]:
        channel = str(arguments.get("channel_id", ""))
        shown = self.complete(arguments, channel not in self.unknown_channels)
        if isinstance(shown, str):
            return _error(shown)
        thread = arguments.get("thread_ts", "")
        self.messages.append(Posted(team, channel, self._ts(), BOT, "", thread, files=shown, at=time.monotonic()))
        return {"ok": True, "files": [{"id": file.id, "title": file.title} for file in shown]}

    def _files_info(self, team: str, arguments: dict[str, Any]) -> dict[str, Any]:
        return self.info(arguments, self.base)

    def _users_info(self, team: str, arguments: dict[str, Any]) -> dict[str, Any]:
        user = arguments["user"]
        return {"ok": True, "user": {"id": user, "name": user.lower(), "profile": {"display_name": user.lower()}}}

    # --- reading -----------------------------------------------------------------------------------------------------

    def in_channel(self, channel: str, team: str = "T1") -> list[Posted]:
        """What everybody there sees, in order."""
        return [m for m in self.messages if (m.team, m.channel) == (team, channel) and not m.only_for]

    def told(self, channel: str, team: str = "T1") -> list[str]:
        """What the desk said in a channel, in order."""
        return [m.text for m in self.in_channel(channel, team) if m.user == BOT]

    def notices(self, user: str) -> list[str]:
        """What only this person sees."""
        return [m.text for m in self.messages if m.only_for == user]

    def message(self, team: str, channel: str, ts: str) -> Posted | None:
        return next((m for m in self.messages if (m.team, m.channel, m.ts) == (team, channel, ts)), None)

    def _ts(self) -> str:
        return f"{time.time():.0f}.{next(self._numbers):06d}"


def direct_channel(user: str) -> str:
    """The channel of the direct messages with a person."""
    return f"D{user[1:]}" if user[:1] in "UW" else user


def _decoded(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) and value else value


def _error(code: str) -> dict[str, Any]:
    return {"ok": False, "error": code}
