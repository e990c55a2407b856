"""F14: a flow is edited, its steps renamed, its file broken and deleted while conversations stand inside it: each ends
on the version it began with, also after a crash; new ones get the new version."""

import asyncio
import itertools
import random
import time
from collections.abc import Sequence
from pathlib import Path
from textwrap import dedent

import httpx
import pytest

from tests.faults.crowds import a_client
from tests.faults.harness import Desk, Site, a_site
from tests.faults.invariants import nothing_stuck

VERSION = """
    flows:
      survey:
        description: Asks for a town, then for a street.
        triggers: [{{intent: survey}}]
        steps:
          - collect: town
          - id: {step}
            do: shop.once
            with: {{n: "{{{{ slots.town }}}}", part: {version}}}
          - collect: street
            ask: "{version} asks for a street in {{{{ slots.town }}}}?"
          - say: "{version} heard {{{{ slots.town }}}} {{{{ slots.street }}}} {{{{ steps.{step}.echo.part }}}}"
    slots:
      town: {{type: text}}
      street: {{type: text}}
    responses:
      utter_ask_town: [{{text: "{version} asks for a town?"}}]
    nlu:
      - intent: survey
        examples: |
          - begin the survey
          - ask me questions
"""
OTHER = """
    flows:
      other:
        description: Something else.
        triggers: [{intent: other}]
        steps: [{say: "something else"}]
    nlu:
      - intent: other
        examples: |
          - something else please
          - another thing
"""

pytestmark = pytest.mark.faults
_ids = itertools.count(1)


def write(folder: Path, version: str, step: str) -> None:
    (folder / "survey.yml").write_text(dedent(VERSION.format(version=version, step=step)))


async def version_of(site: Site, desk: Desk) -> str | None:
    flows = await site.ask(desk, "/flows")
    return next((flow["version"] for flow in flows if flow["name"] == "survey"), None)


async def until_changed(site: Site, desk: Desk, before: str | None) -> str | None:
    """The version that new conversations get, as soon as it is another one."""
    ends = time.monotonic() + 30
    while (version := await version_of(site, desk)) == before:
        assert time.monotonic() < ends, "the change was not loaded"
        await asyncio.sleep(0.2)
    return version


async def say(client: httpx.AsyncClient, desk: Desk, sender: str, text: str) -> list[str]:
    body = {"sender": sender, "message": text, "message_id": f"edit-{next(_ids)}"}
    said = await client.post(f"{desk.url}/webhooks/rest/webhook", json=body)
    assert said.status_code == 200, said.text
    return [reply["text"] for reply in said.json()]


async def all_say(client: httpx.AsyncClient, desk: Desk, senders: Sequence[str], text: str, answer: str) -> None:
    """Every one of them, and the one answer that each gets; ``{sender}`` stands for its town."""
    room = asyncio.Semaphore(30)

    async def one(sender: str) -> None:
        async with room:
            heard = await say(client, desk, sender, text.format(sender=sender))
        assert heard == [answer.format(sender=sender)], sender

    async with asyncio.TaskGroup() as group:
        for sender in senders:
            group.create_task(one(sender))


async def begin(client: httpx.AsyncClient, desk: Desk, senders: Sequence[str], version: str) -> None:
    """Half of them stop at the first question, half go on to the second."""
    await all_say(client, desk, senders, "/survey", f"{version} asks for a town?")
    await all_say(client, desk, senders[::2], "{sender}", f"{version} asks for a street in {{sender}}?")


async def end(client: httpx.AsyncClient, desk: Desk, senders: Sequence[str], version: str) -> None:
    await all_say(client, desk, senders[1::2], "{sender}", f"{version} asks for a street in {{sender}}?")
    await all_say(client, desk, senders, "Mainstreet", f"{version} heard {{sender}} Mainstreet {version}")


@pytest.mark.timeout(1200)
async def test_conversations_end_on_the_version_they_began_with(
    tmp_path: Path, database_url: str, full_faults: bool, fault_seed: int
) -> None:
    crowd = 500 if full_faults else 24
    folder = tmp_path / "flows"
    folder.mkdir()
    (folder / "other.yml").write_text(dedent(OTHER))
    write(folder, "v1", "noted")
    settings = {"FRONTDESK_RELOAD": "true", "FRONTDESK_TURN_WAIT_SECONDS": "20"}
    async with a_site(tmp_path, database_url, folder, **settings) as site:
        desk = site.desk()
        desk.start()
        await desk.until_ready()
        people = {v: [f"{v}-{n}" for n in range(crowd)] for v in ("v1", "v2", "v3")}
        async with a_client(site) as client:
            first = await version_of(site, desk)
            await begin(client, desk, people["v1"], "v1")
            write(folder, "v2", "noted")
            second = await until_changed(site, desk, first)
            await begin(client, desk, people["v2"], "v2")
            (folder / "survey.yml").write_text("flows:\n  survey: [broken\n")
            await asyncio.sleep(1.5)
            assert await version_of(site, desk) == second, "a broken file changes nothing"
            write(folder, "v3", "written_down")  # the step has another name
            third = await until_changed(site, desk, second)
            await begin(client, desk, people["v3"], "v3")
            (folder / "survey.yml").unlink()
            assert await until_changed(site, desk, third) is None
            for version in random.Random(fault_seed).sample(sorted(people), 2):
                await end(client, desk, people.pop(version), version)
            desk.kill()
            desk.start()
            await desk.until_ready()
            for version, senders in people.items():
                await end(client, desk, senders, version)
            assert (await say(client, desk, "late", "something else please")) == ["something else"]
        await nothing_stuck(desk)
        assert (await site.ask(desk, "/dead-letters"))["messages"] == []
        assert "Traceback" not in desk.tail(1_000_000)
        assert len(site.shop.effects) == 3 * crowd
        await desk.stop()
        site.check_files()
