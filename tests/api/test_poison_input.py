"""What nobody can keep is refused with a clear 4xx, nothing is stored, and the desk goes on as before."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator

import httpx
import pytest

from bot.api.body import MAX_DEPTH, check_json, depth_of
from bot.api.problems import Refused
from tests.api.desks import Desk, served, until

LIMIT = 262_144
JSON = {"content-type": "application/json"}
GOOD = {"sender": "ada", "message": "/hours"}


def rest(**more: object) -> bytes:
    return json.dumps(GOOD | more).encode()


POISON: dict[str, tuple[bytes, set[int]]] = {
    "ten megabytes": (b'{"sender": "ada", "message": "' + b"x" * 10_000_000 + b'"}', {413}),
    "one byte too many": (b'{"sender": "ada", "message": "' + b"x" * LIMIT + b'"}', {413}),
    "a message that is too long": (rest(message="x" * 20_000), {422}),
    "an escaped NUL": (rest(message="a\0b"), {400}),
    "an escaped NUL in metadata": (rest(metadata={"a": ["b\0"]}), {400}),
    "an escaped NUL in a key": (rest(metadata={"a\0": 1}), {400}),
    "a bare NUL": (b'{"sender": "ada", "message": "a\0b"}', {400}),
    "UTF-16": (json.dumps(GOOD).encode("utf-16"), {400}),
    "broken UTF-8": (b'{"sender": "ada", "message": "\xff\xfe"}', {400}),
    "overlong UTF-8": (b'{"sender": "ada", "message": "\xc0\xaf"}', {400}),
    "a surrogate in UTF-8": (b'{"sender": "ada", "message": "\xed\xa0\x80"}', {400}),
    "half a surrogate pair": (b'{"sender": "ada", "message": "\\ud83d"}', {400}),
    "half a pair in metadata": (b'{"sender": "ada", "message": "hi", "metadata": {"a": "\\uDE00"}}', {400}),
    "half a pair in a key": (b'{"sender": "ada", "message": "hi", "metadata": {"\\ud800": 1}}', {400}),
    "lists in lists": (b"[" * 100_000 + b"]" * 100_000, {400}),
    "lists that never end": (b"[" * 100_000, {400}),
    "objects in objects": (b'{"a":' * 40_000 + b"1" + b"}" * 40_000, {400}),
    "deep metadata": (b'{"sender":"ada","message":"/hours","metadata":{"a":' + b"[" * 99 + b"]" * 99 + b"}}", {400}),
    "not a number": (b'{"sender": "ada", "message": "hi", "metadata": {"a": NaN}}', {400}),
    "infinity": (b'{"sender": "ada", "message": "hi", "metadata": {"a": -Infinity}}', {400}),
    "beyond a double": (b'{"sender": "ada", "message": "hi", "metadata": {"a": 1e999}}', {400}),
    "five thousand digits": (b'{"sender": "ada", "message": "hi", "metadata": {"a": ' + b"9" * 5_000 + b"}}", {400}),
    "a list": (b"[]", {422}),
    "a list of messages": (b"[" + rest() + b"]", {422}),
    "a text": (b'"hi"', {422}),
    "null": (b"null", {422}),
    "a number": (b"1", {422}),
    "nothing": (b"", {422}),
    "no JSON": (b"hello", {400}),
    "half a JSON": (b'{"sender": "ada", "mess', {400}),
    "two values": (b"{}{}", {400}),
    "wrong types": (b'{"sender": {"a": 1}, "message": ["hi"]}', {422}),
    "a sender without end": (rest(sender="x" * 5_000), {422}),
    "an empty sender": (rest(sender=""), {422}),
    "an empty message": (rest(message="  "), {422}),
    "metadata that is a list": (rest(metadata=[1]), {422}),
}


@pytest.fixture(scope="module")
async def server(shared_desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the desk behind a real HTTP server."""
    async with served(shared_desk.app) as url, httpx.AsyncClient(base_url=url, timeout=30) as client:
        yield client


@contextlib.asynccontextmanager
async def nothing_stored(desk: Desk) -> AsyncIterator[None]:
    before = await desk.rows()
    yield
    assert await desk.rows() == before
    assert await desk.say("/hours", sender="undisturbed") == ["We are open from 9 to 5."]


@pytest.mark.parametrize("name", POISON)
async def test_the_rest_channel_refuses(shared_desk: Desk, server: httpx.AsyncClient, name: str) -> None:
    body, expected = POISON[name]
    async with nothing_stored(shared_desk):
        answer = await server.post("/webhooks/rest/webhook", content=body, headers=JSON)
        assert answer.status_code in expected, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert problem["status"] == answer.status_code
        assert all(problem[name] for name in ("type", "title", "detail", "fix", "instance"))
        assert len(answer.content) < 4_000, "an error does not repeat what came in"


async def has_ended(caller: httpx.AsyncClient, run: str) -> bool:
    return bool((await caller.get(f"/api/v1/instances/{run}")).json()["status"] in {"finished", "failed"})


@pytest.mark.parametrize("name", POISON)
async def test_the_api_refuses(shared_desk: Desk, server: httpx.AsyncClient, name: str) -> None:
    body, expected = POISON[name]
    owner = await shared_desk.as_role("owner")
    for path in ("/api/v1/conversations/nobody/replies", "/api/v1/flows/hours/runs", "/api/v1/reviews/a/b/edit"):
        answer = await server.post(path, content=body, headers=JSON | dict(owner.headers))
        if body in (b"", b"null") and path.endswith("runs"):
            assert answer.status_code == 202
            run = answer.json()["id"]
            await until(lambda run=run: has_ended(owner, run))
            continue
        assert answer.status_code in expected | {422}, answer.text


@pytest.mark.parametrize("name", POISON)
async def test_the_web_chat_refuses(shared_desk: Desk, server: httpx.AsyncClient, name: str) -> None:
    token = (await server.post("/webchat/visitors")).json()["token"]
    async with nothing_stored(shared_desk):
        headers = JSON | {"authorization": f"Bearer {token}"}
        answer = await server.post("/webchat/messages", content=POISON[name][0], headers=headers)
        # 413: a message of the web chat is at most 64 KB.
        assert answer.status_code in POISON[name][1] | {413, 422}, answer.text


async def test_a_body_without_end_is_cut_off(shared_desk: Desk, server: httpx.AsyncClient) -> None:
    """Chunks of a length that nobody announced: the answer comes when the limit is passed, not at the end."""
    sent = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(160):
            sent += 65_536
            yield b"x" * 65_536

    async with nothing_stored(shared_desk):
        answer = await server.post("/webhooks/rest/webhook", content=chunks(), headers=JSON)
        assert answer.status_code == 413


async def test_a_body_that_says_it_is_too_large_is_not_waited_for(server: httpx.AsyncClient) -> None:
    reader, writer = await asyncio.open_connection(server.base_url.host, server.base_url.port)
    writer.write(b"POST /webhooks/rest/webhook HTTP/1.1\r\nHost: desk\r\nContent-Length: 999999999\r\n\r\n")
    assert b" 413 " in await asyncio.wait_for(reader.readline(), 5)
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "image/png"]
)
async def test_json_must_say_that_it_is(shared_desk: Desk, kind: str) -> None:
    """A page of somebody else's can send text/plain without asking, JSON it cannot."""
    async with nothing_stored(shared_desk):
        answer = await shared_desk.anybody.post(
            "/webhooks/rest/webhook", content=rest(), headers={"content-type": kind}
        )
        assert answer.status_code == 415
        assert "application/json" in answer.json()["fix"]


@pytest.mark.parametrize("path", ["/api/v1/conversations/a%00b", "/api/v1/conversations?agent=%00", "/%00"])
async def test_a_nul_in_an_address_is_refused(shared_desk: Desk, path: str) -> None:
    owner = await shared_desk.as_role("owner")
    answer = await owner.get(path)
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:frontdesk:problem:unreadable")


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=999999999999999999999",
        "limit=x",
        "cursor=x",
        "cursor=WzFd",
        "cursor=WzFlOTksInhcdTAwMDAiXQ",
        "cursor=Wzk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTksIngiXQ",
        "cursor=%FF%FE",
        "cursor=" + "W" * 3_000,
        "owner=me",
        "status=" + "x" * 1_000,
        "no_such_filter=1",
    ],
)
async def test_a_query_that_does_not_fit_is_refused(shared_desk: Desk, query: str) -> None:
    owner = await shared_desk.as_role("owner")
    answer = await owner.get(f"/api/v1/conversations?{query}")
    assert answer.status_code == 422, answer.text


async def test_whole_characters_of_every_kind_pass(shared_desk: Desk) -> None:
    """Refusing poison does not refuse people: emoji as escapes, right to left, combining marks."""
    body = b'{"sender": "ada", "message": "\\ud83d\\ude00 \\u0645\\u0631\\u062d\\u0628\\u0627 e\\u0301 [[[[ \\" NaN"}'
    answer = await shared_desk.anybody.post("/webhooks/rest/webhook", content=body, headers=JSON)
    assert answer.status_code == 200, answer.text


async def test_nesting_that_everybody_can_read_passes(shared_desk: Desk) -> None:
    deep: object = 1
    for _ in range(MAX_DEPTH - 4):
        deep = [deep]
    answer = await shared_desk.anybody.post(
        "/webhooks/rest/webhook", content=rest(metadata={"deep": deep}), headers=JSON
    )
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("body", "depth"),
    [
        (b"1", 0),
        (b"[]", 1),
        (b'{"a": [{"b": 1}]}', 3),
        (b'"[[[["', 0),
        (b'"\\"[[[["', 0),
        (b'["\\\\", [1]]', 2),
        (b"[][][]", 1),
        (b'"[[[', 0),
        (b'"[[[\\', 0),
        (b"[" * 500, MAX_DEPTH + 1),
    ],
)
def test_depth_is_counted_outside_texts(body: bytes, depth: int) -> None:
    assert depth_of(body) == depth


def test_counting_depth_takes_one_pass_whatever_comes() -> None:
    """A quarter megabyte of quotes that never close: the length of a pass, not its square."""
    loop = asyncio.new_event_loop()
    began = loop.time()
    depth_of(b'"' + b'\\"' * 130_000)
    depth_of(b'"' * 260_000)
    assert loop.time() - began < 1
    loop.close()


def test_ordinary_json_is_not_parsed_twice() -> None:
    check_json(b'{"sender": "ada", "message": "what is 12.5e10 and 10000000?"}')
    with pytest.raises(Refused):
        check_json(b'{"a": "\\u0000"}')
