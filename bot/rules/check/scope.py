"""The variables of expressions: which there are at a place, what each has, and words for a missing one."""

from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from bot.model.flow import NO_DEFAULT
from bot.model.parse import Parse
from bot.model.slot import Inputs
from bot.rules.check.authored import typed_flow
from bot.rules.check.cases import SLOT_TYPES
from bot.rules.check.parts import Part
from bot.rules.check.report import Level, listed, nearest, suggestion
from bot.rules.check.schemas import Missing
from bot.rules.check.state import State
from bot.rules.check.walk import Site
from bot.rules.check.world import World
from bot.rules.expression import Path as Read

Keys: TypeAlias = tuple[str | int, ...]
"""The path behind a variable."""
MESSAGE_FIELDS: Final = ("text", "files", "channel")
"""What `input` holds when a message started the flow."""
_ALWAYS: Final = ("input", "parse", "slots", "vars", "steps", "contact", "conversation", "env")
LOOP_FIELDS: Final = ("index", "number", "length")
CONVERSATION_FIELDS: Final = ("id", "channel", "sender", "owner")
ERROR_FIELDS: Final = ("message", "kind", "step")
_FIELDS: Final = {"money": ("amount", "currency"), "file": ("name", "url", "media_type", "size")}
_SCALARS: Final = frozenset(("string", "integer", "number", "boolean"))


@dataclass(frozen=True, slots=True)
class Around:
    """What a place may read beside the state: names of loop items, `loop`, `error` and `event`."""

    items: frozenset[str] = frozenset()
    loop: bool = False
    error: bool = False
    event: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        extra = [name for name in ("loop", "error", "event") if getattr(self, name)]
        return (*_ALWAYS, *sorted(self.items), *extra)


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with one read."""

    code: str
    what: str
    fix: str
    level: Level = "error"


def trouble_anywhere(world: World, read: Read) -> Trouble | None:
    """What is wrong with a read wherever it stands: for texts that are said outside the folder's flows."""
    root, *keys = read.names
    if root == "slots":
        return slot_trouble(world, tuple(keys))
    return env_trouble(world, tuple(keys)) if root == "env" else None


def slot_trouble(world: World, keys: Keys) -> Trouble | None:
    if not keys:
        return None
    name = str(keys[0])
    spec = world.desk.slots.get(name)
    known = world.authored.names("slot")
    if spec is None:
        if name in known or world.authored.may_exist(name):
            return None
        return Trouble(
            "unknown-slot", f"there is no slot {name!r}", suggestion(name, known, "Declare it under `slots`.")
        )
    if len(keys) > 1 and SLOT_TYPES.get(spec.type) in _SCALARS:
        what = f"slot {name!r} is {spec.type} and has no field {keys[1]!r}"
        return Trouble("unknown-field", what, f"Read 'slots.{name}' alone.")
    fields = _FIELDS.get(spec.type)
    if len(keys) > 1 and fields and keys[1] not in fields:
        what = f"slot {name!r} is {spec.type} and has no field {keys[1]!r}"
        return Trouble("unknown-field", what, suggestion(str(keys[1]), fields, f"It has {', '.join(fields)}."))
    return None


def env_trouble(world: World, keys: Keys) -> Trouble | None:
    known = world.desk.settings.env
    if not keys or str(keys[0]) in known:
        return None
    fix = suggestion(str(keys[0]), known, f"Add it: settings: {{env: [{keys[0]}]}}.")
    return Trouble("unknown-env", f"'env.{keys[0]}' is not declared under `settings`", fix, "warning")


def fixed_trouble(root: str, keys: Keys) -> Trouble | None:
    """Variables that have the same fields in every flow. A contact may have any."""
    if root == "parse":
        return field_trouble("parse", keys, tuple(Parse.model_fields))
    trouble = field_trouble(root, keys, CONVERSATION_FIELDS) if root == "conversation" else None
    # Channels may add to a conversation, so an unknown field is no more than a warning.
    return None if trouble is None else replace(trouble, level="warning")


def field_trouble(root: str, keys: Keys, known: tuple[str, ...]) -> Trouble | None:
    if not keys or keys[0] in known:
        return None
    fix = suggestion(str(keys[0]), known, f"It has {', '.join(known)}.")
    return Trouble("unknown-field", f"'{root}' has no field {keys[0]!r}", fix)


_WHERE: Final = {
    "loop": "inside a loop",
    "item": "inside a for_each loop",
    "error": "in `on_error`",
    "event": "in the `match` of a wait",
}


def only_there(name: str) -> Trouble:
    """A variable that belongs to another sort of place."""
    fix = "Read something else here, or move the step."
    return Trouble("unknown-variable", f"{name!r} is there only {_WHERE[name]}", fix)


def found_before(read: Read, state: State) -> bool:
    """Whether a condition around this place has found the path, or something below it, to be there."""
    names = read.names
    return any(
        names[: len(fact)] == fact or fact[: len(names)] == names or fact[:2] == names[:2] for fact in state.facts
    )


def no_field(name: str, keys: Keys, where: Missing, site: Site) -> Trouble:
    before = ".".join(("steps", name, *map(str, keys[: where.found])))
    key = str(keys[where.found])
    what = f"'{before}' has no field {key!r}" if where.known else f"'{before}' {where.reason}, so {key!r} is not there"
    near = nearest(key, where.known)
    if near:
        fix = f"Did you mean {near!r}?"
    elif where.known:
        fix = f"The output of this {site.step.kind} step has {listed(where.known)}."
    else:
        fix = "Read what the step really gives."
    return Trouble("unknown-field", what, fix)


def no_output(site: Site, guarded: bool) -> Trouble | None:
    """A step of a kind that gives nothing; with a `default` it has that where it fails or is left out."""
    name, kind = site.step.id, site.step.kind
    if site.step.default in (NO_DEFAULT, None):
        what = f"step {name!r} has no output to read: a {kind} step gives nothing"
        return Trouble("unknown-field", what, "Read a step that gives something, or a slot.")
    if guarded:
        return None
    what = (
        f"step {name!r} has an output, its `default`, only where it fails or is left out: a {kind} step gives nothing"
    )
    return Trouble("maybe-missing", what, f"Guard it, as in `steps.{name} is defined`, or read a step inside it.")


def after_loop(name: str, loop: str) -> Trouble:
    what = f"step {name!r} ran inside a loop that is over here"
    fix = f"Read the list 'steps.{loop}', which has the last step's output of each round." if loop else (
        "Give the loop an `id`: steps.<id> is then the list of the last step's outputs."
    )  # fmt: skip
    return Trouble("step-not-run", what, fix)


def input_fields(world: World, part: Part) -> frozenset[str] | None:
    """The names that `input` has in a flow; None where the payload's shape is not known."""
    flow = typed_flow(part)
    core = world.authored.core.flows.get(part.name)
    declared = {*flow.inputs.fields, *(core.inputs if core else Inputs()).fields}
    by_message = not flow.triggers or any(trigger.intent for trigger in flow.triggers)
    if not declared and any(not trigger.intent for trigger in flow.triggers):
        return None
    return frozenset({*declared, *(MESSAGE_FIELDS if by_message else ())})
