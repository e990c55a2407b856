"""Slack's events at a fixed rate, whatever comes back (an open loop): how soon each is acknowledged.

First events that are nothing to the desk, which are only checked; then messages, each of another person, which are
stored before they are acknowledged, while the turns that they begin and the replies to a Slack on loopback go on."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.client import PATIENCE_SECONDS, post_once
from benchmarks.figures import Bar, Effort, Figure, percentile
from benchmarks.loads import Failed
from benchmarks.processes import HttpProgram, running, start_desk
from bot.testing.fake_slack import FakeSlack

RATE = 200.0
"""Events a second."""
WORDS = "when are you open"


async def slack_events(folder: Path, database_url: str, effort: Effort) -> list[Figure]:
    """The figures, of a desk of its own."""
    async with FakeSlack(strict=False) as slack:
        desk = start_desk(folder, database_url, more=_settings(slack))
        with running(desk):
            await desk.until_ready()
            checked = await _send(desk, slack, effort.visitor_seconds, _of_no_interest)
            stored = await _send(desk, slack, effort.visitor_seconds, _message)
    return [*_figures("only checked", checked, 100), *_figures("messages", stored)]


def _figures(what: str, took: list[float], most_p99: float | None = None) -> list[Figure]:
    """most_p99: milliseconds. Slack itself waits three seconds."""
    part = f"Slack, {RATE:.0f} signed events/s, {what}"
    bar = None if most_p99 is None else Bar("at most", most_p99)
    return [
        Figure(part, "event to acknowledgement, p50", 1000 * percentile(took, 0.5), "ms"),
        Figure(part, "event to acknowledgement, p99", 1000 * percentile(took, 0.99), "ms", bar=bar),
        Figure(part, "the slowest", 1000 * max(took), "ms", bar=Bar("at most", 3_000)),
    ]


def _settings(slack: FakeSlack) -> Mapping[str, str]:
    return {
        "FRONTDESK_SLACK_BOT_TOKEN": next(iter(slack.tokens)),
        "FRONTDESK_SLACK_SIGNING_SECRET": slack.signing_secret,
        "FRONTDESK_SLACK_API_URL": slack.api_url,
    }


def _of_no_interest(person: str) -> dict[str, Any]:
    return {"type": "team_join", "user": {"id": f"U{person}"}}


def _message(person: str) -> dict[str, Any]:
    where = {"channel": f"D{person}", "channel_type": "im", "ts": f"1.{person}"}
    return {"type": "message", "user": f"U{person}", "text": WORDS, **where}


async def _send(
    desk: HttpProgram, slack: FakeSlack, seconds: float, event_of: Callable[[str], dict[str, Any]]
) -> list[float]:
    """Seconds from each event's due time on. Raises Failed when one was not acknowledged."""
    took: list[float] = []
    errors: list[str] = []
    began = time.perf_counter()

    async def one(number: int, due: float) -> None:
        person = f"{number:06}"
        body = json.dumps(slack.wrapped(event_of(person), f"{event_of.__name__}{person}")).encode()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await post_once(desk.port, "/slack/events", body, slack.signed(body))
            took.append(time.perf_counter() - due)
        except (OSError, TimeoutError, ValueError) as error:
            errors.append(f"{type(error).__name__} {error}")

    async with asyncio.TaskGroup() as sending:
        for number in range(int(seconds * RATE)):
            due = began + number / RATE
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            sending.create_task(one(number, due))
    if errors or not took:
        raise Failed(f"Slack's events: {len(errors)} went wrong, the first: {(errors or ['none was sent'])[0]}")
    return took
