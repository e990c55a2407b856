"""What answers a prompt: a model, or without one the parse, extractors, the first sentences, or a fixed value."""

import json
import re
from collections.abc import Iterator, Mapping

from bot.errors import ActionFailed
from bot.model.action import ActionResult, ActionSpec, Failure
from bot.model.base import Json, JsonObject
from bot.model.effect import Think
from bot.model.llm import Answered, Question
from bot.model.parse import Parse
from bot.model.prompt import Offline
from bot.ports import Classifier, Llm
from bot.rules.fence import enclose
from bot.rules.tools import offered

SUMMARY_CHARACTERS = 240
_TITLES = {
    "message": "Their last message",
    "last_turns": "The conversation so far",
    "summary": "In short",
    "slots": "What is known",
    "contact": "Who it is",
    "articles": "Articles that may answer",
}
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


class Thinker:
    """Answers prompts: by a model where one is connected and answers, else in the way that the prompt names."""

    def __init__(self, llm: Llm) -> None:
        self._llm = llm

    def asks_model(self, think: Think) -> bool:
        """Whether a model is connected for this prompt."""
        return self._llm.is_connected(model_of(think.spec), connections_of(think.spec))

    async def answer(self, think: Think, classifier: Classifier) -> ActionResult:
        """The answer in the shape of the prompt's output.

        Its event ``model_asked`` says what the model took, or why it did not answer. Raises ActionFailed when the
        model did not and the prompt names nothing else.
        """
        try:
            answered = await self._llm.answer(question_of(think))
        except ActionFailed as error:
            return instead(think, classifier, error.failure)
        return ActionResult(output=answered.output, events=(_asked(think, answered),))

    async def step(self, think: Think, catalogue: Mapping[str, ActionSpec]) -> ActionResult:
        """One request of a prompt with tools: its output holds ``calls`` or ``answer``. Raises ActionFailed."""
        tools = tuple(one.tool for one in offered(think.spec["tools"], catalogue).values())
        question = question_of(think).model_copy(
            update={
                "tools": tools,
                "rounds": think.rounds or (),
                "note": think.spec.get("note") or "",
                "most_usd": think.spec.get("budget_usd"),
            }
        )
        answered = await self._llm.answer(question)
        calls = [call.model_dump(mode="json") for call in answered.calls]
        output: JsonObject = {"calls": calls} if calls else {"answer": answered.output}
        return ActionResult(output=output, events=(_asked(think, answered),))


def instead(think: Think, classifier: Classifier, failure: Failure) -> ActionResult:
    """The offline answer, where a model gave none. Raises ActionFailed when the prompt names none."""
    offline = answer_offline(think, classifier)
    if offline is None:
        raise ActionFailed(failure)
    event = {"event": "model_asked", **_named(think.spec), "failed": failure.kind, "why": failure.message[:300]}
    return offline.model_copy(update={"events": (event,)})


def _asked(think: Think, answered: Answered) -> JsonObject:
    return {"event": "model_asked", **_named(think.spec), **answered.usage.model_dump(mode="json")}


def _named(spec: JsonObject) -> JsonObject:
    return {"prompt": spec.get("name"), "version": spec.get("version", 1)}


def model_of(spec: JsonObject) -> str:
    """The model as `bot.ports.Llm` takes it; an inline prompt may name its provider apart."""
    model, provider = str(spec.get("model") or "quick"), spec.get("provider")
    return f"{provider}:{model}" if provider and ":" not in model else model


def connections_of(spec: JsonObject) -> tuple[str, ...]:
    """Whose key may be used: the prompt's connection, else its owner's, which is a team."""
    return tuple(str(name) for name in (spec.get("connection"), spec.get("owner")) if name)


def question_of(think: Think) -> Question:
    """What a model is asked: the prompt, whose texts are filled in and fenced already, its examples, and the declared
    context."""
    spec = think.spec
    prompt, system = spec["prompt"], spec.get("system") or ""
    return Question(
        name=str(spec.get("name") or "inline"),
        version=spec.get("version", 1),
        model=model_of(spec),
        system="\n\n".join(part for part in (system, _examples(spec)) if part),
        prompt="\n\n".join(part for part in (prompt, *_around(think, prompt)) if part),
        output=spec.get("output"),
        verbatim_from=_material(think, prompt),
        temperature=spec.get("temperature", 0.0),
        max_tokens=spec.get("max_tokens", 1024),
        connections=connections_of(spec),
        timeout_seconds=think.timeout_seconds,
    )


def _examples(spec: JsonObject) -> str:
    lines = [
        f"Input: {_json(example.get('input', example.get('inputs')))}\nAnswer: {_json(example.get('output'))}"
        for example in spec.get("examples") or ()
    ]
    return "\n\n".join(["Examples:", *lines]) if lines else ""


def _around(think: Think, prompt: str) -> Iterator[str]:
    """The context behind the prompt; words that stand in it already are not sent twice."""
    for name, value in think.context.items():
        words = value if isinstance(value, str) else "\n".join(value) if isinstance(value, list) else _json(value)
        if words not in prompt:
            yield f"{_TITLES.get(name, name)}:\n{enclose(words)}"


def _material(think: Think, prompt: str) -> str:
    """What a quotation may come from. An inline prompt without inputs holds its material itself."""
    texts = [str(leaf) for leaf in _leaves([think.inputs, think.context])]
    return "\n".join(texts if "inputs" in think.spec else [*texts, prompt])


def _leaves(value: Json) -> Iterator[Json]:
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _leaves(inner)
    elif value is not None:
        yield value


def _json(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)
