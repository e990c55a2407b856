"""Whether each flow can be read on every channel on which it is offered."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from bot.rules.check.authored import typed_flow
from bot.rules.check.parts import Part
from bot.rules.check.places import Path
from bot.rules.check.report import listed, suggestion
from bot.rules.check.spoken import Spoken, spoken_by
from bot.rules.check.world import World
from bot.rules.shown import lost


def check_channels(world: World) -> None:
    """Needs ``world.channels``; says nothing where there are none to look at."""
    if not world.channels:
        return
    losses: dict[tuple[str, Path], tuple[Spoken, dict[str, list[str]]]] = {}
    for part in world.authored.of_kind("flow"):
        _known(world, part)
        for spoken in spoken_by(world.authored, part):
            if spoken.part is not None and (found := _lost(world, part, spoken)):
                key = (spoken.part.name, spoken.path)
                _, so_far = losses.setdefault(key, (spoken, defaultdict(list)))
                for channel, parts in found.items():
                    so_far[channel] += [one for one in parts if one not in so_far[channel]]
    for spoken, by_channel in losses.values():
        _report(world, spoken, by_channel)


def _known(world: World, part: Part) -> None:
    for index, name in enumerate(typed_flow(part).channels):
        if name not in world.channels:
            fix = suggestion(name, world.channels, f"The channels are {listed(world.channels)}.")
            world.at_value(part, ("channels", index), "unknown-channel", f"there is no channel {name!r}", fix)


def _lost(world: World, part: Part, spoken: Spoken) -> Mapping[str, Sequence[str]]:
    offered = typed_flow(part).channels or tuple(world.channels)
    looks = {name: world.channels[name](spoken.reply) for name in offered if name in world.channels}
    return {name: parts for name, seen in looks.items() if (parts := lost(spoken.reply, seen))}


def _report(world: World, spoken: Spoken, by_channel: Mapping[str, Sequence[str]]) -> None:
    assert spoken.part is not None
    parts = listed(sorted({one for parts in by_channel.values() for one in parts}))
    what = f"nobody on {listed(by_channel)} would see this: {parts}"
    fix = "Say it in `text` too, or name the channels that the flow is offered on: `channels: [...]`."
    world.at_value(spoken.part, spoken.path, "lost-content", what, fix)
