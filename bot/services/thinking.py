"""What answers a prompt without a model: the parse, extractors, the first sentences, or a fixed value."""

import re
from collections.abc import Mapping

from bot.model.action import ActionResult
from bot.model.base import Json, JsonObject
from bot.model.parse import Parse
from bot.model.prompt import Offline
from bot.model.run import Think
from bot.ports import Classifier

SUMMARY_CHARACTERS = 240
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


def answer_offline(think: Think, classifier: Classifier) -> ActionResult | None:
    """The offline answer of a prompt, in the shape of its output; None when its spec has none."""
    raw = think.spec.get("offline")
    if raw is None:
        return None
    offline = Offline.model_validate(raw)
    words = _words(think.inputs)
    answer = _start(offline, think.spec)
    parse = classifier.parse(words)
    if offline.classifier:
        answer |= _from_parse(parse, answer)
    answer |= {field: _entity(parse, wanted) for field, wanted in offline.extract.items()}
    answer |= {
        field: first_sentences(str(think.inputs.get(source) or words)) for field, source in offline.summary.items()
    }
    return ActionResult(output=answer)


def _start(offline: Offline, spec: JsonObject) -> JsonObject:
    """All fields of the output, empty, with the fixed value over them."""
    schema = spec.get("output") or {}
    empty: JsonObject = dict.fromkeys(schema.get("properties", {}))
    if isinstance(offline.value, dict):
        return empty | offline.value
    return empty if offline.value is None else empty | {"content": offline.value}


def _from_parse(parse: Parse, wanted: Mapping[str, Json]) -> JsonObject:
    understood = parse.model_dump(mode="json")
    names = wanted or ("intent", "confidence", "urgency", "sentiment", "language")
    return {name: understood[name] for name in names if name in understood}


def _words(inputs: JsonObject) -> str:
    """The text that a prompt is about: its inputs' texts, one after the other."""
    return " ".join(str(value) for value in inputs.values() if isinstance(value, str))


def _entity(parse: Parse, wanted: str) -> Json:
    return next((entity.value for entity in parse.entities if entity.entity == wanted), None)


def first_sentences(text: str) -> str:
    """As many whole sentences from the start as fit; at least the beginning of the first. Extractive: nothing is
    invented."""
    summary = ""
    for sentence in _SENTENCE_END.split(" ".join(text.split())):
        if summary and len(summary) + len(sentence) + 1 > SUMMARY_CHARACTERS:
            break
        summary = f"{summary} {sentence}".strip()
    return summary[:SUMMARY_CHARACTERS]
