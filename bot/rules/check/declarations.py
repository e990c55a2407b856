"""Slots and responses as they are declared, and whether anybody uses them."""

from collections import Counter
from collections.abc import Iterator

from bot.model.base import Json
from bot.model.desk import DeskSettings
from bot.model.response import Say
from bot.model.slot import InputSpec, SlotSpec
from bot.rules.advance.forming import TITLE
from bot.rules.check.authored import typed_flow, typed_response, typed_slot
from bot.rules.check.conditions import compiled
from bot.rules.check.formats import check_pattern
from bot.rules.check.parts import Part
from bot.rules.check.places import Path
from bot.rules.check.report import listed, suggestion
from bot.rules.check.scope import trouble_anywhere
from bot.rules.check.walk import all_texts, flow_texts, output_texts, read_by, say_texts, sites
from bot.rules.check.world import World
from bot.rules.expression import ExpressionError
from bot.rules.values import bound_problem, check_literal


def check_slot(world: World, part: Part) -> None:
    """One slot: bounds, pattern, values and initial value."""
    spec = typed_slot(part)
    if not part.name.isidentifier() or not part.name.isascii():
        what = f"{part.name!r} cannot be read in expressions"
        world.at_key(part, (), "bad-name", what, "Use letters, digits and _, beginning with a letter.")
    if spec.pattern is not None:
        check_pattern(world, part, ("pattern",), spec.pattern)
    _useless(world, part, spec)
    _values(world, part, [choice.value for choice in spec.values])
    _bounds(world, part, spec)
    _literal(world, part, ("initial",), spec, spec.initial, "the initial value")


def _useless(world: World, part: Part, spec: SlotSpec) -> None:
    for key, kind in (("values", "choice"), ("pattern", "pattern")):
        if getattr(spec, key) and spec.type != kind:
            what = f"`{key}` does nothing for a slot of type {spec.type}"
            world.at_key(part, (key,), "useless-key", what, f"Write `type: {kind}`, or delete it.")


def _values(world: World, part: Part, values: list[str]) -> None:
    for value, count in Counter(values).items():
        if count > 1:
            index = len(values) - 1 - values[::-1].index(value)
            what = f"the value {value!r} is there twice"
            world.at_value(part, ("values", index), "duplicate-value", what, "Delete one of them.")


def _bounds(world: World, part: Part, spec: SlotSpec) -> None:
    for side in ("min", "max"):
        trouble = bound_problem(spec, side)
        if trouble is not None:
            world.at_value(part, (side,), "bad-bound", trouble, "Write a bound of the slot's type, or delete it.")
    low, high = spec.min, spec.max
    if isinstance(low, int | float) and isinstance(high, int | float) and low > high:
        what = f"`min` ({low:g}) is above `max` ({high:g}), so no value is ever right"
        world.at_value(part, ("min",), "bad-bound", what, "Exchange the two.")


def _literal(world: World, part: Part, path: Path, spec: SlotSpec, value: Json, noun: str) -> None:
    if spec.type == "choice":
        known = [choice.value for choice in spec.values]
        if value is not None and value not in known:
            fix = suggestion(str(value), known, f"Its values are {listed(known)}.")
            world.at_value(part, path, "unknown-value", f"{noun} {value!r} is no value of the slot", fix)
        return
    if spec.type == "pattern" and spec.pattern is None:
        return
    try:
        check_literal(spec, value)
    except ValueError as error:
        what, _, fix = str(error).partition(". ")
        world.at_value(part, path, "wrong-type", f"{noun}: {what}", fix or "Write a value of the slot's type.")


def check_inputs(world: World, part: Part, fields: dict[str, InputSpec]) -> None:
    """Defaults of declared inputs against their types."""
    for name, spec in fields.items():
        if spec.default is None or spec.type == "any":
            continue
        if spec.type == "pattern":
            continue  # an input has no pattern of its own
        path: Path = ("inputs", name, "default")
        if spec.type == "choice":
            if spec.values and spec.default not in spec.values:
                fix = f"Its values are {listed(spec.values)}."
                world.at_value(
                    part, path, "unknown-value", f"the default {spec.default!r} is no value of {name!r}", fix
                )
            continue
        _literal(
            world,
            part,
            path,
            SlotSpec.model_construct(type=spec.type, values=()),
            spec.default,
            "the default",
        )


def check_response(world: World, part: Part) -> None:
    """One response: its translations, and its texts where no flow of the folder says it."""
    for index, say in enumerate(typed_response(part)):
        translations(world, part, (index,), say)


def _same_buttons(world: World, part: Part, path: Path, say: Say) -> None:
    """A text that is translated, with buttons that are not: half of the reply is in the wrong language."""
    titles = [button.title for button in say.buttons if any(letter.isalpha() for letter in button.title)]
    for language, translation in say.translation.items():
        if titles and not translation.buttons:
            what = f"the buttons are not translated into {language}"
            fix = f"Write `{language}: {{text: ..., buttons: [{{title: ..., payload: ...}}]}}`."
            world.at_value(part, (*path, "translation", language), "missing-translation", what, fix, "warning")


def translations(world: World, part: Part, path: Path, say: Say) -> None:
    """Languages of the desk in which a reply is not written."""
    settings: DeskSettings = world.desk.settings
    _strange_languages(world, part, path, say, settings)
    _same_buttons(world, part, path, say)
    missing = [language for language in settings.languages[1:] if language not in say.translation]
    if say.text is None or not missing:
        return
    what = f"there is no translation into {', '.join(missing)}"
    shown = ", ".join(f"{language}: ..." for language in missing)
    world.at_value(part, (*path, "text"), "missing-translation", what, f"Add translation: {{{shown}}}.", "warning")


def _strange_languages(world: World, part: Part, path: Path, say: Say, settings: DeskSettings) -> None:
    """Nobody is ever answered in a language that the desk does not list."""
    if "languages" not in settings.model_fields_set:
        return
    for language in say.translation:
        if language not in settings.languages:
            what = f"the desk does not speak {language!r}, so nobody hears this translation"
            fix = f"Add it to `languages` under `settings`; they are {', '.join(settings.languages)}."
            place: Path = (*path, "translation", language)
            world.at_key(part, place, "unknown-language", what, fix, "warning")


def check_spoken(world: World, part: Part) -> None:
    """Replies that are written in the steps of a flow."""
    for site in sites(part):
        for key in ("say", "ask"):
            say = getattr(site.step, key, None)
            if isinstance(say, Say):
                translations(world, part, (*site.path, key), say)
                _said_name(world, part, (*site.path, key), say)


def _said_name(world: World, part: Part, path: Path, say: Say) -> None:
    """`say: utter_hello` says these letters."""
    if say.text is not None and say.text.strip() in world.authored.names("response"):
        fix = f"Write `utter: {say.text.strip()}`."
        world.at_value(part, (*path, "text"), "said-name", "this says the name of a response, not its words", fix)


def check_unsaid(world: World) -> None:
    """Responses that no flow says: unused, and their texts have not been looked at yet."""
    said = {name for part in world.authored.of_kind("flow") for site in sites(part) for name in read_by(site.step)}
    said |= {f"{TITLE}{part.name}" for part in world.authored.of_kind("flow")}
    for name, part in world.authored.responses.items():
        if name in said:
            continue
        _check_alone(world, part)
        if name in world.authored.core.responses or name.startswith(("utter_refused", "utter_ask_rephrase")):
            continue
        if not world.authored.may_exist(name) and not _asked_for(world, name):
            what = f"no flow says {name!r}"
            world.at_key(part, (), "unused-response", what, "Delete it, or say it with an `utter` step.", "warning")


def _asked_for(world: World, name: str) -> bool:
    """Whether a flow that could not be read whole may say it."""
    return any(not part.whole and name in part.source.text for part in world.authored.parts if part.kind == "flow")


def _check_alone(world: World, part: Part) -> None:
    """Without a flow around them, texts are held against what is there everywhere."""
    for index, say in enumerate(typed_response(part)):
        for text in say_texts(say, (index,)):
            reads = compiled(text)
            if isinstance(reads, ExpressionError):
                world.in_text(part, text.path, text.text, reads.offset, "bad-expression", reads.what, reads.fix)
                continue
            for read in reads:
                trouble = trouble_anywhere(world, read)
                if trouble is not None:
                    place = (part, text.path, text.text, read.offset)
                    world.in_text(*place, trouble.code, trouble.what, trouble.fix, trouble.level)


def check_unused_slots(world: World) -> None:
    """Slots that no flow, response or prompt mentions."""
    used = set(_slots_used(world))
    for part in world.authored.of_kind("slot"):
        spec = typed_slot(part)
        if part.name in used or spec.prefill or world.authored.may_exist(part.name):
            continue
        if any(not one.whole and part.name in one.source.text for one in world.authored.parts if one.kind != "slot"):
            continue
        what = f"nothing uses the slot {part.name!r}"
        world.at_key(part, (), "unused-slot", what, "Delete it, or fill it with a `collect`.", "warning")


def _slots_used(world: World) -> Iterator[str]:
    for part in world.authored.of_kind("flow"):
        flow = typed_flow(part)
        yield from flow.persisted_slots
        texts = [*flow_texts(flow), *output_texts(flow)]
        for site in sites(part):
            yield from getattr(site.step, "slots", ())
            yield from getattr(site.step, "set_slots", ())
            texts += all_texts(site.step, site.path)
        for text in texts:
            yield from _read_slots(compiled(text))
    for part in world.authored.of_kind("response"):
        for say in typed_response(part):
            for text in say_texts(say, ()):
                yield from _read_slots(compiled(text))


def _read_slots(reads: object) -> Iterator[str]:
    for read in reads if isinstance(reads, tuple) else ():
        if read.names[0] == "slots" and len(read.names) > 1:
            yield str(read.names[1])
