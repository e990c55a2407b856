"""A desk that is on Slack, and the Slack that it is on."""

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bot.app import House
from bot.model.message import Address
from bot.store import events
from bot.testing.fake_slack import FakeSlack
from tests.api.desks import FLOWS, Desk, a_desk, until


@dataclass
class OnSlack:
    slack: FakeSlack
    desk: Desk

    @property
    def house(self) -> House:
        return self.desk.house

    async def said(self, count: int, channel: str, team: str = "T1", seconds: float = 15) -> list[str]:
        """What the desk has said in a channel, once it is so much."""

        async def enough() -> bool:
            return len(self.slack.told(channel, team)) >= count

        try:
            await until(enough, seconds)
        except TimeoutError:
            raise AssertionError(f"the desk said {self.slack.told(channel, team)}") from None
        return self.slack.told(channel, team)

    async def quiet(self) -> None:
        """Until nothing waits to be handled or sent any more."""

        async def done() -> bool:
            return await self.count("inbox", "segment IS NULL") + await self.count("outbox", UNSENT) == 0

        await until(done, 20)

    async def until(self, holds: Callable[[], bool], seconds: float = 10) -> None:
        async def held() -> bool:
            return holds()

        await until(held, seconds)

    async def until_rows(self, query: str, count: int, seconds: float = 15) -> None:
        """Until a query that counts gives so many."""

        async def enough() -> bool:
            return bool((await self.column(query))[0] >= count)

        await until(enough, seconds)

    async def facts(self, user: str, thread: str = "", team: str = "T1") -> list[tuple[str, dict[str, Any]]]:
        """What has been noted in a conversation."""
        address = Address(channel="slack", account=team, sender=user, thread=thread)
        found = await self.house.database.read(lambda c: events.latest(c, address.conversation_id, 100))
        return [(fact.type, fact.data) for fact in found]

    async def column(self, query: str) -> list[Any]:
        """The first column of a query."""
        return await self.house.database.read(lambda c: [row[0] for row in c.execute(text(query))])

    async def count(self, table: str, where: str = "1 = 1") -> int:
        return await self.house.database.read(
            lambda c: int(c.execute(text(f"SELECT count(*) FROM {table} WHERE {where}")).scalar_one())  # noqa: S608
        )


UNSENT = "status IN ('pending', 'sending')"


@contextlib.asynccontextmanager
async def on_slack(
    folder: Path, database_url: str, slack: FakeSlack, flows: str = FLOWS, **settings: Any
) -> AsyncIterator[OnSlack]:
    """A desk on this Slack, over HTTP unless ``slack_app_token`` is given."""
    tokens = ",".join(f"{team}={token}" for token, team in slack.tokens.items())
    given = {
        "slack_bot_token": tokens,
        "slack_signing_secret": slack.signing_secret,
        "slack_api_url": slack.api_url,
        **settings,
    }
    async with a_desk(folder, database_url, flows, **given) as desk:
        slack.desk = desk.anybody
        yield OnSlack(slack, desk)
