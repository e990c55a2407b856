"""Slots: what a conversation remembers, each with a type."""

from typing import Literal

from pydantic import Field, field_validator, model_validator

from bot.model.base import Json, Word

SlotType = Literal[
    "text", "email", "phone", "url", "integer", "number", "money", "date", "time", "datetime",
    "duration", "boolean", "choice", "pattern", "file", "list", "object",
]  # fmt: skip


class Choice(Word):
    """One value of a choice slot and the words that mean it. ``translation``: the title by language."""

    value: str
    title: str | None = None
    translation: dict[str, str] = Field(default_factory=dict)
    synonyms: tuple[str, ...] = ()

    @property
    def titles(self) -> tuple[str, ...]:
        """What buttons say, in all languages."""
        return tuple(title for title in (self.title, *self.translation.values()) if title)

    def titled(self, language: str | None = None) -> str:
        """What a button says, in this language where it is translated."""
        return self.translation.get(language or "") or self.title or self.value


class SlotSpec(Word):
    """The declaration of a slot under ``slots:``."""

    type: SlotType
    values: tuple[Choice, ...] = ()
    pattern: str | None = None
    min: float | str | None = None
    max: float | str | None = None
    prefill: bool = False
    initial: Json = None
    sensitive: bool = False
    description: str | None = None

    @field_validator("values", mode="before")
    @classmethod
    def _short_values(cls, values: object) -> object:
        """``[free, pro]`` is short for ``[{value: free}, {value: pro}]``; ``{pro: [professional]}`` adds synonyms."""
        if isinstance(values, dict):
            return [{"value": key, "synonyms": words or []} for key, words in values.items()]
        if isinstance(values, list):
            return [value if isinstance(value, dict | Choice) else {"value": value} for value in values]
        return values

    @model_validator(mode="after")
    def _complete(self) -> "SlotSpec":
        if self.type == "choice" and not self.values:
            raise ValueError("a choice slot has no values. Add `values: [first, second]`")
        if self.type == "pattern" and not self.pattern:
            raise ValueError("a pattern slot has no pattern. Add `pattern: '[A-Z]{2}-[0-9]{4}'`")
        return self


class InputSpec(Word):
    """One field of a flow's payload contract under ``inputs:``."""

    type: SlotType | Literal["any"] = "any"
    required: bool = True
    default: Json = None
    values: tuple[str, ...] = ()
    description: str | None = None


def _is_whole(value: dict[str, object]) -> bool:
    """Whether the fields stand below ``fields``, as in a stored flow; an input may have that name, too."""
    fields = value.get("fields")
    whole = isinstance(fields, dict) and all(isinstance(one, dict | InputSpec) for one in fields.values())
    return whole and value.keys() <= {"version", "fields"}


class Inputs(Word):
    """The payload that starts a flow: its fields and the version of this contract."""

    version: int = 1
    fields: dict[str, InputSpec] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, value: object) -> object:
        """In YAML the fields stand flat beside ``version``; ``name: text`` is short for ``name: {type: text}``."""
        if not isinstance(value, dict) or _is_whole(value):
            return value
        fields = {k: ({"type": v} if isinstance(v, str) else v) for k, v in value.items() if k != "version"}
        return {"version": value.get("version", 1), "fields": fields}
