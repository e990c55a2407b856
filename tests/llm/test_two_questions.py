"""A turn that needs a model for its meaning and for the summary."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from bot.testing.fake_model_server import FakeModelServer
from bot.testing.loopback import Asked
from tests.houses import a_house, say
from tests.llm.test_context import BEGIN, FLOWS


class Together(FakeModelServer):
    """Answers once two requests wait at the same time."""

    waiting = 0
    both: asyncio.Event | None = None

    async def _answer(self, asked: Asked) -> AsyncIterator[bytes]:
        self.both = self.both or asyncio.Event()
        self.waiting += 1
        if self.waiting == 2:
            self.both.set()
        await asyncio.wait_for(self.both.wait(), 8)
        async for piece in super()._answer(asked):
            yield piece


async def test_a_turn_that_needs_both_asks_for_its_meaning_and_for_the_summary_at_once(tmp_path: Path) -> None:
    """So that it waits for one deadline, not for two."""
    async with Together(replies={"The last lines": {"summary": "Wants pro."}}) as server:
        key = {"anthropic_api_key": "k", "anthropic_base_url": server.anthropic_url, "model_parse": "unclear"}
        url = f"sqlite:///{tmp_path / 'desk.db'}"
        async with a_house(tmp_path, url, FLOWS, turn_wait_seconds=30.0, **key) as house:
            for line in [*BEGIN, *["/begin"] * 3]:
                await say(house, line)
            assert server.log == []
            await say(house, "blue frogs dance at dawn")
        assert len(server.log) == 2
