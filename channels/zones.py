"""The time zone that somebody says they are in: what "tomorrow at nine" means to them."""

from typing import Any
from zoneinfo import ZoneInfo

from bot.model.base import JsonObject

LONGEST = 64


def in_zone(name: Any) -> JsonObject:
    """``{"timezone": name}`` for a zone that there is, else nothing."""
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST:
        return {}
    try:
        return {"timezone": ZoneInfo(name).key}
    except (ValueError, OSError, LookupError):
        return {}
