"""Tests that stand beside flows: the flows, actions, responses and slots that they name must be there."""

from collections.abc import Iterator
from typing import Any

from bot.rules.check.parts import Part
from bot.rules.check.places import UNREAD, Path
from bot.rules.check.report import suggestion
from bot.rules.check.world import World

_KINDS = {
    "utter": "response", "flow_started": "flow", "flow_completed": "flow", "flow_cancelled": "flow",
    "slot_was_set": "slot", "slot_was_not_set": "slot", "action": "action", "action_executed": "action",
}  # fmt: skip


def check_tests(world: World) -> None:
    """All test cases of the folder."""
    for part in world.authored.parts:
        if part.kind == "test_cases":
            for kind, name, path in _named(part.value, ()):
                _check(world, part, path, kind, name)
            _same_names(world, part)
        elif part.kind == "stub_actions" and isinstance(part.value, dict):
            for name in part.value:
                _check(world, part, (name,), "action", name)


def _same_names(world: World, part: Part) -> None:
    """Two cases of one name in a file: a report of the one reads like one of the other."""
    seen: set[str] = set()
    for index, case in enumerate(part.value if isinstance(part.value, list) else ()):
        name = case.get("test_case") if isinstance(case, dict) else None
        if isinstance(name, str) and name in seen:
            what = f"a test case above is called {name!r} already"
            world.at_value(part, (index, "test_case"), "duplicate-case", what, "Give this one another name.", "warning")
        seen.add(str(name))


def _named(value: Any, path: Path) -> Iterator[tuple[str, str, Path]]:
    """(kind, name, path) of everything that test steps and assertions name."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _named(item, (*path, index))
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key == "stub_actions" and isinstance(inner, dict):
                yield from (("action", name, (*path, key, name)) for name in inner)
            elif key in _KINDS and inner is not UNREAD:
                yield from ((_KINDS[key], name, (*path, key, *where)) for name, where in _names(inner))
            else:
                yield from _named(inner, (*path, key))


def _names(value: Any) -> Iterator[tuple[str, Path]]:
    """The names in `x`, `{name: x}`, `{flow_id: x}`, `[x, {y: value}]` and `{x: value}`."""
    if isinstance(value, str):
        yield value, ()
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from ((name, (index, *where)) for name, where in _names(item))
    elif isinstance(value, dict):
        key = next((key for key in ("name", "flow_id", "flow") if isinstance(value.get(key), str)), None)
        if key is not None:
            yield value[key], (key,)
        else:
            yield from ((name, (name,)) for name in value)


def _check(world: World, part: Part, path: Path, kind: str, name: str) -> None:
    known = frozenset(world.actions) if kind == "action" else world.authored.names(kind)
    built_in = kind == "action" and (not world.all_actions or name.startswith(("utter_", "action_")))
    if name in known or built_in or world.authored.may_exist(name):
        return
    if kind == "slot" and path[-1] == "name" and "name" in known:
        return  # `{name: Ada}` is the value of the slot `name`
    what = f"there is no {kind} {name!r}"
    world.at_name(part, path, name, f"unknown-{kind}", what, suggestion(name, known, "Name one that is there."))
