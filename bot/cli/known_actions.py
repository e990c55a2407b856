"""The catalogue of actions that flows are checked against: those of this process and of the action server."""

import asyncio
from collections.abc import Mapping
from typing import NamedTuple

from bot.edges.action_local import spec_of
from bot.model.action import ActionSpec
from bot.plugins.actions import load_actions
from bot.settings import Settings


class KnownActions(NamedTuple):
    """problems: what could not be loaded or asked. all_of_them: no action is missing, so an unknown name is wrong."""

    specs: Mapping[str, ActionSpec]
    problems: tuple[str, ...] = ()
    all_of_them: bool = True


def known_actions(settings: Settings) -> KnownActions:
    """The actions of the packages, and of the action server where one is set; it is asked once, for two seconds.

    Raises BadInput for an address of the server that is none.
    """
    loaded = load_actions(settings.actions)
    local = {spec.name: spec for spec in map(spec_of, loaded.actions)}
    if not settings.action_server:
        return KnownActions(local, loaded.problems)
    specs, problem = asyncio.run(_listed(settings.action_server))
    if problem is None:
        return KnownActions({**specs, **local}, loaded.problems)
    unsure = f"{problem}. Names that only it may know are not checked"
    return KnownActions(local, (*loaded.problems, unsure), all_of_them=False)


async def _listed(url: str) -> tuple[Mapping[str, ActionSpec], str | None]:
    # Most desks have no such server: only with one is its client worth its time to load.
    from bot.edges.action_remote import RemoteActions

    remote = RemoteActions(url)
    try:
        await remote.refresh()
    finally:
        await remote.close()
    return remote.specs, remote.problem
