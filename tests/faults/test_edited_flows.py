"""F14: a flow is edited, a step of it renamed, its file deleted, while many conversations stand inside it and the
desk is
stopped, killed and started again. Each of them ends on the version that it began with."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest

from tests.faults.harness import FLOWS, Desk, Site, a_site, conversation_of
from tests.houses import write_flows

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1200)]

SHORT, FULL = 50, 500
"""Conversations that stand inside the first version."""
AT_ONCE = 8
FIRST = """
flows:
  pizza:
    description: Takes an order for a pizza.
    triggers: [{intent: pizza}]
    steps:
      - id: size
        collect: size
      - id: count
        collect: count
      - id: thanks
        say: "First version: {{ slots.count }} of {{ slots.size }}"
slots:
  size: {type: choice, values: [small, large]}
  count: {type: integer, min: 1, max: 20}
responses:
  utter_ask_size: [{text: "Which size?"}]
  utter_ask_count: [{text: "How many?"}]
nlu:
  - intent: pizza
    examples: [order pizza, one pizza please, I want pizza]
"""
EDITED = FIRST.replace("First version", "Second version").replace("How many?", "And how many of them?")
RENAMED = EDITED.replace("Second version", "Third version").replace("id: count", "id: number").replace(
    "id: thanks", "id: goodbye"
)  # fmt: skip
ENDS = {
    "first": "First version: 3 of large",
    "second": "Second version: 3 of large",
    "third": "Third version: 3 of large",
}
ASKS = {"first": "How many?", "second": "And how many of them?", "third": "And how many of them?"}
TROUBLE = ("[error", "[critical", "Traceback", "segment failed", "set aside", "flows not loaded")


async def say(client: httpx.AsyncClient, desk: Desk, sender: str, text: str) -> list[str]:
    """The replies; their turn may have been one that a dying desk left behind, so it is asked for until it is there."""
    body = {"sender": sender, "message": text, "message_id": f"{sender}-{text}"}
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        said = await client.post(f"{desk.url}/webhooks/rest/webhook", json=body)
        if said.status_code == 200:
            return [reply.get("text", "") for reply in said.json()]
        assert said.status_code == 503, said.text
        await asyncio.sleep(0.2)
    raise AssertionError(f"{sender} was not answered")


class Guests:
    """Who stands where, in which version."""

    def __init__(self, client: httpx.AsyncClient, desk: Desk) -> None:
        self._client = client
        self._desk = desk
        self._most = asyncio.Semaphore(AT_ONCE)

    async def begin(self, version: str, count: int) -> list[str]:
        """New ones, each left at the first question."""
        names = [f"{version}-{number}" for number in range(count)]
        await asyncio.gather(*(self._says(name, "/pizza", ["Which size?"]) for name in names))
        return names

    async def go_on(self, version: str, names: Sequence[str]) -> None:
        """To the second question."""
        await asyncio.gather(*(self._says(name, "large", [ASKS[version]]) for name in names))

    async def finish(self, version: str, names: Sequence[str]) -> None:
        await asyncio.gather(*(self._says(name, "3", [ENDS[version]]) for name in names))

    async def _says(self, name: str, text: str, wanted: list[str]) -> None:
        async with self._most:
            heard = await say(self._client, self._desk, name, text)
        assert heard == wanted, f"{name} said {text!r}"


async def version_of(site: Site, desk: Desk) -> str | None:
    flows = await site.ask(desk, "/flows")
    return next((str(flow["version"]) for flow in flows if flow["name"] == "pizza"), None)


async def until_changed(site: Site, desk: Desk, before: str | None) -> str | None:
    ends = time.monotonic() + 30
    while (now := await version_of(site, desk)) == before:
        assert time.monotonic() < ends, f"the change was not loaded:\n{desk.tail()}"
        await asyncio.sleep(0.1)
    return now


async def pinned(site: Site, desk: Desk, names: Sequence[str]) -> Counter[str]:
    """How many stand in each version, as the API shows it."""
    found: Counter[str] = Counter()
    for name in names:
        shown = await site.ask(desk, f"/conversations/{conversation_of('rest', name)}")
        found.update(flow["version"] for flow in shown["state"]["flows"])
    return found


async def test_everybody_inside_a_flow_ends_on_the_version_that_they_began_with(
    tmp_path: Path, database_url: str, full_faults: bool
) -> None:
    count = FULL if full_faults else SHORT
    flows = write_flows(tmp_path / "flows", (FLOWS / "flows.yml").read_text())
    write_flows(flows, FIRST, "pizza.yml")
    async with (
        a_site(tmp_path, database_url, flows, FRONTDESK_RELOAD="true") as site,
        httpx.AsyncClient(timeout=30, trust_env=False) as client,
    ):
        desk = site.desk()
        desk.start()
        await desk.until_ready()
        guests = Guests(client, desk)

        first = await guests.begin("first", count)
        firsts_version = await version_of(site, desk)
        write_flows(flows, EDITED, "pizza.yml")
        seconds_version = await until_changed(site, desk, firsts_version)
        second = await guests.begin("second", count // 2)
        await guests.go_on("first", first[: count // 2])
        await guests.finish("first", first[: count // 4])

        write_flows(flows, RENAMED, "pizza.yml")
        await until_changed(site, desk, seconds_version)
        await desk.stop()
        desk.start()
        await desk.until_ready()
        third = await guests.begin("third", count // 5)
        assert await pinned(site, desk, first[count // 4 :]) == {firsts_version: count - count // 4}
        assert await pinned(site, desk, second) == {seconds_version: count // 2}
        await guests.finish("first", first[count // 4 : count // 2])
        await guests.go_on("second", second)

        (flows / "pizza.yml").unlink()
        assert await until_changed(site, desk, await version_of(site, desk)) is None
        desk.kill()
        desk.start()
        await desk.until_ready()
        await guests.go_on("first", first[count // 2 :])
        await guests.finish("first", first[count // 2 :])
        await guests.finish("second", second)
        await guests.go_on("third", third)
        await guests.finish("third", third)

        late = await say(client, desk, "late", "order pizza")
        assert late
        assert "Which size?" not in late, "nobody begins a flow that is gone"
        assert await pinned(site, desk, [*first, *second, *third]) == {}, "everybody has come to an end"
        await desk.stop()
        found = [line for line in desk.log.read_text().splitlines() if any(word in line for word in TROUBLE)]
        assert found == []
        site.check_files()
