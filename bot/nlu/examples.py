"""The desk's examples, with Rasa's marks for entities taken out of them."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.model.base import Json
from bot.model.desk import IntentExamples, Lookup
from bot.rules.values.legible import legible
from bot.rules.values.wording import normal

_MARK = re.compile(
    r"\[(?P<word>[^\[\]]+)\]"
    r"(?:\((?P<entity>[A-Za-z_][\w.-]*)(?::(?P<value>[^()]*))?\)|(?P<properties>\{[^{}]*\}))"
)


@dataclass(frozen=True, slots=True)
class Example:
    """One way to say something, without marks."""

    text: str
    intent: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class LookupWord:
    """A word that means a value of an entity."""

    entity: str
    word: str
    value: Json


def unmarked(text: str) -> str:
    """``switch to [pro](plan)`` and ``switch to [proo]{"entity": "plan"}`` without their marks."""
    return _MARK.sub(lambda match: match["word"], text)


def marked_words(text: str) -> Iterator[LookupWord]:
    """The words that marks name. A mark whose properties are no JSON object with an entity is passed over."""
    for match in _MARK.finditer(text):
        if match["entity"]:
            yield LookupWord(match["entity"], match["word"], match["value"] or match["word"])
            continue
        try:
            properties = json.loads(match["properties"])
        except ValueError:
            continue
        if isinstance(properties.get("entity"), str):
            yield LookupWord(properties["entity"], match["word"], properties.get("value", match["word"]))


def intent_examples(nlu: Iterable[IntentExamples | Lookup]) -> list[Example]:
    """All examples of all intents. Intents without any are left out."""
    return [
        Example(legible(unmarked(text)).text, entry.intent, entry.language)
        for entry in nlu
        if isinstance(entry, IntentExamples)
        for text in entry.examples
    ]


def exact_key(text: str) -> str:
    """What two texts share that say the same but for case, punctuation and spaces."""
    return normal(text).replace("'", "") or text.strip().casefold()
