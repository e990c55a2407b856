"""Probes and counters of a desk that is in trouble, or that nothing else has happened to."""

import asyncio
from pathlib import Path

import pytest

from bot.store import ledger
from tests import postgres
from tests.api.desks import a_desk, until


async def test_a_desk_with_an_old_schema_is_not_ready(tmp_path: Path) -> None:
    async with a_desk(tmp_path, "") as desk:
        await desk.house.database.write(lambda c: c.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'"))
        answer = await desk.anybody.get("/readyz")
        assert (answer.status_code, "frontdesk db upgrade" in answer.json()["fix"]) == (503, True)


@pytest.mark.postgres
async def test_without_its_database_a_desk_says_so_within_two_seconds_and_comes_back(
    tmp_path: Path, postgres_cluster: postgres.Cluster
) -> None:
    async with a_desk(tmp_path, postgres_cluster.url) as desk:
        assert await desk.say("/hours")
        await asyncio.to_thread(postgres_cluster.stop, "immediate")
        async with asyncio.timeout(2.5):
            answer = await desk.anybody.get("/readyz")
        assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
        assert (await desk.anybody.get("/healthz")).status_code == 200
        assert (await desk.samples())["frontdesk_database_up{}"] == 0
        refused = await desk.anybody.post("/webhooks/rest/webhook", json={"sender": "ada", "message": "/hours"})
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        token = await desk.anybody.get("/api/v1/me", headers={"authorization": "Bearer fd_live_x"})
        assert token.status_code == 503
        await asyncio.to_thread(postgres_cluster.start)

        async def is_ready() -> bool:
            return await desk.status("/readyz") == 200

        await until(is_ready, 20)
        assert await desk.say("/hours") == ["We are open from 9 to 5."]


async def test_dead_letters_are_counted_by_kind(tmp_path: Path, database_url: str) -> None:
    async with a_desk(tmp_path, database_url) as desk:
        await desk.say("/hours")
        now = desk.house.clock.now()

        def begin(c: ledger.Connection) -> None:
            ledger.begin(
                c, key=f"{desk.conversation()}/1/1/x/1", instance=desk.conversation(), segment=1, action="x.y",
                args={}, attempt=1, now=now,
            )  # fmt: skip
            ledger.finish(c, f"{desk.conversation()}/1/1/x/1", "uncertain", None, now)

        await desk.house.database.write(begin)
        found = await desk.samples()
        kinds = ("message", "effect", "instance", "reply")
        assert [found[f"frontdesk_dead_letters{{kind={kind}}}"] for kind in kinds] == [0, 1, 0, 0]
