"""The names that a contact reads: of flows that can be offered, and of choices, in every language of the desk."""

from collections.abc import Sequence

from bot.rules.check.authored import typed_flow, typed_slot
from bot.rules.check.parts import Part
from bot.rules.check.places import Path
from bot.rules.check.world import World


def check_flow_title(world: World, part: Part) -> None:
    """A flow that a message begins is offered by its name where two wishes are close, so where there are others."""
    flow = typed_flow(part)
    _strange(world, part, (), flow.translation)
    missing = _missing(world, flow.translation)
    if not missing or not _is_offered(part) or not any(_is_offered(other) for other in _others(world, part)):
        return
    if flow.name:
        what = f"the name {flow.name!r} is not translated into {', '.join(missing)}"
        world.at_value(part, ("name",), "missing-translation", what, _fix("", missing), "warning")
    else:
        what = f"the flow has no name in {', '.join(missing)}: it is offered in the words of its intent"
        world.at_key(part, (), "missing-translation", what, _fix("name: ..., ", missing), "warning")


def check_choice_titles(world: World, part: Part) -> None:
    """Buttons of a choice, and the list of its values where an answer names none, say the titles."""
    for number, choice in enumerate(typed_slot(part).values):
        place: Path = ("values", number)
        _strange(world, part, place, choice.translation)
        missing = _missing(world, choice.translation)
        if choice.title and missing and any(letter.isalpha() for letter in choice.title):
            what = f"the title {choice.title!r} is not translated into {', '.join(missing)}"
            world.at_value(part, (*place, "title"), "missing-translation", what, _fix("", missing), "warning")


def _others(world: World, part: Part) -> list[Part]:
    return [other for other in world.authored.parts if other.kind == "flow" and other is not part]


def _is_offered(part: Part) -> bool:
    return part.value is not None and any(trigger.intent for trigger in typed_flow(part).triggers)


def _missing(world: World, translation: dict[str, str]) -> list[str]:
    return [language for language in world.desk.settings.languages[1:] if language not in translation]


def _fix(before: str, missing: Sequence[str]) -> str:
    shown = ", ".join(f"{language}: ..." for language in missing)
    return f"Add {before}translation: {{{shown}}}."


def _strange(world: World, part: Part, path: Path, translation: dict[str, str]) -> None:
    settings = world.desk.settings
    for language in translation if "languages" in settings.model_fields_set else ():
        if language not in settings.languages:
            what = f"the desk does not speak {language!r}, so nobody reads this translation"
            fix = f"Add it to `languages` under `settings`; they are {', '.join(settings.languages)}."
            world.at_key(part, (*path, "translation", language), "unknown-language", what, fix, "warning")
