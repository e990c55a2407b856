"""A question asked on a Wednesday morning in Berlin."""

from datetime import UTC, datetime
from typing import Any

from bot.model.slot import SlotSpec
from bot.rules.values import Filled, read_value

NOW = datetime(2026, 3, 11, 9, 0, tzinfo=UTC)
"""Wednesday, 11 March 2026, ten o'clock in Berlin."""


def answer(slot: str | dict[str, Any], text: str, language: str = "en", **more: Any) -> Any:
    """What the slot is filled with, or ``refused: <code>``."""
    spec = SlotSpec.model_validate({"type": slot} if isinstance(slot, str) else slot)
    read = read_value(spec, text, now=NOW, timezone="Europe/Berlin", language=language, **more)
    return read.value if isinstance(read, Filled) else f"refused: {read.code}"
