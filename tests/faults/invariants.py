"""The invariants of RELIABILITY.md, read from the fakes' logs and from HTTP answers alone."""

import asyncio
import re
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import httpx

from tests.faults.contacts import Contact, PushContact, check_order
from tests.faults.harness import Desk, Site

ONCE = {"order": ("a", "b", "c"), "slow": ("slow",), "flaky": ("flaky",), "approved": ("approved",)}
"""The effects of each wish at services that know idempotency keys."""


async def one_turn_each(site: Site, desk: Desk, contacts: Sequence[Contact]) -> None:
    """I1: every message that was acknowledged has exactly one turn."""
    async with site.api(desk) as api:
        for contact in (one for one in contacts if one.said):
            turns = await message_turns(api, contact.conversation)
            wanted = {line.message_id: 1 for line in contact.said}
            assert {id_: len(of) for id_, of in turns.items()} == wanted, f"{contact.name}: {turns}"


async def message_turns(api: httpx.AsyncClient, conversation: str) -> dict[str, list[int]]:
    """The segments that took each message in, by message id."""
    turns: dict[str, list[int]] = defaultdict(list)
    for event in await all_events(api, conversation):
        if event["type"] == "MessageReceived":
            for id_ in event["data"]["ids"]:
                turns[id_].append(event["segment"])
    return dict(turns)


async def all_events(api: httpx.AsyncClient, conversation: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        said = await api.get(
            f"/conversations/{conversation}/events",
            params={"after": found[-1]["number"] if found else 0, "limit": 200},
        )
        said.raise_for_status()
        page = said.json()
        found.extend(page)
        if not page:
            return found


def equal_answers(contacts: Sequence[Contact]) -> None:
    """Whoever asked twice got the same answer twice."""
    for contact in contacts:
        for line in contact.said:
            assert all(answer == line.answers[0] for answer in line.answers), f"{line.message_id}: {line.answers}"


async def repeats_are_equal(client: httpx.AsyncClient, desk: Desk, contacts: Sequence[Contact]) -> None:
    """Sent once more at the end, each message gets the answer that it got at first."""
    for contact in contacts:
        for line in [] if isinstance(contact, PushContact) else contact.said:
            said = await client.post(f"{desk.url}/webhooks/rest/webhook", json=line.body)
            assert said.status_code == 200, said.text
            line.answers.append([reply.get("text", "") for reply in said.json()])
    equal_answers(contacts)


def effects_once(site: Site, contacts: Sequence[Contact], set_aside: Sequence[Contact] = ()) -> None:
    """I2 at a service that knows keys: each effect one key, shown once; of what was set aside, at most once."""
    calls: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for entry in site.shop.log:
        if entry["action"] != "shop.charge":
            calls[entry["args"]["n"], entry["args"]["part"]].append(entry)
    wanted = {(line.n, part) for contact in contacts for line in contact.said for part in ONCE.get(line.wish, ())}
    for effect in wanted:
        entries = calls.pop(effect, [])
        assert len({entry["key"] for entry in entries}) == 1, f"effect {effect}: {entries}"
        assert sum(entry["applied"] for entry in entries) == 1, f"effect {effect}: {entries}"
    for line in (line for contact in set_aside for line in contact.said):
        for part in ONCE.get(line.wish, ()):
            assert sum(entry["applied"] for entry in calls.pop((line.n, part), [])) <= 1, f"effect {line.n} {part}"
    assert not calls, f"effects that nobody asked for: {calls}"


async def charges_once_or_flagged(site: Site, desk: Desk, contacts: Sequence[Contact]) -> int:
    """I2 at a service without keys: never called twice; when unsure, flagged in the dead letters. Returns how many
    are."""
    calls: dict[str, int] = defaultdict(int)
    for entry in site.shop.log:
        if entry["action"] == "shop.charge":
            calls[entry["args"]["n"]] += 1
    dead = await site.ask(desk, "/dead-letters", limit=200)
    flagged = {effect["args"]["n"] for effect in dead["effects"] if effect["status"] == "uncertain"}
    unsure = 0
    for contact in contacts:
        for line in contact.said:
            if line.wish != "charge":
                continue
            if f"Charge {line.n} done" in contact.heard:
                assert calls[line.n] == 1, f"charge {line.n} was made {calls[line.n]} times"
            else:
                unsure += 1
                assert calls[line.n] <= 1, f"charge {line.n} was made {calls[line.n]} times"
                assert line.n in flagged, f"charge {line.n} is unsure and not in the dead letters"
    return unsure


async def no_dead_messages(site: Site, desk: Desk) -> None:
    """Nothing was set aside that was no poison."""
    dead = await site.ask(desk, "/dead-letters", limit=200)
    assert (dead["messages"], dead["instances"], dead["replies"]) == ([], [], [])


async def nothing_stuck(desk: Desk, seconds: float = 60.0) -> None:
    """I4: within the time nothing is due and nothing waits to be sent."""
    ends = time.monotonic() + seconds
    async with httpx.AsyncClient(base_url=desk.url, timeout=10, trust_env=False) as client:
        while True:
            text = (await client.get("/metrics")).text
            left = {name: gauge(text, name) for name in ("frontdesk_instances_due", "frontdesk_outbox_pending")}
            if not any(left.values()):
                return
            assert time.monotonic() < ends, f"still under way after {seconds} s: {left}"
            await asyncio.sleep(0.2)


def gauge(text: str, name: str) -> float:
    found = re.search(rf"^{name}(?:{{[^}}]*}})? (\S+)$", text, re.MULTILINE)
    assert found is not None, f"there is no {name} in the metrics"
    return float(found[1])


async def hold(site: Site, desk: Desk, contacts: Sequence[Contact], set_aside: Sequence[Contact] = ()) -> int:
    """All of them. Returns how many effects are uncertain.

    set_aside: contacts who have got a person because their turn was hit by crash after crash.
    """
    for contact in contacts:
        check_order(contact.name, contact.said, contact.heard)
    equal_answers(contacts)
    effects_once(site, contacts, set_aside)
    await nothing_stuck(desk)
    await one_turn_each(site, desk, contacts)
    return await charges_once_or_flagged(site, desk, contacts)
