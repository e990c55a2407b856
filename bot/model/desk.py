"""A desk: everything that admins author, as one value, and the bundle that a running flow is pinned to."""

from datetime import timedelta
from typing import Literal

from pydantic import Field, field_validator

from bot.model.article import Asked, Knowledge
from bot.model.base import Duration, Word
from bot.model.flow import Flow
from bot.model.prompt import PromptSpec
from bot.model.response import Say
from bot.model.slot import SlotSpec


class IntentExamples(Word):
    """The ways in which people say one thing, in one language (``language: de``; default: the desk's)."""

    intent: str
    examples: tuple[str, ...] = ()
    language: str | None = None

    @field_validator("examples", mode="before")
    @classmethod
    def _lines(cls, value: object) -> object:
        return example_lines(value) if isinstance(value, str) else value


class Lookup(Word):
    """A named list of words (``lookup: product``), a synonym or a regular expression for an entity, as in Rasa."""

    lookup: str | None = None
    synonym: str | None = None
    regex: str | None = None
    examples: tuple[str, ...] = ()

    @field_validator("examples", mode="before")
    @classmethod
    def _lines(cls, value: object) -> object:
        return example_lines(value) if isinstance(value, str) else value


def example_lines(text: str) -> tuple[str, ...]:
    """The examples of a Rasa block: one a line, each behind ``- ``."""
    lines = (line.strip() for line in text.splitlines())
    return tuple(line.removeprefix("-").strip() for line in lines if line.removeprefix("-").strip())


class Silence(Word):
    """What happens while a question is open and nobody answers, where the step has no ``timeout`` of its own.

    remind_after: the question is put once more. close_after: after that, what asks is dropped, or
    (``then: person``) a person is asked to look.
    """

    enabled: bool = True
    remind_after: Duration = timedelta(hours=1)
    close_after: Duration = timedelta(days=1)
    then: Literal["close", "person"] = "close"


class DeskSettings(Word):
    """``settings:`` of a desk.

    languages:     the first is what is spoken when nothing else is known.
    precision:     share of automatically started flows that shall be right, 0 to 1.
    env:           environment variables that expressions may read as ``env.<name>``, each with its default.
    teams:         names that handoffs and reviews may use; empty means any.
    anything_else: when a flow of more than one turn is through, ask whether there is anything else.
    satisfaction:  when to ask how it went: when a flow of more than one turn is through, when an agent resolves.
    """

    languages: tuple[str, ...] = ("en",)
    timezone: str = "UTC"
    precision: float = Field(0.95, gt=0, lt=1)
    env: dict[str, str | None] = Field(default_factory=dict)
    teams: tuple[str, ...] = ()
    burst_pause: dict[str, float] = Field(default_factory=dict)
    silence: Silence = Silence()
    anything_else: bool = False
    satisfaction: tuple[Literal["completed", "resolved"], ...] = ()

    @field_validator("env", mode="before")
    @classmethod
    def _names(cls, value: object) -> object:
        return dict.fromkeys(value) if isinstance(value, list) else value


class Desk(Word):
    """All that the files of a folder say together. The core's own patterns are merged in below it.

    evaluation: questions on which it is measured how well articles are found; nothing is solved on them.
    """

    flows: dict[str, Flow] = Field(default_factory=dict)
    slots: dict[str, SlotSpec] = Field(default_factory=dict)
    responses: dict[str, tuple[Say, ...]] = Field(default_factory=dict)
    nlu: tuple[IntentExamples | Lookup, ...] = ()
    prompts: dict[str, PromptSpec] = Field(default_factory=dict)
    settings: DeskSettings = DeskSettings()
    knowledge: Knowledge = Knowledge()
    evaluation: tuple[Asked, ...] = ()


class Bundle(Word):
    """What a running flow is pinned to: the flow, the flows it reaches, and the slots, responses and prompts these
    use.

    knowledge: the hash of the articles, where one of these flows answers from them.
    """

    flow: str
    flows: dict[str, Flow]
    slots: dict[str, SlotSpec]
    responses: dict[str, tuple[Say, ...]]
    prompts: dict[str, PromptSpec]
    settings: DeskSettings
    knowledge: str | None = None


class Finding(Word):
    """One remark about authored files: where, what, and how to mend it.

    example: the lines of a conversation in which it shows.
    """

    file: str
    line: int = Field(ge=1)
    column: int = Field(ge=1)
    what: str
    fix: str
    level: Literal["error", "warning"] = "error"
    code: str = ""
    example: tuple[str, ...] = ()

    def __str__(self) -> str:
        what = self.what.rstrip(".")
        return (
            f"{self.file}:{self.line}:{self.column}: {'warning: ' if self.level == 'warning' else ''}{what}. {self.fix}"
        )
