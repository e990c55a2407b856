"""What sensitive slots hold is taken out of whatever people may see."""

import json
import re
from collections.abc import Iterator, Mapping

from bot.model.base import Json
from bot.model.slot import SlotSpec

MASK = "•••"
_IN_ADDRESS = re.compile(r"(?<=://)[^/@\s]*@|(?<=[?&]password=)[^&#\s]+|(?<=[?&]sslpassword=)[^&#\s]+")
SHORTEST_SECRET = 3
"""Characters of a sensitive value below which it is not looked for in texts: it would be found everywhere."""


def without_passwords(text: str) -> str:
    """Addresses in a text without the name and password that may stand in them."""
    return _IN_ADDRESS.sub(lambda found: f"{MASK}@" if found[0].endswith("@") else MASK, text)


def secrets_of(slots: Mapping[str, Json], specs: Mapping[str, SlotSpec]) -> list[str]:
    """The filled sensitive slots, as their values read inside a text."""
    return list(_secrets(slots, specs))


def _secrets(slots: Mapping[str, Json], specs: Mapping[str, SlotSpec]) -> Iterator[str]:
    for name, value in slots.items():
        spec = specs.get(name)
        if spec is not None and spec.sensitive and len(text := as_text(value)) >= SHORTEST_SECRET:
            yield text


def as_text(value: Json) -> str:
    """How a value reads inside a text: null is empty, true and false are words, lists and mappings are JSON."""
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def masked(value: Json, secrets: list[str]) -> Json:
    """The value with these secrets taken out of its texts, and for whatever reads like one of them."""
    if not secrets:
        return value
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, MASK)
        return value
    if isinstance(value, list):
        return [masked(item, secrets) for item in value]
    if isinstance(value, dict):
        return {key: masked(item, secrets) for key, item in value.items()}
    return MASK if as_text(value) in secrets else value
