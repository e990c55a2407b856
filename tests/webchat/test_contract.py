"""The web chat's contract: who a visitor is, what they send once, and a stream that loses and doubles nothing."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from bot.model.message import Reply
from bot.store import inbox, instances
from channels.webchat import stream
from channels.webchat.visitors import Visitors
from tests.api.desks import client_of
from tests.webchat.visitors import ORIGINS, Served, Visitor, a_visitor, conversation_of, first, token_of

HOURS = "We are open from 9 to 5."
POLICY = ("default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "img-src 'self' data:")


@pytest.fixture
async def visitor(web: Served) -> AsyncIterator[Visitor]:
    async with a_visitor(web.url) as one:
        yield one


async def test_a_visitor_writes_and_the_reply_comes_on_the_stream(visitor: Visitor) -> None:
    async with visitor.stream() as frames:
        sent = await visitor.say("/hours")
        assert (sent.status_code, sent.json()["duplicate"]) == (200, False)
        (reply,) = await first(frames)
    assert (reply["text"], reply["author"]) == (HOURS, "bot")
    assert reply["buttons"] == [{"title": "And on Sundays?", "payload": "/sundays"}]
    assert await visitor.replies() == [reply]


async def test_a_button_sends_its_payload_and_shows_its_title(web: Served, visitor: Visitor) -> None:
    await visitor.say("And on Sundays?", payload="/sundays")
    async with visitor.stream() as frames:
        assert [reply["text"] for reply in await first(frames)] == ["Closed on Sundays."]
    instance = await web.desk.house.database.read(lambda c: instances.get(c, conversation_of(web, visitor)))
    assert instance.state.recent[0].text == "And on Sundays?"


async def test_the_same_message_sent_four_times_is_one_turn(web: Served, visitor: Visitor) -> None:
    async with visitor.stream() as frames:
        answers = await asyncio.gather(*(visitor.say("/hours", "the-same-id") for _ in range(4)))
        await first(frames)
    assert [answer.status_code for answer in answers] == [200] * 4
    assert sorted(answer.json()["duplicate"] for answer in answers) == [False, True, True, True]
    assert len({answer.json()["seq"] for answer in answers}) == 1
    conversation = conversation_of(web, visitor)
    assert (await web.desk.house.database.read(lambda c: instances.get(c, conversation))).state.turn == 1


async def test_the_number_of_a_message_rises(visitor: Visitor) -> None:
    numbers = [(await visitor.say("/hours")).json()["seq"] for _ in range(3)]
    assert numbers == sorted(set(numbers))


async def test_messages_written_in_a_burst_are_one_turn(web: Served, visitor: Visitor) -> None:
    async with visitor.stream() as frames:
        for words in ("hello", "I wanted to ask", "when are you open"):
            await visitor.say(words)
        await first(frames)
    conversation = conversation_of(web, visitor)
    assert (await web.desk.house.database.read(lambda c: instances.get(c, conversation))).state.turn == 1


async def test_a_stream_that_breaks_everywhere_shows_everything_once_and_in_order(
    web: Served, visitor: Visitor
) -> None:
    """Thirty replies, and a new connection after every few that were read."""
    conversation = conversation_of(web, visitor)
    await visitor.say("/hours")
    async with visitor.stream() as frames:
        await first(frames)
    for number in range(30):
        await web.desk.house.people.reply(conversation, "Anna", Reply(text=f"line {number}"))
    seen: list[str] = []
    after = ""
    while len(seen) < 31:
        async with visitor.stream(after) as frames:
            for reply in await first(frames, min(1 + len(seen) % 3, 31 - len(seen))):
                seen.append(reply["text"])
                after = str(reply["number"])
    assert [text for text in seen if text != HOURS] == [f"line {number}" for number in range(30)]
    assert len(seen) == len(set(seen))


async def test_the_header_of_the_standard_resumes_too(visitor: Visitor) -> None:
    await visitor.say("/hours")
    async with visitor.stream() as frames:
        (reply,) = await first(frames)
    await visitor.say("/sundays")
    async with visitor.stream(last_event_id=str(reply["number"])) as frames:
        assert [one["text"] for one in await first(frames)] == ["Closed on Sundays."]


@pytest.mark.parametrize("wished", ["garbage", "-1", "999999999999999", "9" * 60, "1.5", "٣", "0"])
async def test_a_place_that_is_not_in_the_conversation_shows_it_from_the_start(visitor: Visitor, wished: str) -> None:
    await visitor.say("/hours")
    async with visitor.stream(wished) as frames:
        assert [reply["text"] for reply in await first(frames)] == [HOURS]


async def test_a_number_of_somebody_elses_conversation_leaks_nothing(web: Served, visitor: Visitor) -> None:
    async with a_visitor(web.url) as other:
        await other.say("/sundays")
        async with other.stream() as frames:
            (theirs,) = await first(frames)
        await visitor.say("/hours")
        async with visitor.stream(str(theirs["number"])) as frames:
            assert [reply["text"] for reply in await first(frames)] == [HOURS]
        assert [reply["text"] for reply in await other.replies()] == ["Closed on Sundays."]


async def test_nobody_can_take_another_visitors_message_id(web: Served, visitor: Visitor) -> None:
    async with a_visitor(web.url) as other:
        assert not (await other.say("/hours", "guessed-id")).json()["duplicate"]
        assert not (await visitor.say("/hours", "guessed-id")).json()["duplicate"]


async def test_two_tabs_of_one_visitor_both_see_everything(visitor: Visitor) -> None:
    async with visitor.stream() as one, visitor.stream() as two:
        await visitor.say("/hours")
        assert await first(one) == await first(two)


async def test_what_an_agent_writes_arrives_live_and_when_the_visitor_comes_back(web: Served, visitor: Visitor) -> None:
    await visitor.say("/hours")
    conversation = conversation_of(web, visitor)
    async with visitor.stream() as frames:
        (hours,) = await first(frames)
        await web.desk.house.people.reply(conversation, "Anna", Reply(text="I am here."))
        (live,) = await first(frames)
    assert (live["text"], live["author"]) == ("I am here.", "agent")
    await web.desk.house.people.reply(conversation, "Anna", Reply(text="And while you were away."))
    async with visitor.stream(str(live["number"])) as frames:
        assert [reply["text"] for reply in await first(frames)] == ["And while you were away."]
    assert "Anna" not in str(await visitor.replies(hours["number"])), "names of colleagues stay inside"


BAD_TOKENS = {
    "none": "",
    "no scheme": "abc",
    "another scheme": "Basic YTpi",
    "garbage": "Bearer garbage",
    "an API token": "Bearer fd_live_" + "x" * 43,
    "too long": "Bearer " + "x" * 2_450,
}


@pytest.mark.parametrize("name", BAD_TOKENS)
async def test_without_a_token_of_ours_there_is_nothing(web: Served, visitor: Visitor, name: str) -> None:
    headers = {"authorization": BAD_TOKENS[name]} if BAD_TOKENS[name] else {}
    body = {"text": "/hours", "client_msg_id": "12345678"}
    for method, path in (("POST", "/webchat/messages"), ("GET", "/webchat/replies"), ("GET", "/webchat/events")):
        answer = await visitor.http.request(method, path, json=body if method == "POST" else None, headers=headers)
        assert (answer.status_code, path) == (401, path)
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_token_is_bound_to_the_secret_and_cannot_be_made_up() -> None:
    token = token_of(Visitors("secret"))
    assert Visitors("secret").visitor_of(f"Bearer {token}")
    for forged in (token_of(Visitors("other")), token.swapcase(), "x" + token, token[1:]):
        with pytest.raises(Exception, match="valid visitor token"):
            Visitors("secret").visitor_of(f"Bearer {forged}")


def test_visitors_are_random_names_of_128_bits() -> None:
    visitors = Visitors("secret")
    names = {visitors.visitor_of(f"Bearer {token_of(visitors)}").name for _ in range(200)}
    assert len(names) == 200
    assert all(len(name) >= 22 for name in names)


@pytest.mark.parametrize(
    "body",
    [
        {"text": "hi"},
        {"client_msg_id": "12345678"},
        {"text": "", "client_msg_id": "12345678"},
        {"text": "  ", "client_msg_id": "12345678"},
        {"text": "hi", "client_msg_id": "short"},
        {"text": "hi", "client_msg_id": "x" * 65},
        {"text": "hi", "client_msg_id": "a b c d e f"},
        {"text": "x" * 16_001, "client_msg_id": "12345678"},
        {"text": "hi", "payload": "x" * 5_000, "client_msg_id": "12345678"},
        {"text": "hi", "client_msg_id": "12345678", "sender": "somebody-else"},
    ],
)
async def test_a_message_that_does_not_fit_is_refused(visitor: Visitor, body: dict[str, str]) -> None:
    answer = await visitor.http.post("/webchat/messages", json=body, headers=visitor.headers)
    assert answer.status_code == 422, answer.text


async def test_one_visitor_holds_only_so_many_streams(visitor: Visitor) -> None:
    async with contextlib_stack(visitor, stream.MOST_STREAMS):
        answer = await visitor.http.get("/webchat/events", headers=visitor.headers)
        assert answer.status_code == 429
    async with visitor.stream() as frames:
        await visitor.say("/hours")
        await first(frames)


class contextlib_stack:  # noqa: N801  # used like a function
    """So many open streams of one visitor."""

    def __init__(self, visitor: Visitor, count: int) -> None:
        self._streams = [visitor.stream() for _ in range(count)]

    async def __aenter__(self) -> None:
        for one in self._streams:
            await one.__aenter__()

    async def __aexit__(self, *error: object) -> None:
        for one in reversed(self._streams):
            await one.__aexit__(None, None, None)


async def test_a_quiet_stream_shows_that_it_lives(
    web: Served, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT_SECONDS", 0.05)
    async with visitor.http.stream("GET", "/webchat/events", headers=visitor.headers) as answer:
        lines = answer.aiter_lines()
        async with asyncio.timeout(10):
            heard = [await anext(lines) for _ in range(9)]
        await lines.aclose()  # type: ignore[attr-defined]
    assert heard[0] == "retry: 2000"
    assert heard.count(": still here") == 2


async def test_the_page_is_served_with_a_strict_policy(web: Served) -> None:
    async with httpx.AsyncClient(base_url=web.url) as http:
        page = await http.get("/")
        assert page.status_code == 200
        policy = page.headers["content-security-policy"]
        for rule in (*POLICY, f"frame-ancestors {' '.join(ORIGINS)}", "base-uri 'none'"):
            assert rule in policy
        assert "unsafe" not in policy
        assert "<script>" not in page.text
        assert " style=" not in page.text
        assert "onclick" not in page.text
        for path in ("/chat", "/webchat/demo", "/webchat/widget.js", "/webchat/element.js", "/webchat/page.css"):
            one = await http.get(path)
            assert one.status_code == 200
            again = await http.get(path, headers={"if-none-match": one.headers["etag"]})
            assert (again.status_code, again.content) == (304, b"")


async def test_a_page_of_another_site_may_not_read_anything(web: Served) -> None:
    async with httpx.AsyncClient(base_url=web.url, headers={"origin": "https://evil.example"}) as http:
        for method, path in (("POST", "/webchat/visitors"), ("OPTIONS", "/webchat/messages"), ("GET", "/")):
            answer = await http.request(method, path)
            assert "access-control-allow-origin" not in answer.headers


async def test_nothing_that_was_refused_is_stored(web: Served, visitor: Visitor) -> None:
    before = await web.desk.rows()
    await visitor.http.post("/webchat/messages", json={"text": "hi"}, headers=visitor.headers)
    await visitor.http.post("/webchat/messages", json={"text": "hi", "client_msg_id": "12345678"})
    assert await web.desk.rows() == before


async def test_a_message_is_acknowledged_only_when_it_is_stored(web: Served, visitor: Visitor) -> None:
    await visitor.say("/hours")
    conversation = conversation_of(web, visitor)
    stored = await web.desk.house.database.read(
        lambda c: (instances.get(c, conversation), inbox.waiting(c, conversation))
    )
    assert stored[0].id == conversation
    async with client_of(web.desk.app, {}) as caller:
        assert (await caller.get("/readyz")).status_code == 200
