"""What no program should choke on, from outside: a clear 4xx for each, and nothing else is disturbed."""

import asyncio
import random
from pathlib import Path

import httpx
import pytest

from tests.faults.crowds import Stream
from tests.faults.harness import Desk, a_site
from tests.faults.invariants import hold, no_dead_messages

WEBHOOK = "/webhooks/rest/webhook"
JSON = {"content-type": "application/json"}


def said(message: str) -> bytes:
    return b'{"sender": "poison", "message": ' + message.encode() + b"}"


POISON: dict[str, tuple[bytes, int]] = {
    "10 MB": (said('"' + "x" * 10_000_000 + '"'), 413),
    "a text that is too long": (said('"' + "x" * 20_000 + '"'), 422),
    "NUL": (said('"before \\u0000 after"'), 400),
    "a raw NUL": (b'{"sender": "poison", "message": "before \x00 after"}', 400),
    "broken UTF-8": (b'{"sender": "poison", "message": "\xff\xfe\xc3\x28"}', 400),
    "half a surrogate pair": (said('"\\ud800"'), 400),
    "half a surrogate pair as the sender": (b'{"sender": "\\udfff", "message": "hello"}', 400),
    "deep JSON": (said("[" * 100_000 + "]" * 100_000), 400),
    "deep metadata": (b'{"sender": "p", "message": "hi", "metadata": ' + b'{"a":' * 20_000 + b"1" + b"}" * 20_001, 400),
    "no JSON": (b"message=hello", 400),
    "an empty body": (b"", 422),
    "null": (b"null", 422),
    "a list": (b"[]", 422),
    "numbers": (b'{"sender": 7, "message": 8}', 422),
    "NaN": (b'{"sender": "poison", "message": NaN}', 400),
    "a huge number": (b'{"sender": "poison", "message": 1' + b"0" * 100_000 + b"}", 400),
    "an empty message": (said('"   "'), 422),
    "an endless sender": (b'{"sender": "' + b"s" * 300 + b'", "message": "hello"}', 422),
}

pytestmark = pytest.mark.faults


async def drink(client: httpx.AsyncClient, desk: Desk, name: str) -> None:
    """The clear 4xx, as problem+json, which does not repeat what came in."""
    body, status = POISON[name]
    answer = await client.post(desk.url + WEBHOOK, content=body, headers=JSON)
    assert answer.status_code == status, f"{name}: {answer.status_code} {answer.text[:200]}"
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json", name
    assert problem["detail"], name
    assert len(answer.content) < 3_000, name


@pytest.mark.timeout(300)
async def test_poison_is_refused_and_disturbs_nobody(tmp_path: Path, database_url: str, fault_seed: int) -> None:
    async with a_site(tmp_path, database_url) as site:
        desk = site.desk()
        desk.start()
        await desk.until_ready()
        others = Stream(site, [desk], random.Random(fault_seed), "others", 10, 10.0, {"chat": 3, "order": 1})
        async with others.flowing(), httpx.AsyncClient(timeout=30, trust_env=False) as client:
            for _ in range(2):
                await asyncio.gather(*(drink(client, desk, name) for name in POISON))
            await others.until_said(10)
        assert {status for line in others.lines for status in line.statuses} == {200}
        await hold(site, desk, others.everybody)
        await no_dead_messages(site, desk)
        assert "Traceback" not in desk.tail(1_000_000)
        await desk.stop()
        site.check_files()
