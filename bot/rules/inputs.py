"""The payload contract of a flow (``inputs``): what a run may be started with."""

from datetime import datetime

from bot.errors import BadInput
from bot.model.base import Json, JsonObject
from bot.model.flow import Flow
from bot.model.slot import Choice, InputSpec, SlotSpec
from bot.rules.values import check_literal


def checked_inputs(flow: Flow, given: JsonObject, now: datetime, timezone: str = "UTC") -> JsonObject:
    """The values in the form that their types keep; a flow without ``inputs`` takes anything.

    Raises BadInput, which names the first that is missing, unknown, or not of its type.
    """
    fields = flow.inputs.fields
    missing = [name for name, spec in fields.items() if spec.required and spec.default is None and name not in given]
    if missing:
        raise BadInput(f"inputs are missing: {', '.join(missing)}", "Give them in `input`")
    unknown = sorted(set(given) - set(fields)) if fields else []
    if unknown:
        raise BadInput(f"the flow takes no input {unknown[0][:64]!r}", f"Inputs: {', '.join(fields)}")
    return {
        name: _typed(name, fields[name], value, now, timezone) if name in fields else value
        for name, value in given.items()
    }


def _typed(name: str, spec: InputSpec, value: Json, now: datetime, timezone: str) -> Json:
    if value is None and spec.required and spec.default is None:
        raise BadInput(f"input {name!r} is empty", "Give it a value, or leave it out where the flow does without")
    if spec.values and value is not None and value not in spec.values:
        raise BadInput(f"input {name!r} has another value than the flow takes", f"Values: {', '.join(spec.values)}")
    if spec.type in ("any", "pattern") or (spec.type == "choice" and not spec.values):
        return value
    slot = SlotSpec(type=spec.type, values=tuple(Choice(value=one) for one in spec.values))
    try:
        return check_literal(slot, value, now, timezone)
    except ValueError as error:
        raise BadInput(f"input {name!r}: {error}", "Give it in that form") from None
