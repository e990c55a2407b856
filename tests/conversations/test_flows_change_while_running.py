"""Flows reload on change; a broken file takes nothing down; conversations stay with the version they began with
(C9)."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from bot.app import House
from tests.houses import a_house, say, write_flows

FIRST = """
    flows:
      order:
        description: Takes an order.
        triggers: [{intent: order}]
        steps:
          - collect: size
          - id: thanks
            say: "One {{ slots.size }} pizza, thank you."
    slots:
      size: {type: choice, values: [small, large]}
    responses:
      utter_ask_size: [{text: "Which size?"}]
    nlu:
      - intent: order
        examples: |
          - I want to order a pizza
          - order pizza
          - one pizza please
"""
SECOND = FIRST.replace("One {{ slots.size }} pizza, thank you.", "A {{ slots.size }} one is on its way!").replace(
    "id: thanks", "id: renamed"
)
BROKEN = FIRST.replace("collect: size", "colect: size")


async def test_a_conversation_ends_on_the_version_that_it_began_with(tmp_path: Path, database_url: str) -> None:
    flows = write_flows(tmp_path / "flows", FIRST)
    async with a_house(tmp_path, database_url, flows) as house:
        assert await say(house, "order pizza", sender="early") == ["Which size?"]
        write_flows(flows, SECOND)
        assert await house.flow_files.load()
        assert await say(house, "large", sender="early") == ["One large pizza, thank you."]
        await say(house, "order pizza", sender="late")
        assert await say(house, "small", sender="late") == ["A small one is on its way!"]


async def test_the_pinned_version_survives_a_restart_and_the_deletion_of_its_file(
    tmp_path: Path, database_url: str
) -> None:
    flows = write_flows(tmp_path / "flows", FIRST)
    async with a_house(tmp_path, database_url, flows) as house:
        await say(house, "order pizza")
    (flows / "flows.yml").unlink()
    write_flows(
        flows, "flows: {other: {description: Other., triggers: [{manual: {}}], steps: [{say: Hi.}]}}", "other.yml"
    )
    async with a_house(tmp_path, database_url, flows) as house:
        assert await say(house, "large") == ["One large pizza, thank you."]


async def test_a_broken_file_changes_nothing_on_a_running_desk(tmp_path: Path, sqlite_url: str) -> None:
    flows = write_flows(tmp_path / "flows", FIRST)
    async with a_house(tmp_path, sqlite_url, flows) as house:
        write_flows(flows, BROKEN)
        assert not await house.flow_files.load()
        assert "colect" in str(house.flow_files.errors[0])
        assert await say(house, "order pizza") == ["Which size?"]


async def test_a_desk_starts_on_broken_files_with_what_holds(tmp_path: Path, sqlite_url: str) -> None:
    flows = write_flows(tmp_path / "flows", FIRST)
    broken = "flows: {bad: {description: Bad., triggers: [{manual: {}}], steps: [{sey: Hi.}]}}"
    write_flows(flows, broken, "bad.yml")
    async with a_house(tmp_path, sqlite_url, flows) as house:
        assert house.flow_files.errors
        assert await say(house, "order pizza") == ["Which size?"]


async def test_a_saved_file_is_loaded_by_itself(tmp_path: Path, sqlite_url: str) -> None:
    flows = write_flows(tmp_path / "flows", FIRST)
    async with a_house(tmp_path, sqlite_url, flows, reload=True) as house:
        before = house.library.shelf
        changed = _changed(house)
        for _ in range(20):  # the watcher may begin after the first write
            write_flows(flows, SECOND)
            if await changed(1.0):
                break
        assert house.library.shelf is not before
        await say(house, "order pizza")
        assert await say(house, "small") == ["A small one is on its way!"]


def _changed(house: House) -> Callable[[float], Awaitable[bool]]:
    """Whether a load was made current within so many seconds."""
    event = asyncio.Event()
    house.library.on_change.append(lambda _: event.set())

    async def within(seconds: float) -> bool:
        try:
            await asyncio.wait_for(event.wait(), seconds)
        except TimeoutError:
            return False
        return True

    return within
