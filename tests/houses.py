"""A whole desk in this process, for tests that look at what the services do: real database, real DBOS, no HTTP."""

import contextlib
import itertools
from collections.abc import AsyncIterator
from pathlib import Path
from textwrap import dedent
from typing import Any

from bot.app import House, build, opened
from bot.model.message import Address, Message
from bot.settings import Settings
from bot.store import schema

_numbers = itertools.count(1)


def write_flows(folder: Path, text: str, name: str = "flows.yml") -> Path:
    """Put this YAML into the folder; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(dedent(text))
    return folder


@contextlib.asynccontextmanager
async def a_house(folder: Path, database_url: str, flows: str | Path, **settings: Any) -> AsyncIterator[House]:
    """An open house. ``flows``: YAML, or a folder that holds it; ``folder``: where it may keep its data."""
    where = flows if isinstance(flows, Path) else write_flows(folder / "flows", flows)
    house = build(
        Settings(
            _env_file=None,
            data_dir=folder / "data",
            flows_dir=where,
            database_url=database_url,
            **{"reload": False, "lease_seconds": 2.0, **settings},
        )
    )
    if not house.database.is_sqlite:
        schema.upgrade(house.database.engine)
    async with opened(house):
        yield house


async def say(
    house: House, text: str, *, sender: str = "ada", channel: str = "rest", message_id: str | None = None, **more: Any
) -> list[str]:
    """Say something and read the texts of the replies."""
    message = Message(
        event_id=message_id or f"test-{next(_numbers)}",
        address=Address(channel=channel, sender=sender),
        text=text,
        **more,
    )
    accepted = await house.intake.accept(message)
    return [reply.text or "" for reply in await house.intake.replies_to(accepted, 20)]
