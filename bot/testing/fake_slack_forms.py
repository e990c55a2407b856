"""What Slack sends of the inputs of a modal (docs.slack.dev/reference/views, ``state.values``)."""

from collections.abc import Mapping
from typing import Any

_DATE = {"datepicker": ("selected_date", "initial_date"), "timepicker": ("selected_time", "initial_time")}


def state_of(element: Mapping[str, Any], value: str | None) -> dict[str, Any]:
    """The state of one input. value: what was typed or chosen; None: as it stood when the modal was opened.

    Raises LookupError for an option that is not there, which nobody could have chosen.
    """
    kind = element["type"]
    if kind in ("static_select", "radio_buttons"):
        chosen = element.get("initial_option")
        if value is not None:
            chosen = next((one for one in element["options"] if one["value"] == value), None)
            if chosen is None:
                raise LookupError(f"{value!r} is none of the options {[one['value'] for one in element['options']]}")
        return {"type": kind, "selected_option": chosen}
    if kind in _DATE:
        selected, initial = _DATE[kind]
        return {"type": kind, selected: element.get(initial) if value is None else value}
    return {"type": kind, "value": element.get("initial_value") if value is None else value}
