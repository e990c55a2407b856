"""What an expression may read at a place, and what is said when it is not there."""

from dataclasses import dataclass, field, replace
from typing import Final

from bot.model.flow import CollectStep, Flow, StepBase, UtterStep
from bot.model.parse import Parse
from bot.model.slot import Inputs
from bot.rules.check.authored import typed_flow
from bot.rules.check.cases import SLOT_TYPES
from bot.rules.check.comparing import check_comparisons
from bot.rules.check.conditions import compiled, null_tests
from bot.rules.check.outputs import output_of
from bot.rules.check.parts import Part
from bot.rules.check.places import Path
from bot.rules.check.report import Level, listed, nearest, suggestion
from bot.rules.check.schemas import Missing, look, types_of
from bot.rules.check.state import State
from bot.rules.check.walk import Site, Text, blocks_of, say_texts
from bot.rules.check.world import World
from bot.rules.expression import ExpressionError
from bot.rules.expression import Path as Read

MESSAGE_FIELDS: Final = ("text", "files", "channel")
"""What `input` holds when a message started the flow."""
_ALWAYS: Final = ("input", "parse", "slots", "vars", "steps", "contact", "conversation", "env")
_LOOP_FIELDS: Final = ("index", "number", "length")
_CONVERSATION_FIELDS: Final = ("id", "channel", "sender", "owner")
_ERROR_FIELDS: Final = ("message", "kind", "step")
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


@dataclass
class Reader:
    """Checks the reads of one flow. ``told``: variables that have had their finding; one place is where they
    are set.
    """

    world: World
    part: Part
    ids: dict[str, list[Site]] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for site in all_sites(self.part):
            if site.step.id:
                self.ids.setdefault(site.step.id, []).append(site)

    @property
    def flow(self) -> Flow:
        return typed_flow(self.part)

    def ids_below(self, path: Path) -> list[str]:
        """Ids of the steps inside a block."""
        return [
            name for name, found in self.ids.items() if any(site.path[: len(path)] == path for site in found)
        ]

    def check(self, text: Text, state: State, around: Around, owner: Part | None = None) -> None:
        """Report what a text reads and cannot read here. ``owner``: the part that the text stands in, if not
        this flow.
        """
        part = owner or self.part
        reads = compiled(text)
        if isinstance(reads, ExpressionError):
            self.world.in_text(
                part, text.path, text.text, reads.offset, "bad-expression", reads.what, reads.fix
            )
            return
        guards = null_tests(text)
        for read in reads:
            seen = replace(read, guarded=True) if read.offset in guards else read
            trouble = self._trouble(seen, state, around)
            if trouble is not None:
                everywhere = owner is None or read.names[0] in ("slots", "env")
                what = trouble.what if everywhere else f"{trouble.what} (said by flow {self.part.name!r})"
                self.world.in_text(
                    part, text.path, text.text, read.offset, trouble.code, what, trouble.fix, trouble.level
                )
        check_comparisons(self.world, self.part, text, self.ids, part)

    def responses(self, step: StepBase, path: Path, state: State, around: Around) -> None:
        """The texts of responses that a step says read the flow's data at this place."""
        del path
        for name in said_by(step):
            part = self.world.authored.responses.get(name)
            if part is None:
                continue
            for index, say in enumerate(part.value):
                for text in say_texts(say, (index,)):
                    self.check(text, state, around, part)

    def _trouble(self, read: Read, state: State, around: Around) -> Trouble | None:
        root, *rest = read.names
        keys = tuple(rest)
        match root:
            case "slots":
                return _slot(self.world, keys) or self._empty_slot(read, keys, state)
            case "steps":
                return self._step(read, keys, state)
            case "vars":
                return self._variable(read, keys, state)
            case "input":
                return self._input(keys)
            case "parse":
                return _field("parse", keys, tuple(Parse.model_fields))
            case "env":
                return _env(self.world, keys)
            case "conversation":
                trouble = _field("conversation", keys, _CONVERSATION_FIELDS)
                return None if trouble is None else replace(trouble, level="warning")
            case "contact":
                return None
            case _:
                return self._other(str(root), keys, around)

    def _other(self, root: str, keys: tuple[str | int, ...], around: Around) -> Trouble | None:
        if root in around.items:
            return None
        if root == "loop":
            return _field("loop", keys, _LOOP_FIELDS) if around.loop else _only("loop", "inside a loop")
        if root == "error":
            return _field("error", keys, _ERROR_FIELDS) if around.error else _only("error", "in `on_error`")
        if root == "event":
            return None if around.event else _only("event", "in the `match` of a wait")
        if root == "item":
            return _only("item", "inside a for_each loop")
        return Trouble("unknown-variable", f"there is no variable {root!r}", self._meant(root, around))

    def _meant(self, root: str, around: Around) -> str:
        """A bare name is often a slot, a step, an input or a variable without what stands before its dot."""
        for before, names in (
            ("slots", self.world.authored.names("slot")),
            ("steps", self.ids),
            ("input", self.flow.inputs.fields),
        ):
            if root in names:
                return f"Did you mean '{before}.{root}'?"
        return suggestion(
            root, around.names, f"The variables are {', '.join(around.names)}; a fixed text needs quotes."
        )

    def _empty_slot(self, read: Read, keys: tuple[str | int, ...], state: State) -> Trouble | None:
        """A slot that may be empty where a value is needed. Flows that others come to may have it from
        there.
        """
        spec = self.world.desk.slots.get(str(keys[0])) if keys else None
        if (
            spec is None
            or not read.needs_value
            or read.guarded
            or _found(read, state)
            or spec.initial is not None
        ):
            return None
        if not self.flow.triggers:
            return None
        what = f"'slots.{keys[0]}' may be empty here, and this needs a value"
        return Trouble(
            "maybe-empty", what, "Collect it before, or write `| default(...)` behind it.", "warning"
        )

    def _input(self, keys: tuple[str | int, ...]) -> Trouble | None:
        fields = input_fields(self.world, self.part)
        if not keys or fields is None or keys[0] in fields:
            return None
        fix = suggestion(str(keys[0]), fields, f"Declare it under `inputs`; here are {listed(fields)}.")
        return Trouble("unknown-input", f"the input of this flow has no {keys[0]!r}", fix)

    def _variable(self, read: Read, keys: tuple[str | int, ...], state: State) -> Trouble | None:
        if not keys or keys[0] in state.vars.sure or keys[0] in self.told:
            return None
        name = str(keys[0])
        why = state.vars.maybe.get(name)
        if why is not None:
            if read.guarded or _found(read, state):
                return None
            self.told.add(name)
            what = f"'vars.{name}' is not set on every path: not when {why}"
            return Trouble(
                "maybe-unset", what, f"Set it on every path, or write `vars.{name} | default('')`."
            )
        elsewhere = variables_set(self.part)
        if name in elsewhere:
            if read.guarded:
                return None
            self.told.add(name)
            return Trouble(
                "maybe-unset", f"'vars.{name}' is not set yet here", "Set it in a `set` step before this one."
            )
        self.told.add(name)
        fix = suggestion(name, elsewhere, f"Set it before, with a step `set: {{{name}: ...}}`.")
        return Trouble("unknown-variable", f"no step of this flow sets 'vars.{name}'", fix)

    def _step(self, read: Read, keys: tuple[str | int, ...], state: State) -> Trouble | None:
        if not keys:
            return None
        name = str(keys[0])
        found = self.ids.get(name)
        if found is None:
            fix = suggestion(name, self.ids, "Give the step that is meant this `id`.")
            return Trouble("unknown-step", f"no step of this flow has the id {name!r}", fix)
        if found[0].lost or len(found) > 1:
            return None
        if name in state.gone and name not in state.steps.sure:
            return _after_loop(name, state.gone[name])
        if missing := self._missing(read, name, state):
            return missing
        return self._unknown_field(name, keys[1:], found[0], read, state)

    def _missing(self, read: Read, name: str, state: State) -> Trouble | None:
        """Whether the step has not surely run on every path to here."""
        if name in state.steps.sure or read.guarded or _found(read, state):
            return None
        if state.ran_if.get(name) in state.holding:
            return None
        why = state.steps.maybe.get(name)
        if why is None:
            fix = "Read it behind the step, on the same path."
            return Trouble("step-not-run", f"step {name!r} has not run on any path to here", fix)
        what = f"step {name!r} has no output on every path to here: not when {why}"
        shown = ".".join(str(key) for key in read.names)
        return Trouble(
            "maybe-missing", what, f"Guard it, as in `{shown} | default('')` or `steps.{name} is defined`."
        )

    def _unknown_field(
        self, name: str, keys: tuple[str | int, ...], site: Site, read: Read, state: State
    ) -> Trouble | None:
        schema = output_of(self.world, site.step)
        if schema is None:
            what = f"step {name!r} ({site.step.kind}) has no output to read"
            return Trouble("unknown-field", what, "Read a step that gives something, or a slot.")
        where = look(schema, keys)
        if isinstance(where, Missing):
            return _no_field(name, keys, where, site)
        default = state.stand_ins.get(name)
        if (
            isinstance(default, dict)
            and keys
            and keys[0] not in default
            and not (read.guarded or _found(read, state))
        ):
            what = f"step {name!r} may have its `default` for an output, which has no {keys[0]!r}"
            return Trouble(
                "maybe-missing", what, f"Add {keys[0]!r} to the default, or guard it with `| default('')`."
            )
        nullable = any("null" in types_of(arm) for arm in where)
        if nullable and read.needs_value and not (read.guarded or read.names in state.facts):
            what = f"'{'.'.join(map(str, read.names))}' may be null, and this needs a value"
            return Trouble(
                "maybe-empty", what, "Test it before, or write `| default(...)` behind it.", "warning"
            )
        return None


def trouble_anywhere(world: World, read: Read) -> Trouble | None:
    """What is wrong with a read wherever it stands: for texts that are said outside the folder's flows."""
    root, *keys = read.names
    if root == "slots":
        return _slot(world, tuple(keys))
    return _env(world, tuple(keys)) if root == "env" else None


def _slot(world: World, keys: tuple[str | int, ...]) -> Trouble | None:
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
    return None


def _env(world: World, keys: tuple[str | int, ...]) -> Trouble | None:
    known = world.desk.settings.env
    if not keys or str(keys[0]) in known:
        return None
    fix = suggestion(str(keys[0]), known, f"Add it: settings: {{env: [{keys[0]}]}}.")
    return Trouble("unknown-env", f"'env.{keys[0]}' is not declared under `settings`", fix, "warning")


def _no_field(name: str, keys: tuple[str | int, ...], where: Missing, site: Site) -> Trouble:
    before = ".".join(("steps", name, *map(str, keys[: where.found])))
    key = str(keys[where.found])
    what = (
        f"'{before}' has no field {key!r}"
        if where.known
        else f"'{before}' {where.reason}, so {key!r} is not there"
    )
    near = nearest(key, where.known)
    if near:
        fix = f"Did you mean {near!r}?"
    elif where.known:
        fix = f"The output of this {site.step.kind} step has {listed(where.known)}."
    else:
        fix = "Read what the step really gives."
    return Trouble("unknown-field", what, fix)


def _after_loop(name: str, loop: str) -> Trouble:
    what = f"step {name!r} ran inside a loop that is over here"
    fix = f"Read the list 'steps.{loop}', which has the last step's output of each round." if loop else (
        "Give the loop an `id`: steps.<id> is then the list of the last step's outputs."
    )  # fmt: skip
    return Trouble("step-not-run", what, fix)


def _found(read: Read, state: State) -> bool:
    """Whether a condition around this place has found the path, or something below it, to be there."""
    names = read.names
    return any(
        names[: len(fact)] == fact or fact[: len(names)] == names or fact[:2] == names[:2]
        for fact in state.facts
    )


def _field(root: str, keys: tuple[str | int, ...], known: tuple[str, ...]) -> Trouble | None:
    if not keys or keys[0] in known:
        return None
    fix = suggestion(str(keys[0]), known, f"It has {', '.join(known)}.")
    return Trouble("unknown-field", f"'{root}' has no field {keys[0]!r}", fix)


def _only(name: str, where: str) -> Trouble:
    return Trouble(
        "unknown-variable", f"{name!r} is there only {where}", "Read something else here, or move the step."
    )


def all_sites(part: Part) -> list[Site]:
    """Every step of a flow, also those that are switched off."""
    found: list[Site] = []

    def visit(steps: tuple[StepBase, ...], path: Path, inside: tuple[tuple[str, Site], ...]) -> None:
        for index, step in enumerate(steps):
            site = Site(part, (*path, index), step, inside)
            found.append(site)
            for block in blocks_of(step, site.path, part):
                visit(tuple(block.steps), block.path, (*inside, (block.label, site)))

    visit(typed_flow(part).steps, ("steps",), ())
    return found


def variables_set(part: Part) -> frozenset[str]:
    """The names that any `set` step of a flow sets."""
    return frozenset(name for site in all_sites(part) for name in getattr(site.step, "set", None) or ())


def said_by(step: StepBase) -> list[str]:
    """The responses that a step says by name."""
    if isinstance(step, UtterStep):
        return [step.utter]
    if isinstance(step, CollectStep):
        asked = (
            [] if step.ask else [step.utter] if step.utter else [f"utter_ask_{slot}" for slot in step.slots]
        )
        return [*asked, *(rejection.utter for rejection in step.rejections if rejection.utter)]
    return []


def input_fields(world: World, part: Part) -> frozenset[str] | None:
    """The names that `input` has in a flow; None where the payload's shape is not known."""
    flow = typed_flow(part)
    core = world.authored.core.flows.get(part.name)
    declared = {*flow.inputs.fields, *(core.inputs if core else Inputs()).fields}
    by_message = not flow.triggers or any(trigger.intent for trigger in flow.triggers)
    if not declared and any(not trigger.intent for trigger in flow.triggers):
        return None
    return frozenset({*declared, *(MESSAGE_FIELDS if by_message else ())})
