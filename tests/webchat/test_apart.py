"""What a web chat promises where a desk of its own is needed: floods, shut-downs, peers."""

import asyncio
import signal
from pathlib import Path

import pytest

from bot.model.message import Reply
from bot.services.people import People
from bot.services.signals import Signals
from bot.store import outbox
from tests.api.desks import FLOWS, a_desk, served
from tests.houses import write_flows
from tests.servers import a_server
from tests.webchat.visitors import Served, a_visitor, conversation_of, first, standing


async def test_wb10_a_visitor_who_floods_is_slowed_down_and_others_are_not(tmp_path: Path) -> None:
    async with (
        a_desk(tmp_path, "", messages_per_minute=5) as desk,
        served(desk.app) as url,
        a_visitor(url) as flooding,
        a_visitor(url) as calm,
    ):
        answers = [await flooding.say("/hours") for _ in range(8)]
        assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 3
        assert int(answers[-1].headers["retry-after"]) >= 1
        assert (await calm.say("/hours")).status_code == 200


async def test_streams_go_home_when_the_desk_shuts_down(tmp_path: Path) -> None:
    """Else an open page would hold up every deploy until the grace period is over."""
    async with a_desk(tmp_path, "") as desk, served(desk.app) as url, a_visitor(url) as visitor:
        async with visitor.stream() as frames:
            await visitor.say("/hours")
            await first(frames)
            desk.house.signals.close()
            async with asyncio.timeout(5):
                assert [reply async for reply in frames] == []
        assert (await visitor.say("/hours")).status_code == 200, "who writes meanwhile is still heard"


@pytest.mark.postgres
async def test_a_reply_committed_by_another_process_arrives_within_two_seconds(
    tmp_path: Path, postgres_url: str
) -> None:
    """The reply is written past this process's services, as a peer would."""
    async with a_desk(tmp_path, postgres_url) as desk, served(desk.app) as url, a_visitor(url) as visitor:
        await visitor.say("/hours")
        async with visitor.stream() as frames:
            await first(frames)
            conversation = conversation_of(Served(desk, url), visitor)
            now = desk.house.clock.now()
            await desk.house.database.write(
                lambda c: outbox.add(
                    c,
                    conversation,
                    "webchat",
                    9,
                    [Reply(text="from afar")],
                    epoch=1,
                    turn=None,
                    delivered=True,
                    now=now,
                )
            )
            async with asyncio.timeout(2.5):
                assert [reply["text"] for reply in await first(frames)] == ["from afar"]


@pytest.mark.postgres
async def test_the_place_in_the_queue_is_told_on_postgres_too(tmp_path: Path, postgres_url: str) -> None:
    async with (
        a_desk(tmp_path, postgres_url) as desk,
        served(desk.app) as url,
        a_visitor(url) as early,
        a_visitor(url) as late,
    ):
        for place, visitor in enumerate((early, late), 1):
            await visitor.say("can I talk to a human please")
            assert await standing(visitor, "queue") == {"owner": "queue", "place": place}
        handoff = await desk.house.people.take_over(conversation_of(Served(desk, url), early), "Anna")
        assert await standing(early, "agent") == {"owner": "agent"}
        assert await standing(late, "queue") == {"owner": "queue", "place": 1}
        await desk.house.people.resolve(handoff.id, "Anna")


async def test_a_server_that_is_stopped_does_not_wait_for_open_pages(tmp_path: Path) -> None:
    """As an operator runs it: SIGTERM with an open stream, which alone would last for ever."""
    flows = write_flows(tmp_path / "flows", FLOWS)
    with a_server(tmp_path / "data", flows_dir=str(flows)) as server:
        async with a_visitor(server.url) as visitor, visitor.stream() as frames:
            await visitor.say("/hours")
            await first(frames)
            server.process.terminate()
            assert [reply async for reply in frames] == []
        # uvicorn ends in good order and then lets the signal have its way.
        assert await asyncio.to_thread(server.process.wait, 15) in (0, -signal.SIGTERM)


async def test_a_floor_that_another_process_takes_is_told_with_the_next_look(tmp_path: Path, database_url: str) -> None:
    """A colleague takes over past this process's signals, as at a peer; readers do not wait for their heartbeat."""
    async with a_desk(tmp_path, database_url) as desk:
        await desk.say("/hours", "ada")
        house, conversation = desk.house, desk.conversation("ada")
        peer = People(house.database, house.clock, house.library, house.intake, Signals(), {})
        await house.news.look()
        waiting = asyncio.create_task(house.intake.wait_for_more(conversation, 20))
        await asyncio.sleep(0)
        await peer.take_over(conversation, "Anna")
        await house.news.look()
        assert await waiting
        _, found = await house.intake.look(conversation, 0)
        assert found.owner == "agent"
