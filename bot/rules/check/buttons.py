"""Buttons that begin a flow, as ``/intent{"slot": "value"}``: the intent must start one, the slots must be there."""

import json
import re
from collections.abc import Iterator
from typing import Final

from bot.rules.check.authored import typed_response
from bot.rules.check.parts import Part
from bot.rules.check.report import Level, listed, suggestion
from bot.rules.check.walk import Text, all_texts, say_texts, sites
from bot.rules.check.world import World

_COMMAND: Final = re.compile(r"/(?P<intent>[A-Za-z][A-Za-z0-9_]*)\s*(?P<slots>\{.*\})?\s*", re.DOTALL)


def check_buttons(world: World) -> None:
    """All buttons of the folder."""
    for part, text in _payloads(world):
        command = _COMMAND.fullmatch(text.text.strip())
        if command is None or "{{" in text.text:
            continue
        _intent(world, part, text, command["intent"])
        _slots(world, part, text, command["slots"])


def _payloads(world: World) -> Iterator[tuple[Part, Text]]:
    for part in world.authored.of_kind("flow"):
        for site in sites(part):
            yield from ((part, text) for text in all_texts(site.step, site.path) if text.path[-1] == "payload")
    for part in world.authored.of_kind("response"):
        for index, say in enumerate(typed_response(part)):
            yield from ((part, text) for text in say_texts(say, (index,)) if text.path[-1] == "payload")


def _intent(world: World, part: Part, text: Text, intent: str) -> None:
    known = world.started_by
    if intent in known or world.authored.may_exist(intent) or any(one.gap for one in world.authored.files):
        return
    what = f"this button sends the intent {intent!r}, which starts no flow"
    fix = suggestion(intent, known, f"The intents that start one are {listed(known)}.")
    level: Level = "warning" if intent in world.intents else "error"
    world.at_value(part, text.path, "unknown-intent", what, fix, level)


def _slots(world: World, part: Part, text: Text, written: str | None) -> None:
    if written is None:
        return
    try:
        slots = json.loads(written)
    except (ValueError, RecursionError):
        what = "what stands behind the intent of this button is no JSON"
        world.at_value(part, text.path, "bad-payload", what, """Write it as '/intent{"slot": "value"}'.""")
        return
    known = world.authored.names("slot")
    for name in slots:
        if name not in known and not world.authored.may_exist(name):
            fix = suggestion(name, known, "Declare it under `slots`.")
            world.at_value(
                part, text.path, "unknown-slot", f"this button fills {name!r}, and there is no such slot", fix
            )
