"""Messages read by a model, where the embedded understanding is not sure: a closed set of intents, quoted entities.

The model chooses from the desk's intents and quotes from the message; it can say nothing else. Whatever it does not
say in time, or not in this form, the embedded understanding stands.
"""

from collections.abc import Iterator, Mapping
from typing import Literal

import structlog

from bot.errors import ActionFailed
from bot.model.base import JsonObject
from bot.model.decision import Decision
from bot.model.desk import Desk, IntentExamples, Lookup
from bot.model.llm import Question
from bot.model.parse import Entity, Guess, Parse
from bot.ports import Classifier, Llm
from bot.rules.check.schemas import VERBATIM
from bot.rules.conform import quoted_at
from bot.rules.fence import enclose
from bot.rules.masking import MASK
from bot.rules.policy import Situation, is_secret, is_unclear
from bot.services.library import Shelf

log = structlog.get_logger(__name__)
When = Literal["never", "unclear", "always"]
NONE = "none_of_these"
NAME = "frontdesk.parse"
CONFIDENCE: Mapping[str, float] = {"sure": 0.95, "likely": 0.8}
"""What a model's own words of certainty count for, where the embedded understanding has no opinion. Numbers that models
give are worth less: they are mostly 0.9."""
RIVALS = 9
"""With how many other intents one is mixed up, so that no opinion is a chance of one in ten."""
LEAST_CHANCE, MOST_SURE = 0.02, 0.99
"""How little the embedded understanding can be believed that it is not this intent, and the most that both are."""
CLOSE = 0.45
"""Confidence of each of two intents that a model cannot tell apart."""
LONGEST_READ = 2_000
MOST_EXAMPLES = 300
_SYSTEM = (
    "You read one message to a company's front desk and say which of the listed intents it has. Choose none_of_these "
    "when no intent is clearly meant. certainty: sure, likely, or guess; for a guess name in `other` the intent that "
    "is about as likely. entities: only words of the message, quoted exactly.\n\nIntents:\n{intents}"
)


class ModelReader:
    """Reads a message a second time. ``seconds``: how long a turn waits for it."""

    def __init__(self, llm: Llm, when: When, seconds: float) -> None:
        self._llm = llm
        self._when = when
        self._seconds = seconds
        self._known: tuple[Desk, str, JsonObject] | None = None

    async def read(self, shelf: Shelf, situation: Situation, decision: Decision) -> tuple[Parse, JsonObject | None]:
        """The parse that counts, and what asking took (None: nobody was asked). Never raises."""
        turn = situation.turn
        if not self._asks(situation, decision):
            return turn.parse, None
        system, schema = self._told(shelf)
        text = _masked(situation)[:LONGEST_READ]
        question = Question(
            name=NAME, system=system, prompt=f"The message:\n{enclose(text)}", output=schema, verbatim_from=text,
            max_tokens=500, timeout_seconds=self._seconds,
        )  # fmt: skip
        try:
            answered = await self._llm.answer(question)
        except ActionFailed as error:
            return turn.parse, {"prompt": NAME, "failed": error.failure.kind, "why": str(error)[:300]}
        event = {"prompt": NAME, **answered.usage.model_dump(mode="json")}
        return reread(turn.text, turn.parse, answered.output, shelf.classifier), event

    def _asks(self, situation: Situation, decision: Decision) -> bool:
        if self._when == "unclear":
            return is_unclear(situation, decision)
        turn = situation.turn
        plain = turn.owner == "bot" and turn.payload is None and bool(turn.text.strip())
        return self._when == "always" and plain and not is_secret(situation)

    def _told(self, shelf: Shelf) -> tuple[str, JsonObject]:
        """What the model is told of this desk; the same text for every message, so that providers can keep it."""
        if self._known is None or self._known[0] is not shelf.desk:
            intents = intents_of(shelf)
            system = _SYSTEM.format(intents="\n".join(intents.values()))
            self._known = (shelf.desk, system, schema_of(list(intents), entities_of(shelf.desk)))
        return self._known[1], self._known[2]


def intents_of(shelf: Shelf) -> dict[str, str]:
    """The closed set, each intent with a line that says what it is."""
    examples: dict[str, list[str]] = {intent: [] for intent in shelf.menu.by_intent}
    for entry in shelf.desk.nlu:
        if isinstance(entry, IntentExamples):
            examples.setdefault(entry.intent, []).extend(entry.examples)
    each = max(1, min(5, MOST_EXAMPLES // max(1, len(examples))))
    return {
        intent: f"- {intent}: {_described(shelf, intent)} For example: {' | '.join(words[:each])}"[:600]
        for intent, words in examples.items()
    }


def _described(shelf: Shelf, intent: str) -> str:
    flow = shelf.desk.flows.get(shelf.menu.by_intent.get(intent, ""))
    return flow.description if flow is not None else ""


def entities_of(desk: Desk) -> list[str]:
    """The kinds of entity that a desk declares itself; dates, amounts and such are read better by rules."""
    kinds = [entry.lookup or entry.regex for entry in desk.nlu if isinstance(entry, Lookup)]
    return list(dict.fromkeys(kind for kind in kinds if kind))


def schema_of(intents: list[str], kinds: list[str]) -> JsonObject:
    fields: JsonObject = {
        "intent": {"enum": [*intents, NONE]},
        "certainty": {"enum": ["sure", "likely", "guess"]},
        "other": {"enum": [*intents, NONE]},
        "urgency": {"enum": ["low", "normal", "high"]},
        "sentiment": {"enum": ["negative", "neutral", "positive"]},
    }
    if kinds:
        quoted = {"entity": {"enum": kinds}, "text": {"type": "string", VERBATIM: True}}
        one = {"type": "object", "properties": quoted, "required": list(quoted), "additionalProperties": False}
        fields["entities"] = {"type": "array", "items": one, "maxItems": 20}
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


def reread(text: str, parse: Parse, answer: JsonObject, classifier: Classifier) -> Parse:
    """The parse with what the model made of the message. Where it only guesses, the embedded understanding stands."""
    changes: JsonObject = {
        "entities": (*parse.entities, *_entities(text, parse, answer, classifier)),
        "urgency": answer["urgency"],
        "sentiment": answer["sentiment"],
    }
    intent, other, certainty = answer["intent"], answer["other"], answer["certainty"]
    rest = tuple(guess for guess in parse.alternatives if guess.intent not in (intent, other))
    if intent == NONE:
        changes |= {"intent": None, "confidence": 0.0, "reasons": ("unfamiliar",)}
    elif certainty in CONFIDENCE:
        best = together(CONFIDENCE[certainty], _chance_of(parse, intent))
        left = tuple(g.model_copy(update={"confidence": round(min(g.confidence, 1 - best), 4)}) for g in rest)
        alternatives = (Guess(intent=intent, confidence=best), *left)
        changes |= {"intent": intent, "confidence": best, "reasons": (), "alternatives": alternatives}
    elif other not in (NONE, intent):
        close = (Guess(intent=intent, confidence=CLOSE), Guess(intent=other, confidence=CLOSE))
        changes |= {"intent": intent, "confidence": CLOSE, "reasons": ("ambiguous",), "alternatives": close}
    return parse.model_copy(update=changes)


def together(model: float, embedded: float) -> float:
    """Confidence in an intent that a model names, given the chance that the embedded understanding gives it.

    Bayes' rule with the model as a witness who is right with chance ``model`` and else names any of the rivals:
    agreement raises its word, and what the examples speak against is asked back. What agents correct is counted with
    this confidence, so thresholds follow also where a model is surer than it should be.
    """
    believed = max(embedded, LEAST_CHANCE)
    for_it = believed * model * RIVALS
    return round(min(for_it / (for_it + (1 - believed) * (1 - model)), MOST_SURE), 4)


def _chance_of(parse: Parse, intent: str) -> float:
    return next((guess.confidence for guess in parse.alternatives if guess.intent == intent), 0.0)


def _entities(text: str, parse: Parse, answer: JsonObject, classifier: Classifier) -> Iterator[Entity]:
    """What the model has quoted, where the desk's own rules find that kind in the quotation; with its true place."""
    taken = [(known.start, known.end) for known in parse.entities]
    for quoted in answer.get("entities", ()):
        words = quoted["text"].strip()
        places = ((start, start + len(words)) for start in quoted_at(words, text))
        free = next((one for one in places if not any(one[0] < to and since < one[1] for since, to in taken)), None)
        if free is None:
            continue
        read = classifier.parse(words, parse.language).entities
        if (found := next((one for one in read if one.entity == quoted["entity"]), None)) is not None:
            taken.append(free)
            yield found.model_copy(update={"text": words, "start": free[0], "end": free[1]})


def _masked(situation: Situation) -> str:
    """The message without what would fill a sensitive slot."""
    turn = situation.turn
    specs = {name: spec for loaded in situation.bundles.values() for name, spec in loaded.bundle.slots.items()}
    secret = {word for name, spec in specs.items() if spec.sensitive for word in (name, spec.type)}
    text = turn.text
    for entity in turn.parse.entities:
        if entity.entity in secret:
            text = text.replace(entity.text, MASK)
    return text
