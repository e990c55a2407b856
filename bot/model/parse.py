"""What was understood of a message: one typed value over a closed set of intents."""

from typing import Literal

from pydantic import Field

from bot.model.base import Json, Word

Urgency = Literal["low", "normal", "high"]
Sentiment = Literal["negative", "neutral", "positive"]
Doubt = Literal["ambiguous", "unfamiliar"]


class Guess(Word):
    """One candidate intent. Confidence is a probability, 0 to 1."""

    intent: str
    confidence: float = Field(ge=0, le=1)


class Entity(Word):
    """Something found in the text. ``start`` and ``end`` count characters: ``text[start:end]`` is what was read."""

    entity: str
    value: Json
    text: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    role: str | None = None


class Parse(Word):
    """The understanding of one turn. ``intent`` is None when nothing known was meant."""

    intent: str | None = None
    confidence: float = Field(0.0, ge=0, le=1)
    alternatives: tuple[Guess, ...] = ()
    reasons: tuple[Doubt, ...] = ()
    entities: tuple[Entity, ...] = ()
    urgency: Urgency = "normal"
    sentiment: Sentiment = "neutral"
    language: str = "en"
