"""Whatever is wrong in one place of what a platform sends: it is taken, left aside or refused, and never a failure.

Each payload is sent once for every place in it and every way to spoil it. The shapes are those of the platforms' public
documents.
"""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx

from bot.testing.fake_slack import FakeSlack
from bot.testing.fake_telegram import SECRET_HEADER
from tests.channels.slack_desks import on_slack
from tests.channels.telegram_desks import SECRET, on_telegram

LEFT_OUT = object()
SPOILT = [LEFT_OUT, None, True, 10**30, "", "x" * 5_000, "\ud83d", [None], {"a": 1}]

SLACK_EVENTS: list[dict[str, Any]] = [
    {
        "type": "message", "user": "U1", "text": "when are you open <https://a.b|x> <@U2>", "ts": "1700000000.000100",
        "channel": "D1", "channel_type": "im", "thread_ts": "1700000000.000100", "client_msg_id": "c",
        "blocks": [{"type": "rich_text", "elements": []}],
        "files": [{"id": "F1", "name": "a.png", "url_private": "https://x/y", "mimetype": "image/png", "size": 12}],
    },
    {
        "type": "message", "subtype": "message_changed", "channel": "D1", "channel_type": "im", "ts": "1700000001.0002",
        "message": {"type": "message", "user": "U1", "text": "new", "ts": "1700000000.000100"},
        "previous_message": {"user": "U1", "text": "old", "ts": "1700000000.000100"},
    },
    {
        "type": "reaction_added", "user": "U1", "reaction": "+1", "item_user": "U9", "event_ts": "1",
        "item": {"type": "message", "channel": "D1", "ts": "1700000000.000100"},
    },
]  # fmt: skip
SLACK_INTERACTIONS: list[dict[str, Any]] = [
    {
        "type": "block_actions", "team": {"id": "T1"}, "user": {"id": "U1", "team_id": "T1"}, "trigger_id": "1.2.abc",
        "container": {"type": "message", "message_ts": "1700000000.1", "channel_id": "D1"}, "channel": {"id": "D1"},
        "message": {"type": "message", "ts": "1700000000.1", "text": "?"}, "response_url": "https://hooks.slack.com/x",
        "actions": [
            {
                "type": "button", "action_id": "press:0", "block_id": "contact:U1", "value": "/hours",
                "text": {"type": "plain_text", "text": "Yes"},
            }
        ],
    },
    {
        "type": "message_action", "callback_id": "ask_desk", "trigger_id": "1", "message_ts": "1", "team": {"id": "T1"},
        "user": {"id": "U1"}, "channel": {"id": "C1"}, "message": {"user": "U1", "text": "are you open", "ts": "1"},
    },
    {
        "type": "view_submission", "team": {"id": "T1"}, "user": {"id": "U1", "team_id": "T1"},
        "view": {
            "id": "V1", "type": "modal", "callback_id": "reply", "private_metadata": "{}", "hash": "1",
            "state": {"values": {"b": {"a": {"type": "plain_text_input", "value": "x"}}}},
        },
    },
]  # fmt: skip
SLACK_COMMAND = {
    "command": "/desk", "text": "when are you open", "user_id": "U1", "channel_id": "C1", "team_id": "T1",
    "response_url": "https://x", "trigger_id": "1.1",
}  # fmt: skip

PERSON = {"id": 77, "is_bot": False, "first_name": "A", "username": "ab", "language_code": "de"}
CHAT = {"id": 77, "type": "private", "first_name": "A"}
SAID = {
    "message_id": 5, "date": 1700000000, "from": PERSON, "chat": CHAT, "text": "when are you open",
    "entities": [{"type": "bold", "offset": 0, "length": 4}],
    "reply_to_message": {"message_id": 4, "date": 1, "chat": CHAT, "text": "x"},
}  # fmt: skip
SHOWN = {"message_id": 5, "date": 1700000000, "from": PERSON, "chat": CHAT, "caption": "see"}
MEMBER = {"user": {"id": 1, "is_bot": True, "first_name": "b"}, "status": "kicked", "until_date": 0}
TELEGRAM_UPDATES: list[dict[str, Any]] = [
    {"message": SAID},
    {"edited_message": SAID | {"edit_date": 1700000001}},
    {"message": SHOWN | {"photo": [{"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1, "file_size": 5}]}},
    {"message": SHOWN | {"location": {"latitude": 1.0, "longitude": 2.0}}},
    {"message": SHOWN | {"contact": {"phone_number": "+49", "first_name": "B"}}},
    {"message": {**SHOWN, "chat": {"id": -77, "type": "group", "title": "g"}, "migrate_to_chat_id": -100123}},
    {"callback_query": {"id": "9", "from": PERSON, "chat_instance": "1", "data": "0123456789abcdef", "message": SAID}},
    {"my_chat_member": {"chat": CHAT, "from": PERSON, "date": 1, "new_chat_member": MEMBER}},
]


def places_in(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in below:
        yield (*above, name)
        yield from places_in(inner, (*above, name))


def spoilt(payload: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """What was done, and the payload with it."""
    for place in places_in(payload):
        for wrong in SPOILT:
            found = copy.deepcopy(payload)
            inner: Any = found
            for name in place[:-1]:
                inner = inner[name]
            if wrong is LEFT_OUT:
                del inner[place[-1]]
            else:
                inner[place[-1]] = wrong
            yield f"{place}: {'left out' if wrong is LEFT_OUT else repr(wrong)[:20]}", found


async def test_a_spoilt_payload_of_slack_is_no_failure(tmp_path: Path, sqlite_url: str) -> None:
    failed: list[str] = []
    async with FakeSlack() as slack, on_slack(tmp_path, sqlite_url, slack) as desk:
        bodies = [
            (f"{event['type']} {what}", json.dumps(body).encode(), "application/json")
            for event in SLACK_EVENTS
            for what, body in spoilt(slack.wrapped(event, "Ev1"))
        ]
        for payload in SLACK_INTERACTIONS:
            for what, body in spoilt(payload):
                raw = urlencode({"payload": json.dumps(body)}).encode()
                bodies.append((f"{payload['type']} {what}", raw, "application/x-www-form-urlencoded"))
        for what, body in spoilt(SLACK_COMMAND):
            fields = {name: one if isinstance(one, str) else json.dumps(one) for name, one in body.items()}
            raw = urlencode(fields, errors="replace").encode()
            bodies.append((f"command {what}", raw, "application/x-www-form-urlencoded"))
        for what, raw, kind in bodies:
            if (await slack.post(raw, kind)).status_code >= 500:
                failed.append(what)
        await desk.quiet()
        assert await desk.count("inbox", "problem IS NOT NULL") == 0
    assert len(bodies) > 1_000
    assert failed == []


async def test_a_spoilt_update_of_telegram_is_no_failure(tmp_path: Path, sqlite_url: str) -> None:
    failed: list[str] = []
    headers = {SECRET_HEADER: SECRET, "content-type": "application/json"}
    updates = [(what, body) for update in TELEGRAM_UPDATES for what, body in spoilt({"update_id": 1, **update})]
    async with (
        on_telegram(tmp_path, sqlite_url) as desk,
        httpx.AsyncClient(timeout=20, trust_env=False) as client,
    ):
        for number, (what, body) in enumerate(updates, 1_000):
            if body.get("update_id") == 1:
                body["update_id"] = number
            answer = await client.post(desk.webhook, content=json.dumps(body).encode(), headers=headers)
            if answer.status_code >= 500:
                failed.append(what)
    assert len(updates) > 500
    assert failed == []
