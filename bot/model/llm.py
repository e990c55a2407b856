"""What a model is asked, and what comes back: the same for every provider."""

from typing import Final

from pydantic import Field

from bot.model.base import Json, JsonObject, Word

PROVIDERS: Final = ("anthropic", "openai")
"""Who is asked, in the order in which they are preferred where nobody has said."""


class Tool(Word):
    """What a model may ask for in the middle of a question. params: JSON Schema of an object."""

    name: str
    description: str = ""
    params: JsonObject


class ToolCall(Word):
    """What it asked for, unchecked. args is None where they were not even JSON."""

    id: str
    tool: str
    args: JsonObject | None


class Round(Word):
    """Calls that a model made at once, and what it was told of each, in their order."""

    calls: tuple[ToolCall, ...]
    told: tuple[str, ...]


class Question(Word):
    """One call of a model.

    name, version:   the prompt that asks, for events and metrics.
    model:           ``quick``, ``strong`` or ``provider:model``.
    system, prompt:  the texts as they are sent; what others wrote stands in fences (`bot.rules.fence`).
    output:          JSON Schema of the answer; None for plain text.
    verbatim_from:   what a field with ``x-verbatim`` must be quoted from.
    connections:     whose key is used: the first of these that has one, else the desk's own.
    timeout_seconds: for everything, retries and repair included; None: the desk's deadline.
    tools, rounds:   what it may ask for instead of answering, and what it has asked for so far.
    note:            said last, behind the rounds.
    most_usd:        what this call may cost at most, where the model's price is known.
    """

    name: str
    version: int | str = 1
    model: str = "quick"
    system: str = ""
    prompt: str
    output: JsonObject | None = None
    verbatim_from: str = ""
    temperature: float = 0.0
    max_tokens: int = 1024
    connections: tuple[str, ...] = ()
    timeout_seconds: float | None = Field(None, gt=0)
    tools: tuple[Tool, ...] = ()
    rounds: tuple[Round, ...] = ()
    note: str = ""
    most_usd: float | None = None


class Usage(Word):
    """What an answer took. Tokens and cost add up over retries and repair; an answer that is remembered costs nothing.

    cost_usd: None where the model's price is not known.
    tries:    requests that were sent.
    """

    model: str
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = None
    seconds: float = 0.0
    tries: int = 1
    repaired: bool = False
    remembered: bool = False


class Answered(Word):
    """An answer that fits what was asked for: text, or a value of the schema. With ``calls`` it is none yet."""

    output: Json
    calls: tuple[ToolCall, ...] = ()
    usage: Usage
