"""The cases of a web chat's contract that need no browser, each under its number."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from bot.model.message import Reply
from bot.store import outbox
from bot.testing.ports import free_port
from channels.webchat import stream
from channels.webchat.stream import Streams
from tests.api.desks import FLOWS, until
from tests.houses import write_flows
from tests.servers import a_server
from tests.webchat.visitors import Served, Visitor, a_visitor, conversation_of, first, many_visitors, standing

HOURS = "We are open from 9 to 5."


@pytest.fixture
async def visitor(web: Served) -> AsyncIterator[Visitor]:
    async with a_visitor(web.url) as one:
        await one.say("/hours")
        async with one.stream() as frames:
            await first(frames)
        yield one


async def tell(web: Served, visitor: Visitor, texts: list[str]) -> None:
    """So many replies at once, in order."""
    conversation, now = conversation_of(web, visitor), web.desk.house.clock.now()
    replies = [Reply(text=text) for text in texts]
    await web.desk.house.database.write(
        lambda c: outbox.add(c, conversation, "webchat", 9, replies, epoch=1, turn=None, delivered=True, now=now)
    )


async def test_wb1_a_thousand_replies_over_a_line_that_drops_behind_every_frame_come_once_and_in_order(
    web: Served, visitor: Visitor
) -> None:
    await tell(web, visitor, [f"line {number}" for number in range(1_000)])
    streams, conversation = Streams(web.desk.house.intake), conversation_of(web, visitor)
    seen: list[str] = []
    after = ""
    while len(seen) < 1_001:
        start = await streams.start_of(conversation, after)
        frames = streams.frames(conversation, start, asyncio.get_running_loop().create_future())
        async for frame in frames:
            lines = dict(line.split(": ", 1) for line in frame.decode().strip().split("\n"))
            if lines.get("event") == "reply":
                seen.append(json.loads(lines["data"])["text"])
                after = lines["id"]
                break
        await frames.aclose()  # type: ignore[attr-defined]
    assert seen == [HOURS, *(f"line {number}" for number in range(1_000))]


async def test_wb2_after_a_kill_in_the_middle_of_the_stream_it_goes_on_where_it_was(tmp_path: Path) -> None:
    flows = str(write_flows(tmp_path / "flows", FLOWS))
    port = str(free_port())
    with a_server(tmp_path / "data", flows_dir=flows, port=port, lease_seconds="1") as server:
        async with a_visitor(server.url) as visitor, visitor.stream() as frames:
            await visitor.say("/hours")
            (hours,) = await first(frames)
            await visitor.say("/sundays", "sent-before-the-kill")
            server.process.kill()
            with contextlib.suppress(httpx.TransportError):
                _ = [reply async for reply in frames]
    with a_server(tmp_path / "data", flows_dir=flows, port=port, lease_seconds="1") as server:
        async with httpx.AsyncClient(base_url=server.url, timeout=20) as http:
            again = Visitor(http, visitor.token)
            assert (await again.say("/sundays", "sent-before-the-kill")).json()["duplicate"]
            async with again.stream(str(hours["number"])) as frames:
                assert [reply["text"] for reply in await first(frames)] == ["Closed on Sundays."]


async def test_wb3_the_same_message_three_times_is_one_turn(visitor: Visitor) -> None:
    before = (await visitor.replies())[-1]["number"]
    answers = [await visitor.say("/sundays", "the-same-message") for _ in range(3)]
    assert [answer.json()["duplicate"] for answer in answers] == [False, True, True]
    async with visitor.stream(str(before)) as frames:
        await first(frames)
    assert len(await visitor.replies(before)) == 1


@pytest.mark.parametrize("place", ["of another conversation", "future", "garbage", "pruned"])
async def test_wb4_a_place_that_is_not_its_own_shows_the_whole_conversation_and_nothing_else(
    web: Served, visitor: Visitor, place: str
) -> None:
    async with a_visitor(web.url) as other:
        await other.say("/sundays")
        async with other.stream() as frames:
            (theirs,) = await first(frames)
        own = (await visitor.replies())[0]["number"]
        wished = {"of another conversation": theirs["number"], "future": 10**15, "garbage": "x'--", "pruned": own - 1}
        async with visitor.stream(last_event_id=str(wished[place])) as frames:
            assert [reply["text"] for reply in await first(frames)] == [HOURS]


async def test_wb5_two_tabs_of_one_visitor_both_see_all(visitor: Visitor) -> None:
    async with visitor.stream() as one, visitor.stream() as two:
        await visitor.say("/sundays")
        assert await first(one, 2) == await first(two, 2)


async def nothing_is_served() -> bool:
    """Whether uvicorn, on this loop, has no request under way."""
    return not any("run_asgi" in repr(task.get_coro()) for task in asyncio.all_tasks())


async def test_wb9_who_reads_slowly_holds_little_memory_is_let_go_and_holds_up_nobody(
    web: Served, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """8 MB wait for one who reads nothing. Only a page of them is taken from the tables, and the line is closed."""
    monkeypatch.setattr(stream, "STALLED_SECONDS", 0.3)
    await tell(web, visitor, ["x" * 16_000] * 500)
    url = httpx.URL(web.url)
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        line.connect((url.host, url.port))
        line.sendall(
            f"GET /webchat/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {visitor.token}\r\n\r\n".encode()
        )
        async with a_visitor(web.url) as quick, quick.stream() as frames:
            await quick.say("/hours")
            assert [reply["text"] for reply in await first(frames)] == [HOURS]
        await until(nothing_is_served, 60)
        line.settimeout(20)
        taken = await asyncio.to_thread(lambda: sum(map(len, iter(lambda: line.recv(65_536), b""))))
    assert taken < 7_900_000, "the desk gave up before everything was sent"
    assert stream.PAGE * 16_000 <= 1_000_000


async def test_wb10_a_message_of_64_kilobytes_comes_in_and_a_larger_one_does_not(visitor: Visitor) -> None:
    largest = json.dumps({"text": "\U0001f600" * 16_000, "client_msg_id": "12345678"}, ensure_ascii=False).encode()
    headers = visitor.headers | {"content-type": "application/json"}
    assert 64_000 < len(largest) < 65_536
    assert (await visitor.http.post("/webchat/messages", content=largest, headers=headers)).status_code == 200
    over = largest[:-1] + b" " * (65_537 - len(largest)) + b"}"
    assert (await visitor.http.post("/webchat/messages", content=over, headers=headers)).status_code == 413
    for binary in (b"\x00\xff" * 100, b"\x81\x05hello"):
        assert (await visitor.http.post("/webchat/messages", content=binary, headers=headers)).status_code == 400


async def test_wb11_many_visitors_follow_at_once_and_none_is_refused(web: Served) -> None:
    """Forty here; `make bench` says what thousands cost."""
    async with many_visitors(web.url, 40) as visitors, contextlib.AsyncExitStack() as stack:
        streams = [await stack.enter_async_context(one.stream()) for one in visitors]
        await asyncio.gather(*(one.say(f"/{'hours' if n % 2 else 'sundays'}") for n, one in enumerate(visitors)))
        replies = [(await first(frames))[0]["text"] for frames in streams]
    assert replies == [HOURS if n % 2 else "Closed on Sundays." for n in range(40)]


async def test_wb12_what_a_colleague_wrote_meanwhile_is_there_on_return(web: Served, visitor: Visitor) -> None:
    last = (await visitor.replies())[-1]["number"]
    await web.desk.house.people.reply(conversation_of(web, visitor), "Anna", Reply(text="While you were away."))
    async with visitor.stream(str(last)) as frames:
        (reply,) = await first(frames)
    assert (reply["text"], reply["author"]) == ("While you were away.", "agent")


async def test_wb13_no_proxy_is_to_hold_the_stream_back(visitor: Visitor) -> None:
    async with visitor.http.stream("GET", "/webchat/events", headers=visitor.headers) as answer:
        assert answer.headers["x-accel-buffering"] == "no"
        assert answer.headers["cache-control"] == "no-cache, no-transform"
        assert "content-encoding" not in answer.headers
        assert "content-length" not in answer.headers


async def test_wb14_after_all_streams_were_cut_at_once_all_come_back(web: Served) -> None:
    async with many_visitors(web.url, 20) as visitors, contextlib.AsyncExitStack() as stack:
        cut = [await stack.enter_async_context(one.stream()) for one in visitors]
        web.desk.house.signals.close()
        assert [[reply async for reply in frames] for frames in cut] == [[]] * 20
        web.desk.house.signals.is_closed = False
        back = [await stack.enter_async_context(one.stream()) for one in visitors]
        await asyncio.gather(*(one.say("/hours") for one in visitors))
        assert [[reply["text"] for reply in await first(frames)] for frames in back] == [[HOURS]] * 20


# --- beside the numbers ----------------------------------------------------------------------------------------------


async def test_who_waits_for_a_person_learns_their_place_and_when_one_has_come(web: Served) -> None:
    people = web.desk.house.people
    async with a_visitor(web.url) as early, a_visitor(web.url) as late:
        for one in (early, late):
            await one.say("can I talk to a human please")
            assert (await standing(one, "queue"))["owner"] == "queue"
        assert (await standing(late, "queue"))["place"] == 1 + (await standing(early, "queue"))["place"]
        before = (await standing(late, "queue"))["place"]
        handoff = await people.take_over(conversation_of(web, early), "Anna")
        assert await standing(early, "agent") == {"owner": "agent"}
        assert (await standing(late, "queue"))["place"] == before - 1
        await people.resolve(handoff.id, "Anna")
        assert await standing(early, "bot") == {"owner": "bot"}


async def test_what_was_seen_is_noted_for_the_colleague_who_wrote_it(web: Served, visitor: Visitor) -> None:
    conversation = conversation_of(web, visitor)
    await web.desk.house.people.reply(conversation, "Anna", Reply(text="Can you see this?"))
    number = (await visitor.replies())[-1]["number"]
    for status in (204, 204):
        answer = await visitor.http.post("/webchat/read", json={"number": number}, headers=visitor.headers)
        assert answer.status_code == status
    async with asyncio.timeout(15):
        while not (
            seen := [f for f in await web.desk.house.people.facts_after(conversation, 0) if f.type == "ReplyRead"]
        ):
            await asyncio.sleep(0.02)
    assert [fact.data["refers_to"] for fact in seen] == [str(number)]
    async with a_visitor(web.url) as other:
        await other.say("/hours")
        async with other.stream() as frames:
            await first(frames)
        foreign = (await other.replies())[-1]["number"]
    for wrong in (foreign, foreign + 1):
        answer = await visitor.http.post("/webchat/read", json={"number": wrong}, headers=visitor.headers)
        assert answer.status_code == 404


async def test_where_no_stream_comes_through_a_poll_waits_for_what_is_new(visitor: Visitor) -> None:
    last = (await visitor.replies())[-1]["number"]
    poll = asyncio.create_task(
        visitor.http.get("/webchat/poll", params={"after": last, "wait": 20}, headers=visitor.headers)
    )
    await visitor.say("/sundays")
    assert [reply["text"] for reply in (await poll).json()["replies"]] == ["Closed on Sundays."]
    quiet = await visitor.http.get("/webchat/poll", params={"after": 10**12, "wait": 0.05}, headers=visitor.headers)
    assert quiet.json() == {"replies": [], "standing": {"owner": "bot"}}
