"""A desk that is on Slack, and the Slack that it is on."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.app import House
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

    async def count(self, table: str, where: str = "1 = 1") -> int:
        from sqlalchemy import text  # noqa: PLC0415

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


Opener = Callable[..., contextlib.AbstractAsyncContextManager[OnSlack]]
Check = Callable[[], Awaitable[bool]]
