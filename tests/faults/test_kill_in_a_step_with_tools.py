"""kill -9 while a model calls actions: what the ledger holds is neither asked nor done again, and the step ends."""

import asyncio
import contextlib
import random
from pathlib import Path

import httpx
import pytest

from bot.testing.fake_model_server import FakeModelServer
from tests.faults.crowds import a_client
from tests.faults.harness import Desk, Site, a_site

FLOWS = """
flows:
  settle:
    description: A model that orders something, once.
    triggers: [{intent: settle}]
    steps:
      - id: work
        ai:
          prompt: "Settle it: {{ input.text }}"
          tools: [{action: shop.once, writes: true, with: {n: "7", part: tool}}]
          max_steps: 4
        default: {content: nothing was settled}
      - say: "{{ steps.work.content }}"
nlu:
  - intent: settle
    examples: |
      - settle it
      - please settle it now
"""
SHORT = 2
"""Of the points, in the short form."""
SETTLED = "All settled."
FIRST = "the model has asked for the call, which is not noted"
POINTS = {
    FIRST: ("effect.call.after:1", 3),
    "the call is to be made": ("effect.call.before:3", 2),
    "the call is made and not noted": ("effect.call.after:2", 2),
    "the call is noted": ("effect.finish.after:2", 2),
    "the model has answered, which is not noted": ("effect.call.after:3", 3),
    "the answer is noted": ("effect.finish.after:3", 2),
}
"""Where the desk dies, and how many requests the model then gets in all: one that is not noted is made again."""

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]


async def test_a_step_with_tools_goes_on_where_it_was_cut_off(
    tmp_path: Path, sqlite_url: str, full_faults: bool, fault_seed: int
) -> None:
    flows = tmp_path / "flows"
    flows.mkdir()
    (flows / "flows.yml").write_text(FLOWS)
    places = sorted(POINTS) if full_faults else random.Random(fault_seed).sample(sorted(POINTS), SHORT)
    async with FakeModelServer(replies={"settle": SETTLED}) as model:
        settings = {"ANTHROPIC_API_KEY": "fake", "ANTHROPIC_BASE_URL": model.anthropic_url}
        async with a_site(tmp_path, sqlite_url, flows, **settings) as site:
            for number, where in enumerate(places):
                point, requests = POINTS[where]
                # A request that is made again is answered as the first one was.
                model.calls = [[("shop_once", {})]] * (2 if where == FIRST else 1)
                model.log.clear()
                site.shop.log.clear()
                assert await killed_once(site, point, f"m-{number}") == [SETTLED], where
                # One key, however often the call was made: whoever knows keys does it once.
                assert len({entry["key"] for entry in site.shop.log}) == 1, where
                assert len(site.shop.effects) == 1, where
                assert len(model.log) == requests, where


async def killed_once(site: Site, point: str, message: str) -> list[str]:
    """Killed there and started again, the desk is asked by the same message until the model's answer is there."""
    desk = site.desk()
    desk.start(FRONTDESK_KILL_AT=point)
    await desk.until_ready()
    async with a_client(site) as client:
        first = asyncio.create_task(said(client, desk, message))
        assert await desk.until_dead(45), f"{point} was not reached"
        assert await first == []
        desk.start()
        await desk.until_ready()
        heard: list[str] = []
        while SETTLED not in heard:
            heard = await said(client, desk, message)
    await desk.stop()
    return [text for text in heard if text == SETTLED]


async def said(client: httpx.AsyncClient, desk: Desk, message: str) -> list[str]:
    """The message, by the same id each time: what has been answered to it so far."""
    body = {"sender": f"ada-{message}", "message": "settle it", "message_id": message}
    with contextlib.suppress(httpx.TransportError):
        answer = await client.post(f"{desk.url}/webhooks/rest/webhook", json=body, timeout=20)
        return [reply["text"] for reply in answer.json()]
    return []
