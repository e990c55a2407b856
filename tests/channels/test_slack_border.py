"""What may come in from Slack: signatures, shapes, and what is acknowledged."""

import asyncio
import json
import logging
import time
from pathlib import Path
from urllib.parse import urlencode

import pytest

from bot.testing.clock import WEDNESDAY_NOON
from bot.testing.fake_slack import BOT, FakeSlack
from channels.slack.signature import Verifier, sign
from tests.channels.slack_desks import on_slack

HELLO = {
    "type": "message",
    "user": "U1",
    "text": "when are you open",
    "ts": "1.1",
    "channel": "D1",
    "channel_type": "im",
}


async def test_sl1_a_signed_request_is_acknowledged_quickly_under_load(tmp_path: Path, sqlite_url: str) -> None:
    """200 requests a second for two seconds: each is answered before Slack would send it again."""
    async with FakeSlack() as slack, on_slack(tmp_path, sqlite_url, slack) as desk:
        took: list[float] = []

        async def one(number: int) -> None:
            await asyncio.sleep(number / 200)
            # Signed when it is sent: what is measured is the desk.
            event = {"type": "team_join", "user": {"id": f"U{number}"}}
            body = json.dumps(slack.wrapped(event, f"Ev{number}")).encode()
            began = time.perf_counter()
            assert (await slack.post(body)).status_code == 200
            took.append(time.perf_counter() - began)

        await asyncio.gather(*(one(number) for number in range(400)))
        assert desk.house.is_open
    assert max(took) < 3.0


async def test_sl2_a_request_counts_within_five_minutes_of_now(tmp_path: Path, sqlite_url: str) -> None:
    async with FakeSlack() as slack, on_slack(tmp_path, sqlite_url, slack) as desk:
        for number, (away, status) in enumerate([(-302, 401), (302, 401), (-298, 200), (298, 200)]):
            body = json.dumps(slack.wrapped({**HELLO, "ts": f"1.{number}"}, f"Ev{number}")).encode()
            answer = await slack.post(body, headers=slack.signed(body, time.time() + away))
            assert answer.status_code == status, away
        assert await desk.count("inbox") == 2


def test_sl2_the_window_is_exact() -> None:
    """With the clock held, to the second."""
    verifier, secret = Verifier(["s"]), b"s"
    for away, holds in ((-301, False), (-300, True), (-299, True), (299, True), (300, True), (301, False)):
        stamp = str(int(WEDNESDAY_NOON.timestamp()) + away)
        assert verifier.holds(b"{}", stamp, sign(secret, stamp, b"{}").decode(), WEDNESDAY_NOON) is holds, away


DEEP = ("[" * 2_000 + "]" * 2_000).encode()
BODIES = {
    "empty": b"",
    "not utf-8": b'{"type": "\xff\xfe"}',
    "not json": b"type=event_callback",
    "an array": b"[]",
    "deep": DEEP,
    "deep in an object": b'{"event": ' + DEEP + b"}",
    "a number": b"1",
}


async def test_sl3_what_cannot_be_read_is_refused_and_leaves_nothing(tmp_path: Path, sqlite_url: str) -> None:
    async with FakeSlack() as slack, on_slack(tmp_path, sqlite_url, slack) as desk:
        for kind in ("application/json", "text/plain"):
            for name, body in BODIES.items():
                assert (await slack.post(body, kind)).status_code in range(400, 500), (name, kind)
        for body in (b"payload=[]", b"payload=%FF", b"payload=", b"payload=" + DEEP, b"\xff=1"):
            answer = await slack.post(body, "application/x-www-form-urlencoded")
            assert answer.status_code in range(400, 500), body[:20]
        assert await desk.count("inbox") == 0


WRONG: list[dict[str, str]] = [
    {"x-slack-signature": ""},
    {"x-slack-signature": "v0=" + "0" * 64},
    {"x-slack-signature": "v0=\u00e4\u00f6"},
    {"x-slack-signature": "v1=abc"},
    {"x-slack-request-timestamp": ""},
    {"x-slack-request-timestamp": "soon"},
    {"x-slack-request-timestamp": "-5"},
    {"x-slack-request-timestamp": "1" * 40},
    {"x-slack-request-timestamp": "\u0661\u0662\u0663".encode().decode("latin-1")},
    {"x-slack-request-timestamp": "1e9"},
]


async def test_sl3_a_wrong_signature_is_refused_and_its_body_stands_in_no_log(
    tmp_path: Path, sqlite_url: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    async with FakeSlack() as slack, on_slack(tmp_path, sqlite_url, slack) as desk:
        body = json.dumps(slack.wrapped({**HELLO, "text": "my secret is mellon"}, "Ev1")).encode()
        for wrong in WRONG:
            raw = {name: value.encode("latin-1") for name, value in {**slack.signed(body), **wrong}.items()}
            answer = await desk.desk.anybody.post("/slack/events", content=body, headers=raw)
            assert answer.status_code == 401, wrong
        for missing in ("x-slack-signature", "x-slack-request-timestamp"):
            signed = {name: value for name, value in slack.signed(body).items() if name != missing}
            assert (await desk.desk.anybody.post("/slack/events", content=body, headers=signed)).status_code == 401
        assert await desk.count("inbox") == 0
    out, err = capfd.readouterr()
    assert "mellon" not in caplog.text + out + err


async def test_sl4_one_more_space_breaks_the_signature(tmp_path: Path, sqlite_url: str) -> None:
    async with FakeSlack() as slack, on_slack(tmp_path, sqlite_url, slack) as desk:
        body = json.dumps(slack.wrapped(HELLO, "Ev1")).encode()
        answer = await slack.post(body + b" ", headers=slack.signed(body))
        assert answer.status_code == 401
        assert await desk.count("inbox") == 0


async def test_sl5_the_address_is_verified_for_whoever_signs(tmp_path: Path, sqlite_url: str) -> None:
    async with FakeSlack() as slack, on_slack(tmp_path, sqlite_url, slack) as desk:
        body = json.dumps({"type": "url_verification", "challenge": "3eZbrw1a", "token": "x"}).encode()
        signed = await slack.post(body)
        unsigned = await desk.desk.anybody.post("/slack/events", content=body)
        assert (signed.status_code, signed.json()) == (200, {"challenge": "3eZbrw1a"})
        assert unsigned.status_code == 401


async def test_sl2_during_a_change_of_the_secret_both_count(tmp_path: Path, sqlite_url: str) -> None:
    async with FakeSlack() as slack, on_slack(tmp_path, sqlite_url, slack, slack_signing_secret="new,signing-secret"):
        for secret, status in (("signing-secret", 200), ("new", 200), ("older", 401)):
            slack.signing_secret = secret
            assert (await slack.post(b'{"type": "url_verification", "challenge": "c"}')).status_code == status


async def test_sl12_what_the_desk_does_not_know_is_acknowledged(tmp_path: Path, sqlite_url: str) -> None:
    """Anything but 200 counts as a failure at Slack, which turns events off when there are too many."""
    async with FakeSlack() as slack, on_slack(tmp_path, sqlite_url, slack) as desk:
        assert await slack.event({"type": "channel_rename", "channel": {"id": "C1"}}) == 200
        assert await slack.event({"type": "something_new_of_2031"}) == 200
        unknown = {"type": "block_actions", "user": {"id": "U1"}, "team": {"id": "T1"}, "trigger_id": "1"}
        actions = [{"type": "button", "action_id": "theirs", "block_id": "other", "value": "1"}]
        assert (await slack.interacts({**unknown, "actions": actions})).status_code == 200
        assert (await slack.interacts({**unknown, "type": "a_kind_to_come"})).status_code == 200
        assert await desk.count("inbox") == 0


async def test_authentic_but_strange_shapes_are_answered_and_do_no_harm(tmp_path: Path, sqlite_url: str) -> None:
    strange: list[object] = [
        {}, {"type": "event_callback"}, {"type": "event_callback", "event": []},
        {"type": "event_callback", "event": {}},
        {"type": "event_callback", "event": {"type": "message", "channel": 1, "ts": [], "user": {}, "text": 5}},
        {"type": "event_callback", "event": {"type": 7}}, {"type": "block_actions", "actions": []},
        {"type": "block_actions"},
        {"type": "view_submission", "view": None}, {"type": "message_action"}, {"type": 3}, {"command": 1},
        {"type": "event_callback", "team_id": "T1", "authorizations": "x", "event": {**HELLO, "files": [1, {}]}},
    ]  # fmt: skip
    async with FakeSlack() as slack, on_slack(tmp_path, sqlite_url, slack):
        for body in strange:
            answer = await slack.post(json.dumps(body).encode())
            assert answer.status_code < 500, body


async def test_sl22_dropped_events_raise_an_alert(tmp_path: Path, sqlite_url: str) -> None:
    async with FakeSlack() as slack, on_slack(tmp_path, sqlite_url, slack) as desk:
        body = {"type": "app_rate_limited", "team_id": "T1", "minute_rate_limited": 1518467820, "token": "x"}
        assert (await slack.post(json.dumps(body).encode())).status_code == 200
        samples = await desk.desk.samples()
        assert samples["frontdesk_channel_troubles_total{channel=slack,kind=app_rate_limited}"] == 1


async def test_sl23_the_check_of_the_certificate_is_answered(tmp_path: Path, sqlite_url: str) -> None:
    """Slack does not sign it."""
    async with FakeSlack() as slack, on_slack(tmp_path, sqlite_url, slack) as desk:
        get = await desk.desk.anybody.get("/slack/events", params={"ssl_check": "1"})
        form = urlencode({"ssl_check": "1", "token": "x"}).encode()
        kind = {"content-type": "application/x-www-form-urlencoded"}
        post = await desk.desk.anybody.post("/slack/events", content=form, headers=kind)
        assert (get.status_code, post.status_code) == (200, 200)


NOT_FOR_US: list[dict[str, str]] = [
    {**HELLO, "user": BOT},
    {**HELLO, "bot_id": "B7", "user": "U9"},
    {**HELLO, "subtype": "bot_message", "bot_id": "B7"},
    {"type": "message", "subtype": "channel_join", "user": "U1", "ts": "1.2", "channel": "C1"},
    {"type": "message", "user": "U1", "text": "not for you", "ts": "1.2", "channel": "C1", "channel_type": "channel"},
    {"type": "message", "user": "U1", "text": "nor this", "ts": "1.3", "thread_ts": "1.2", "channel": "C1"},
]


async def test_sl10_what_machines_write_and_what_is_for_others_is_no_turn(tmp_path: Path, sqlite_url: str) -> None:
    async with FakeSlack() as slack, on_slack(tmp_path, sqlite_url, slack) as desk:
        for event in NOT_FOR_US:
            assert await slack.event(event) == 200
        assert await desk.count("inbox") == 0


async def test_without_a_way_in_the_channel_is_off_and_says_why(tmp_path: Path, sqlite_url: str) -> None:
    async with FakeSlack() as slack, on_slack(tmp_path, sqlite_url, slack, slack_signing_secret="") as desk:
        assert [problem for problem in desk.house.problems if "FRONTDESK_SLACK_SIGNING_SECRET" in problem]
        assert "slack" not in desk.house.channels
