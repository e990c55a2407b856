"""What the texts of a prompt spec may read: its inputs and nothing else, for the checker and for the interpreter."""

from collections.abc import Mapping
from typing import Final

from bot.model.base import Json, JsonObject
from bot.model.slot import Inputs

ALL_INPUTS: Final = ("input", "inputs")
"""Names under which the texts find all inputs together, unless an input has such a name itself."""


def complete(inputs: Inputs, given: Mapping[str, Json]) -> JsonObject:
    """Every declared input: as it was handed over, else its default, else null."""
    return {name: spec.default for name, spec in inputs.fields.items()} | dict(given)


def prompt_scope(inputs: JsonObject) -> JsonObject:
    """The variables of a spec's texts: each input by its name, and all of them as `input`."""
    return {**dict.fromkeys(ALL_INPUTS, inputs), **inputs}
