"""Prompt specs: a model call written down as a file, with what answers when there is no model."""

from typing import Any, Literal

from pydantic import Field

from bot.model.base import Json, JsonObject, Word
from bot.model.slot import Inputs

ContextPart = Literal["message", "summary", "slots", "contact", "articles"] | dict[Literal["last_turns"], int]


class Offline(Word):
    """What answers without a key: exactly one of these.

    classifier: the parse of the message fills fields of the same name (intent, confidence, urgency, sentiment,
    language).
    extract:    output field -> the entity or slot type that is looked for in the inputs' text.
    summary:    output field -> the input whose first sentences it gets.
    value:      a fixed value.
    They are applied in the order value, classifier, extract, summary, each over the one before.
    """

    value: Json = None
    classifier: bool = False
    extract: dict[str, str] = Field(default_factory=dict)
    summary: dict[str, str] = Field(default_factory=dict)


class ToolUse(Word):
    """An action that a model may call while it works on a prompt.

    with:   arguments that the flow sets: the model does not see them and cannot change them.
    writes: it may be one that changes something; without, only an action that reads can be called.
    """

    action: str
    with_: dict[str, Any] = Field(default_factory=dict, alias="with")
    connection: str | None = None
    writes: bool = False


class PromptSpec(Word):
    """One file ``flows/prompts/<name>.yml``.

    tools, max_steps, budget_usd: as in an inline prompt; what a tool is called ``with`` reads the inputs alone.
    """

    name: str
    version: int | str = 1
    owner: str | None = None
    purpose: str | None = None
    model: str = "quick"
    connection: str | None = None
    temperature: float = Field(0.0, ge=0, le=2)
    max_tokens: int = Field(1024, ge=1, le=64_000)
    inputs: Inputs = Inputs()
    system: str | None = None
    prompt: str
    output: JsonObject | None = None
    examples: tuple[dict[str, Any], ...] = ()
    context: tuple[ContextPart, ...] = ("message",)
    tools: tuple[str | ToolUse, ...] = Field((), max_length=20)
    max_steps: int = Field(5, ge=1, le=50)
    budget_usd: float | None = Field(None, gt=0)
    rollback_version: int | str | None = None
    eval_suite: str | None = None
    offline: Offline | None = None


class InlinePrompt(Word):
    """A prompt written in the step itself.

    tools:      actions that the model may call before it answers.
    max_steps:  how often it is asked, its answer included.
    budget_usd: what all of these requests may cost.
    """

    prompt: str
    system: str | None = None
    json_schema: JsonObject | None = Field(None, alias="schema")
    provider: str | None = None
    model: str = "quick"
    connection: str | None = None
    temperature: float = Field(0.0, ge=0, le=2)
    max_tokens: int = Field(1024, ge=1, le=64_000)
    context: tuple[ContextPart, ...] = ("message",)
    tools: tuple[str | ToolUse, ...] = Field((), max_length=20)
    max_steps: int = Field(5, ge=1, le=50)
    budget_usd: float | None = Field(None, gt=0)
    offline: Offline | None = None
