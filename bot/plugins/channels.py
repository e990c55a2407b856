"""Channel adapters, loaded by name from `channels/` and by entry point. A broken one is reported, never fatal."""

import importlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import entry_points

from bot.model.form import FormLimits
from bot.ports import (
    ActionDatabase,
    ChannelHost,
    ChannelModule,
    Clock,
    Fetch,
    Forms,
    Inbox,
    Intake,
    Meter,
    NoFetch,
    NoForms,
    NoMeter,
    NoNotices,
    Notices,
    OpenChannel,
    Transcript,
)
from bot.rules.shown import Preview
from bot.settings import Settings

GROUP = "frontdesk.channels"


class _SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Host:
    """See `bot.ports.ChannelHost`."""

    intake: Intake
    transcript: Transcript
    database: ActionDatabase
    settings: Settings
    secret: str
    notices: Notices = field(default_factory=NoNotices)
    forms: Forms = field(default_factory=NoForms)
    inbox: Inbox | None = None
    clock: Clock = field(default_factory=_SystemClock)
    meter: Meter = field(default_factory=NoMeter)
    fetch: Fetch = field(default_factory=NoFetch)


def load_channels(names: Iterable[str]) -> tuple[dict[str, ChannelModule], tuple[str, ...]]:
    """The adapters' modules by channel name, and one line for each that could not be loaded."""
    modules: dict[str, ChannelModule] = {}
    problems: list[str] = []
    for name in (*names, *(point.module for point in entry_points(group=GROUP))):
        try:
            module: ChannelModule = importlib.import_module(name)
            modules[module.NAME] = module
        except Exception as error:
            problems.append(f"channel {name} cannot be loaded ({type(error).__name__}: {error}). Mend or remove it.")
    return modules, tuple(problems)


def previews(modules: Mapping[str, ChannelModule]) -> dict[str, Preview]:
    """What a contact on each channel sees of a reply; adapters of others may have none."""
    return {name: module.preview for name, module in modules.items() if hasattr(module, "preview")}


def with_forms(modules: Mapping[str, ChannelModule]) -> dict[str, FormLimits]:
    """The channels that show forms, and what there is room for in them."""
    return {name: module.CAPABILITIES.forms for name, module in modules.items() if module.CAPABILITIES.forms}


def open_channels(
    modules: dict[str, ChannelModule], host: ChannelHost
) -> tuple[dict[str, OpenChannel], tuple[str, ...]]:
    """The channels that are set up, by name, and one line for each that could not be opened."""
    opened: dict[str, OpenChannel] = {}
    problems: list[str] = []
    for name, module in modules.items():
        try:
            channel = module.open_channel(host)
        except Exception as error:
            problems.append(f"channel {name} cannot be opened ({type(error).__name__}: {error}). Look at its settings.")
            continue
        if channel is not None:
            opened[name] = channel
    return opened, tuple(problems)
