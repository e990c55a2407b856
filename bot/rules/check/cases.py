"""Closed sets: the only values that a path can have, and whether a conditional covers them all."""

from collections.abc import Mapping, Sequence
from typing import Final, get_args

from bot.model.base import JsonObject
from bot.model.parse import Sentiment, Urgency
from bot.model.slot import InputSpec, SlotSpec
from bot.rules.check.authored import typed_flow
from bot.rules.check.conditions import Names, tested_value
from bot.rules.check.outputs import output_of
from bot.rules.check.parts import Part
from bot.rules.check.schemas import Missing, all_types, closed_set, look
from bot.rules.check.walk import Site
from bot.rules.check.world import World

_PARSE_SETS: Final = {"urgency": frozenset(get_args(Urgency)), "sentiment": frozenset(get_args(Sentiment))}
SLOT_TYPES: Final[Mapping[str, str]] = {
    "text": "string", "email": "string", "phone": "string", "url": "string", "choice": "string",
    "pattern": "string", "integer": "integer", "number": "number", "boolean": "boolean", "list": "array",
}  # fmt: skip
"""The JSON type of a slot's value, where every value has the same one that a literal can be compared with."""

SiteIds = Mapping[str, list[Site]]


def slot_values(spec: SlotSpec | InputSpec) -> frozenset[str] | None:
    """The values of a choice."""
    if spec.type != "choice":
        return None
    return frozenset(value if isinstance(value, str) else value.value for value in spec.values) or None


def values_at(world: World, part: Part, names: Names, ids: SiteIds) -> frozenset[object] | None:
    """The only values (beside null) that can stand at a path; None where it may have others."""
    match names:
        case ("slots", str() as name) if name in world.desk.slots:
            return slot_values(world.desk.slots[name])
        case ("input", str() as name) if name in typed_flow(part).inputs.fields:
            return slot_values(typed_flow(part).inputs.fields[name])
        case ("parse", "intent"):
            return world.intents | world.started_by
        case ("parse", str() as field):
            return _PARSE_SETS.get(field)
        case ("steps", str() as step_id, *rest):
            found = _at_step(world, step_id, tuple(rest), ids)
            return None if found is None else closed_set(found)
    return None


def types_at(world: World, part: Part, names: Names, ids: SiteIds) -> frozenset[str]:
    """The JSON types (null aside) that can stand at a path; none where that is not known."""
    spec: SlotSpec | InputSpec | None = None
    match names:
        case ("slots", str() as name):
            spec = world.desk.slots.get(name)
        case ("input", str() as name):
            spec = typed_flow(part).inputs.fields.get(name)
        case ("parse", "intent" | "urgency" | "sentiment" | "language"):
            return frozenset(("string",))
        case ("parse", "confidence"):
            return frozenset(("number",))
        case ("steps", str() as step_id, *rest):
            found = _at_step(world, step_id, tuple(rest), ids)
            return frozenset() if found is None else all_types(found) - {"null"}
    known = SLOT_TYPES.get(spec.type) if spec is not None else None
    return frozenset((known,)) if known else frozenset()


def _at_step(world: World, step_id: str, rest: Names, ids: SiteIds) -> list[JsonObject] | None:
    sites = ids.get(step_id, [])
    schema = output_of(world, sites[0].step) if len(sites) == 1 and not sites[0].lost else None
    found = None if schema is None else look(schema, rest)
    return None if found is None or isinstance(found, Missing) else found


def covers_everything(world: World, part: Part, conditions: Sequence[str | bool], ids: SiteIds) -> bool:
    """Whether conditions that all test one path leave no value of its closed set out."""
    tests = [tested_value(condition) for condition in conditions]
    if not tests or any(test is None for test in tests):
        return False
    paths = {test[0] for test in tests if test is not None}
    if len(paths) != 1:
        return False
    covered = frozenset().union(*(test[1] for test in tests if test is not None))
    (names,) = paths
    every = values_at(world, part, names, ids)
    if every is None and all(isinstance(value, bool) for value in covered):
        return len(covered) == 2
    return every is not None and names[:2] != ("parse", "intent") and every <= covered
