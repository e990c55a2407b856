"""Checks what the expressions of a flow read, at each place of it."""

from dataclasses import dataclass, field, replace

from bot.model.flow import Flow, StepBase
from bot.rules.check.authored import typed_flow
from bot.rules.check.braces import check_braces
from bot.rules.check.comparing import check_comparisons
from bot.rules.check.conditions import compiled, null_tests, piece_by_piece
from bot.rules.check.kinds import check_kinds
from bot.rules.check.outputs import output_of
from bot.rules.check.parts import Part
from bot.rules.check.places import Path
from bot.rules.check.report import listed, suggestion
from bot.rules.check.schemas import Missing, look, types_of
from bot.rules.check.scope import (
    ERROR_FIELDS,
    LOOP_FIELDS,
    Around,
    Keys,
    Trouble,
    after_loop,
    env_trouble,
    field_trouble,
    fixed_trouble,
    found_before,
    input_fields,
    no_field,
    no_output,
    only_there,
    slot_trouble,
)
from bot.rules.check.state import State
from bot.rules.check.walk import Site, Text, all_sites, read_by, say_texts, variables_set
from bot.rules.check.world import World
from bot.rules.expression import ExpressionError
from bot.rules.expression import Path as Read


@dataclass
class Reader:
    """Checks the reads of one flow. ``told``: variables that have had their finding, in one place."""

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
        return [name for name, found in self.ids.items() if any(site.path[: len(path)] == path for site in found)]

    def check(self, text: Text, state: State, around: Around, owner: Part | None = None) -> None:
        """Report what a text cannot read here. ``owner``: the part that it stands in, if not this flow."""
        part = owner or self.part
        reads = compiled(text)
        if isinstance(reads, ExpressionError):
            reads = self._of_the_rest(text, part)
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
        if not check_comparisons(self.world, self.part, text, self.ids, part):
            check_kinds(self.world, self.part, text, self.ids, part)
        check_braces(self.world, part, text)

    def _of_the_rest(self, text: Text, part: Part) -> tuple[Read, ...]:
        """Report what cannot be compiled, and give what the other placeholders of the text read."""
        errors, reads = piece_by_piece(text)
        for error in errors:
            self.world.in_text(part, text.path, text.text, error.offset, "bad-expression", error.what, error.fix)
        return reads

    def responses(self, step: StepBase, state: State, around: Around) -> None:
        """The texts of responses that a step says read the flow's data at this place."""
        for name in read_by(step):
            part = self.world.authored.responses.get(name)
            if part is None:
                continue
            for index, say in enumerate(part.value):
                for text in say_texts(say, (index,)):
                    self.check(text, state, around, part)

    def _trouble(self, read: Read, state: State, around: Around) -> Trouble | None:
        root, *rest = read.names
        keys: Keys = tuple(rest)
        match root:
            case "slots":
                return slot_trouble(self.world, keys) or self._empty_slot(read, keys, state)
            case "steps":
                return self._step(read, keys, state)
            case "vars":
                return self._variable(read, keys, state)
            case "input":
                return self._input(keys)
            case "env":
                return env_trouble(self.world, keys)
            case "parse" | "contact" | "conversation":
                return fixed_trouble(str(root), keys)
            case _:
                return self._other(str(root), keys, around)

    def _other(self, root: str, keys: Keys, around: Around) -> Trouble | None:
        """Variables that are there only in some places, and those that are nowhere."""
        if root in around.items:
            return None
        match root:
            case "loop" if around.loop:
                return field_trouble("loop", keys, LOOP_FIELDS)
            case "error" if around.error:
                return field_trouble("error", keys, ERROR_FIELDS)
            case "event" if around.event:
                return None
            case "loop" | "item" | "error" | "event":
                return only_there(root)
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

    def _empty_slot(self, read: Read, keys: Keys, state: State) -> Trouble | None:
        """A slot that may be empty where a value is needed. Called flows may have it from their callers."""
        spec = self.world.desk.slots.get(str(keys[0])) if keys else None
        if (
            spec is None
            or not read.needs_value
            or read.guarded
            or found_before(read, state)
            or spec.initial is not None
        ):
            return None
        if not self.flow.triggers:
            return None
        what = f"'slots.{keys[0]}' may be empty here, and this needs a value"
        return Trouble("maybe-empty", what, "Collect it before, or write `| default(...)` behind it.", "warning")

    def _input(self, keys: Keys) -> Trouble | None:
        fields = input_fields(self.world, self.part)
        if not keys or fields is None or keys[0] in fields:
            return None
        fix = suggestion(str(keys[0]), fields, f"Declare it under `inputs`; here are {listed(fields)}.")
        return Trouble("unknown-input", f"the input of this flow has no {keys[0]!r}", fix)

    def _variable(self, read: Read, keys: Keys, state: State) -> Trouble | None:
        if not keys or keys[0] in state.vars.sure or keys[0] in self.told:
            return None
        name = str(keys[0])
        why = state.vars.maybe.get(name)
        if why is not None:
            if read.guarded or found_before(read, state):
                return None
            self.told.add(name)
            what = f"'vars.{name}' is not set on every path: not when {why}"
            return Trouble("maybe-unset", what, f"Set it on every path, or write `vars.{name} | default('')`.")
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

    def _step(self, read: Read, keys: Keys, state: State) -> Trouble | None:
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
            return after_loop(name, state.gone[name])
        if output_of(self.world, found[0].step) is None:
            return no_output(found[0], read.guarded or found_before(read, state))
        if missing := self._missing(read, name, state):
            return missing
        return self._unknown_field(name, keys[1:], found[0], read, state)

    def _missing(self, read: Read, name: str, state: State) -> Trouble | None:
        """Whether the step has not surely run on every path to here."""
        if name in state.steps.sure or read.guarded or found_before(read, state):
            return None
        if state.ran_if.get(name) in state.holding:
            return None
        why = state.steps.maybe.get(name)
        if why is None:
            fix = "Read it behind the step, on the same path."
            return Trouble("step-not-run", f"step {name!r} has not run on any path to here", fix)
        what = f"step {name!r} has no output on every path to here: not when {why}"
        shown = ".".join(str(key) for key in read.names)
        return Trouble("maybe-missing", what, f"Guard it, as in `{shown} | default('')` or `steps.{name} is defined`.")

    def _unknown_field(self, name: str, keys: Keys, site: Site, read: Read, state: State) -> Trouble | None:
        where = look(output_of(self.world, site.step), keys)
        if isinstance(where, Missing):
            return no_field(name, keys, where, site)
        default = state.stand_ins.get(name)
        if (
            isinstance(default, dict)
            and keys
            and keys[0] not in default
            and not (read.guarded or found_before(read, state))
        ):
            what = f"step {name!r} may have its `default` for an output, which has no {keys[0]!r}"
            return Trouble("maybe-missing", what, f"Add {keys[0]!r} to the default, or guard it with `| default('')`.")
        nullable = any("null" in types_of(arm) for arm in where)
        if nullable and read.needs_value and not (read.guarded or read.names in state.facts):
            what = f"'{'.'.join(map(str, read.names))}' may be null, and this needs a value"
            return Trouble("maybe-empty", what, "Test it before, or write `| default(...)` behind it.", "warning")
        return None
