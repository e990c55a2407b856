"""What is handed over: arguments of actions, inputs of called flows and of prompts, values of slots."""

from collections.abc import Mapping
from typing import Any

from bot.model.base import JsonObject
from bot.model.flow import AiStep, CallStep, DoStep, LoopStep, SetSlotsStep
from bot.model.slot import Inputs, InputSpec, SlotSpec
from bot.rules.check.cases import SiteIds, types_at
from bot.rules.check.conditions import Names, template_trees
from bot.rules.check.literals import misfits
from bot.rules.check.parts import Part
from bot.rules.check.places import Path
from bot.rules.check.reads import Reader
from bot.rules.check.report import listed, suggestion
from bot.rules.check.schemas import all_types, arms, type_words
from bot.rules.check.walk import Site, sites
from bot.rules.check.world import World
from bot.rules.expression.places import static_names
from bot.rules.values import check_literal


def check_arguments(world: World, part: Part) -> None:
    """All that the steps of one flow hand over."""
    reader = Reader(world, part)
    for site in sites(part):
        match site.step:
            case DoStep() if site.step.do in world.actions:
                params = world.actions[site.step.do].params
                if params is not None:
                    _action(world, site, site.step, params, reader.ids)
            case CallStep() if site.step.call in world.desk.flows:
                inputs = world.desk.flows[site.step.call].inputs
                given(world, site, (*site.path, "with"), site.step.with_, inputs, f"flow {site.step.call!r}")
            case AiStep() if isinstance(site.step.ai, str) and site.step.ai in world.desk.prompts:
                inputs = world.desk.prompts[site.step.ai].inputs
                given(world, site, (*site.path, "with"), site.step.with_, inputs, f"prompt {site.step.ai!r}")
            case SetSlotsStep():
                _slots(world, site, site.step)
            case LoopStep():
                _items(world, site, site.step, reader.ids)


def _action(world: World, site: Site, step: DoStep, params: JsonObject, ids: SiteIds) -> None:
    noun = f"action {step.do!r}"
    schema = {"type": "object", **params}
    for misfit in misfits(step.with_, schema, noun):
        path: Path = (*site.path, "with", *misfit.path)
        if not misfit.path:
            world.at_key(site.part, (*site.path, "with" if step.with_ else "do"), misfit.code, misfit.what, misfit.fix)
        elif misfit.key:
            world.at_key(site.part, path, misfit.code, misfit.what, misfit.fix)
        else:
            world.at_value(site.part, path, misfit.code, misfit.what, misfit.fix)
    for name, value in step.with_.items():
        _kept_type(world, site, name, value, schema, ids)


def _kept_type(world: World, site: Site, name: str, value: Any, schema: JsonObject, ids: SiteIds) -> None:
    """A value that is one whole template keeps its type, which must suit the argument."""
    whole = isinstance(value, str) and value.startswith("{{") and value.endswith("}}")
    trees = template_trees(value) if whole else ()
    names = static_names(trees[0]) if len(trees) == 1 else None
    if names is None or _is_loose_text(world, names):
        return
    has = types_at(world, site.part, names, ids)
    properties = schema.get("properties")
    takes = all_types(arms(properties.get(name), schema)) if isinstance(properties, dict) else frozenset()
    if not has or not takes or has & takes or ("integer" in has and "number" in takes):
        return
    what = (
        f"'{'.'.join(map(str, names))}' does not suit {name!r}: it is {type_words(has)}, and "
        f"{type_words(takes)} is taken"
    )
    world.at_value(site.part, (*site.path, "with", name), "wrong-type", what, "Hand over a value of that type.")


def _items(world: World, site: Site, step: LoopStep, ids: SiteIds) -> None:
    """What a for_each walks must be a list."""
    items = step.loop.for_each.in_ if step.loop.for_each else None
    if not isinstance(items, str):
        return
    trees = template_trees(items if "{{" in items else f"{{{{ {items} }}}}")
    names = static_names(trees[0]) if len(trees) == 1 else None
    has = types_at(world, site.part, names, ids) if names else frozenset()
    if has and "array" not in has:
        what = f"`in` takes a list, and {items.strip('{} ')!r} is {type_words(has)}"
        path: Path = (*site.path, "loop", "for_each", "in")
        world.at_value(site.part, path, "wrong-type", what, "Give it a list.")


def _is_loose_text(world: World, names: Names) -> bool:
    """Free text may spell a number, and is read as one then."""
    spec = world.desk.slots.get(str(names[1])) if names[0] == "slots" and len(names) > 1 else None
    return spec is not None and spec.type in ("text", "pattern")


def given(world: World, site: Site, path: Path, values: Mapping[str, Any], inputs: Inputs, noun: str) -> None:
    """What is handed to a flow or prompt, against the inputs that it declares."""
    fields = inputs.fields
    strange = [name for name in values if name not in fields]
    for name in strange:
        fix = suggestion(name, fields, f"Its inputs are {listed(fields)}." if fields else "It declares no `inputs`.")
        world.at_key(site.part, (*path, name), "unknown-argument", f"{noun} has no input {name!r}", fix)
    for name, spec in fields.items():
        if name in values:
            _input_value(world, site, (*path, name), values[name], spec, f"{name!r} of {noun}")
        elif spec.required and spec.default is None and not any(suggestion(other, [name], "") for other in strange):
            place: Path = path if values else (*site.path, site.step.kind)
            world.at_key(
                site.part,
                place,
                "missing-argument",
                f"{noun} needs the input {name!r}",
                f"Add `{name}:` to `with`.",
            )


def _input_value(world: World, site: Site, path: Path, value: Any, spec: InputSpec, noun: str) -> None:
    if spec.type == "any" or value is None:
        return
    slot = SlotSpec.model_construct(type=spec.type, values=(), pattern=None)
    if spec.type in ("choice", "pattern"):
        if spec.values and isinstance(value, str) and "{{" not in value and value not in spec.values:
            fix = suggestion(value, spec.values, f"Its values are {listed(spec.values)}.")
            world.at_value(site.part, path, "unknown-value", f"{noun} has no value {value!r}", fix)
        return
    _literal(world, site, path, value, slot, noun)


def _slots(world: World, site: Site, step: SetSlotsStep) -> None:
    for name, value in step.set_slots.items():
        spec = world.desk.slots.get(name)
        if spec is not None:
            _literal(world, site, (*site.path, "set_slots", name), value, spec, f"slot {name!r}")


def _literal(world: World, site: Site, path: Path, value: Any, spec: SlotSpec, noun: str) -> None:
    """A value that is written down, against the type of what takes it. Templates are told at run time."""
    if "{{" in str(value):
        return
    if spec.type == "choice":
        known = [choice.value for choice in spec.values]
        if value is not None and str(value) not in known:
            fix = suggestion(str(value), known, f"Its values are {listed(known)}.")
            world.at_value(site.part, path, "unknown-value", f"{noun} has no value {value!r}", fix)
        return
    try:
        check_literal(spec, value)
    except ValueError as error:
        what, _, fix = str(error).partition(". ")
        world.at_value(
            site.part,
            path,
            "wrong-type",
            f"{noun}: {what}",
            f"{fix.rstrip('.')}." if fix else "Write a value of its type.",
        )
