"""Intents: examples that stand twice, intents that start nothing, triggers that nothing can set off."""

from collections.abc import Iterator

from bot.model.desk import IntentExamples
from bot.rules.check.authored import typed_flow
from bot.rules.check.conditions import comparisons, trees
from bot.rules.check.formats import check_pattern
from bot.rules.check.parts import Part
from bot.rules.check.places import Path
from bot.rules.check.report import nearest
from bot.rules.check.walk import all_texts, say_texts, sites
from bot.rules.check.world import World


def check_intents(world: World) -> None:
    """All intents of the folder."""
    _examples(world)
    _lookups(world)
    started = world.started_by
    typos = _triggers(world, started)
    handled = {*started, *typos, *_mentioned(world)}
    for part in world.authored.of_kind("intent"):
        if part.name in handled or not part.name or _may_be_handled(world, part.name):
            continue
        handled.add(part.name)
        what = f"nothing handles the intent {part.name!r}: it has examples, but starts no flow"
        world.at_value(
            part,
            ("intent",),
            "unhandled-intent",
            what,
            f"Add a flow with triggers: [{{intent: {part.name}}}].",
        )


def _may_be_handled(world: World, intent: str) -> bool:
    """Whether a flow that handles it may stand in what could not be read."""
    if any(one.gap for one in world.authored.files):
        return True
    return any(
        intent in _lost_triggers(part) for part in world.authored.parts if part.kind == "flow" and not part.whole
    )


def _lost_triggers(part: Part) -> str:
    """What a broken flow says of its triggers, if they could not all be read."""
    raw = part.source.data
    for key in part.path:
        raw = raw[key] if isinstance(raw, dict) else None
    if not isinstance(raw, dict):
        return part.source.text
    read = len(part.value.triggers) if part.value is not None else 0
    triggers = raw.get("triggers")
    if isinstance(triggers, list) and len(triggers) == read:
        return ""
    return part.source.text if "triggers" in raw or nearest("triggers", raw) else ""


def _triggers(world: World, started: frozenset[str]) -> set[str]:
    """Report triggers without examples, and shared ones; gives the intents that misspelt triggers mean."""
    first: dict[str, Part] = {}
    meant: set[str] = set()
    for part in world.authored.of_kind("flow"):
        for index, trigger in enumerate(typed_flow(part).triggers):
            if trigger.intent is None:
                continue
            path: Path = ("triggers", index, "intent")
            if trigger.intent in first and first[trigger.intent].name != part.name:
                what = f"flow {first[trigger.intent].name!r} starts on the intent {trigger.intent!r} already"
                fix = "Give each intent one flow, and branch inside it."
                world.at_value(part, path, "shared-intent", what, fix)
            first.setdefault(trigger.intent, part)
            if trigger.intent not in world.intents and not world.authored.may_exist(trigger.intent):
                meant |= _without_examples(world, part, path, trigger.intent, started)
    return meant


def _without_examples(world: World, part: Part, path: Path, intent: str, started: frozenset[str]) -> set[str]:
    near = nearest(intent, world.intents - started)
    if near is not None:
        what = f"there is no intent {intent!r}"
        world.at_value(part, path, "unknown-intent", what, f"Did you mean {near!r}?")
        return {near}
    what = f"the intent {intent!r} has no examples, so no message starts this flow"
    world.at_value(part, path, "no-examples", what, f"Add it under `nlu`: - intent: {intent}.", "warning")
    return set()


def _mentioned(world: World) -> Iterator[str]:
    """Intents that conditions ask for, or that a button sends."""
    for part in world.authored.of_kind("flow"):
        for site in sites(part):
            for text in all_texts(site.step, site.path):
                if "intent" in text.text:
                    for tree in trees(text):
                        yield from (str(c.value) for names, c, _ in comparisons(tree) if names == ("parse", "intent"))
                if text.path[-1] == "payload":
                    yield _sent(text.text)
    for part in world.authored.of_kind("response"):
        for say in part.value:
            yield from (_sent(text.text) for text in say_texts(say, ()) if text.path[-1] == "payload")


def _sent(payload: str) -> str:
    """The intent of a button; whether it starts a flow is looked at where the button stands."""
    return payload.lstrip("/").partition("{")[0].strip()


def _examples(world: World) -> None:
    """The same words twice teach a classifier nothing, and in two intents the wrong thing."""
    first: dict[tuple[str, str | None], tuple[Part, int]] = {}
    for part in world.authored.of_kind("intent"):
        entry = part.value
        assert isinstance(entry, IntentExamples)
        if part.twice:
            continue  # its examples are to go into the other one
        for index, example in enumerate(entry.examples):
            key = (folded(example), entry.language)
            if key not in first:
                first[key] = (part, index)
                continue
            other, place = first[key]
            line = _line_of_example(other, place)
            where = f"in line {line}" if other.source is part.source else f"at {other.source.name}:{line}"
            if other.name == part.name:
                _say(world, part, index, f"this example stands {where} already", "Delete one of the two.")
            else:
                what = f"this example belongs to the intent {other.name!r} as well, {where}"
                _say(world, part, index, what, "Keep it in the intent that it means.")
        if not entry.examples and part.whole:
            what = f"the intent {part.name!r} has no examples"
            world.at_value(part, ("intent",), "no-examples", what, "Add `examples: |`, and one a line behind `- `.")


def folded(example: str) -> str:
    """An example without what makes no difference: case and spaces."""
    return " ".join(example.casefold().split())


def _say(world: World, part: Part, index: int, what: str, fix: str) -> None:
    line, column = example_place(part, index)
    world.at_place(part, (line, column), "duplicate-example", what, fix)


def _line_of_example(part: Part, index: int) -> int:
    return example_place(part, index)[0]


def example_place(part: Part, index: int) -> tuple[int, int]:
    """Line and column of one example, in a list or in a block of lines that begin with a dash."""
    path = part.file_path(("examples", index))
    mark, found = part.source.mark_at(path)
    if found:
        return mark.line, mark.column
    if mark.style not in ("|", ">"):
        return mark.line, mark.column
    seen = -1
    for number in range(mark.line + 1, mark.end_line + 1):
        line = part.source.lines[number - 1] if number <= len(part.source.lines) else ""
        words = line.strip().removeprefix("-").strip()
        seen += bool(words)
        if words and seen == index:
            return number, line.index(words) + 1
    return mark.line, mark.column


def _lookups(world: World) -> None:
    for part in world.authored.of_kind("lookup"):
        if part.value.regex is None:
            continue
        for index, pattern in enumerate(part.value.examples):
            check_pattern(world, part, ("examples", index), pattern)
