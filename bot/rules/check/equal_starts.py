"""Two flows that one message could begin equally: examples that differ only in what carries no meaning."""

import re
from collections.abc import Iterator
from typing import Final

from bot.model.desk import IntentExamples
from bot.rules.check.authored import typed_flow
from bot.rules.check.intents import example_place, folded
from bot.rules.check.parts import Part
from bot.rules.check.world import World

_WORD: Final = re.compile(r"\w+")
_MARKED: Final = re.compile(r"\[([^\]]*)\](?:\([^)]*\)|\{[^}]*\})")
_LIGHT: Final = frozenset(
    "a an the my your our this that these those please pls hi hello hey i we you me us it is are am be do does did can"
    " could would will to of for on in at and or so just want need like get"
    " der die das ein eine einen mein meine meinen dein euer bitte hallo hi ich wir du sie mir mich uns es ist sind bin"
    " kann kannst könnt könnte möchte will zu von für auf in an und oder mal doch".split()
)


def check_equal_starts(world: World) -> None:
    """All examples of the folder; those that are the same to the letter have a finding of their own."""
    flow_of = {
        trigger.intent: part.name
        for part in world.authored.of_kind("flow")
        for trigger in typed_flow(part).triggers
        if trigger.intent
    }
    first: dict[tuple[frozenset[str], str | None], tuple[Part, str]] = {}
    for part, index, example, language in _examples(world):
        words = content_words(example)
        other, said = first.setdefault((words, language), (part, example))
        flows = flow_of.get(part.name), flow_of.get(other.name)
        if not words or None in flows or flows[0] == flows[1] or folded(said) == folded(example):
            continue
        what = f"a message like this could begin {flows[1]!r} as well: its example {said!r} says the same"
        fix = "Keep it in the intent that it means, or say what tells the two apart."
        world.at_place(part, example_place(part, index), "equal-start", what, fix, "warning")


def content_words(example: str) -> frozenset[str]:
    """The words that carry meaning, whatever their order; all of them when none does. Marked entities are words."""
    words = _WORD.findall(_MARKED.sub(r"\1", example).casefold())
    return frozenset(word for word in words if word not in _LIGHT) or frozenset(words)


def _examples(world: World) -> Iterator[tuple[Part, int, str, str | None]]:
    for part in world.authored.of_kind("intent"):
        entry = part.value
        assert isinstance(entry, IntentExamples)
        if not part.twice:
            for index, example in enumerate(entry.examples):
                yield part, index, example, entry.language
