"""Filters on lists (and what they share with texts and mappings)."""

import json
import math
from collections.abc import Callable
from typing import Any, Final

from bot.rules.expression.durations import instant, parse_moment
from bot.rules.expression.errors import EvaluationError
from bot.rules.expression.limits import CHARACTERS_A_UNIT, MAX_ITEMS, MAX_TEXT, Frame, too_long
from bot.rules.expression.operators import number
from bot.rules.expression.signature import BOOLEAN, LIST, NULL, NUMBER, TEXT, Filter, OnNull, Param
from bot.rules.expression.values import (
    ANY,
    DATA,
    Json,
    Kind,
    Value,
    kind_of,
    look_up,
    same,
    spend_on,
    to_text,
)


def _walk(frame: Frame, items: list[Any], cost: int = 1) -> list[Any]:
    """The list, its work counted. Raises EvaluationError above MAX_ITEMS items."""
    if len(items) > MAX_ITEMS:
        raise EvaluationError(
            f"the list has {len(items):,} items, and a filter walks at most {MAX_ITEMS:,}",
            "Ask the source for fewer.",
        )
    frame.spend(1 + cost * len(items))
    return items


def _length(_frame: Frame, value: Any) -> int:
    return len(value)


def _first(_frame: Frame, value: Any) -> Json:
    return value[0] if value else None


def _last(_frame: Frame, value: Any) -> Json:
    return value[-1] if value else None


def _join(frame: Frame, items: list[Any], separator: str) -> str:
    parts: list[str] = []
    size = 0
    for item in _walk(frame, items):
        part = to_text(item, frame)
        size += len(part) + len(separator)
        # Checked as it grows: the text must never exist at a size that is refused.
        if size > MAX_TEXT + len(separator):
            raise too_long()
        parts.append(part)
    frame.spend(size // CHARACTERS_A_UNIT)
    return separator.join(parts)


def _check_attribute(attribute: str | None, *_: object) -> None:
    if attribute is None:
        return
    keys = attribute.split(".")
    if len(keys) > 10 or any(not key or key.startswith("_") for key in keys):
        raise EvaluationError(
            f"{attribute[:40]!r} is no attribute of an item",
            "Write a key, or keys with dots between, as in: price.amount",
        )


def _picker(attribute: str | None) -> Callable[[Any], Json]:
    """What reads one item's attribute; the item itself where no attribute is given."""
    if attribute is None:
        return lambda item: item
    _check_attribute(attribute)
    keys = attribute.split(".")

    def pick(item: Any) -> Json:
        for key in keys:
            item = look_up(item, key)
        return item  # type: ignore[no-any-return]

    return pick


def _cost(attribute: str | None) -> int:
    return 2 + (attribute or "").count(".")


def _map(frame: Frame, items: list[Any], attribute: str) -> list[Json]:
    pick = _picker(attribute)
    return [pick(item) for item in _walk(frame, items, _cost(attribute))]


def _select(frame: Frame, items: list[Any], attribute: str, value: Value) -> list[Any]:
    pick = _picker(attribute)
    return [item for item in _walk(frame, items, _cost(attribute)) if same(pick(item), value, frame)]


def _sum(frame: Frame, items: list[Any], attribute: str | None) -> Value:
    """Whole numbers stay whole; fractions are added without the rounding errors of one-by-one addition."""
    pick = _picker(attribute)
    numbers = [pick(item) for item in _walk(frame, items, _cost(attribute))]
    for item in numbers:
        if kind_of(item) is not Kind.NUMBER:
            raise EvaluationError(
                f"sum adds numbers, and the list holds {kind_of(item)}",
                "Pick them first: | map(attribute='price') | sum",
            )
    if all(isinstance(item, int) for item in numbers):
        return number(sum(numbers))  # type: ignore[arg-type]
    try:
        return number(math.fsum(numbers))  # type: ignore[arg-type]
    except (OverflowError, ValueError):
        raise EvaluationError("the sum is too large", "Check the numbers that go in.") from None


def _sort(frame: Frame, items: list[Any], reverse: bool, attribute: str | None) -> list[Any]:
    """A new list: numbers, or texts (by time where all are dates), in order; equal items keep theirs."""
    pick = _picker(attribute)
    keys = [pick(item) for item in _walk(frame, items, 4 + _cost(attribute))]
    kinds = {kind_of(key) for key in keys}
    if len(kinds) > 1 or not kinds <= {Kind.NUMBER, Kind.TEXT}:
        found = " and ".join(sorted(kinds))
        raise EvaluationError(
            f"sort orders numbers, or texts, and here it meets {found}",
            "Sort by one key that all items have: | sort(attribute='name')",
        )
    order: list[Any] = _as_instants(keys) if kinds == {Kind.TEXT} else keys
    places = sorted(range(len(items)), key=order.__getitem__, reverse=reverse)
    return [items[place] for place in places]


def _as_instants(texts: list[Any]) -> list[Any]:
    moments = []
    for text in texts:
        moment = parse_moment(text)
        if moment is None:
            return texts
        moments.append(instant(moment))
    return moments


def _unique(frame: Frame, items: list[Any]) -> list[Any]:
    """A new list without what is equal to an earlier item."""
    seen: set[str] = set()
    kept = []
    for item in _walk(frame, items, 4):
        key = _canonical(item, frame)
        if key not in seen:
            seen.add(key)
            kept.append(item)
    return kept


def _canonical(value: Any, frame: Frame, depth: int = 0) -> str:
    """A text that two values share exactly when they are equal.

    A text, because Python salts the hashes of texts alone: chosen numbers that collide make a set quadratic.
    """
    match kind_of(value):
        case Kind.TEXT:
            return json.dumps(value)
        case Kind.NUMBER:
            number(value)
            return str(int(value)) if value == int(value) else repr(value)
        case Kind.LIST:
            spend_on(value, frame, depth)
            return f"[{','.join(_canonical(item, frame, depth + 1) for item in value)}]"
        case Kind.MAPPING:
            spend_on(value, frame, depth)
            entries = sorted((json.dumps(key), _canonical(item, frame, depth + 1)) for key, item in value.items())
            return f"{{{','.join(':'.join(entry) for entry in entries)}}}"
        case _:
            return str(value)


_SIZED: Final = frozenset({Kind.TEXT, Kind.LIST, Kind.MAPPING})
_SEQUENCE: Final = frozenset({Kind.TEXT, Kind.LIST})
_ATTRIBUTE: Final = Param("attribute", TEXT | NULL, None)


def _check_sort(_reverse: bool, attribute: str | None) -> None:
    _check_attribute(attribute)


LIST_FILTERS: Final = (
    Filter("length", _length, _SIZED, NUMBER, "x | length"),
    Filter("first", _first, _SEQUENCE, DATA, "x | first", OnNull.PASSES),
    Filter("last", _last, _SEQUENCE, DATA, "x | last", OnNull.PASSES),
    Filter("join", _join, LIST, TEXT, "x | join(', ')", params=(Param("separator", TEXT, ""),)),
    Filter("sum", _sum, LIST, NUMBER, "x | sum(attribute='price')", params=(_ATTRIBUTE,),
           check=_check_attribute, keywords_only=True),
    Filter("unique", _unique, LIST, LIST, "x | unique"),
    Filter("sort", _sort, LIST, LIST, "x | sort(attribute='name', reverse=true)",
           params=(Param("reverse", BOOLEAN, False), _ATTRIBUTE), check=_check_sort, keywords_only=True),
    Filter("map", _map, LIST, LIST, "x | map(attribute='name')", params=(Param("attribute", TEXT),),
           check=_check_attribute, keywords_only=True),
    Filter("select", _select, LIST, LIST, "x | select('status', 'open')",
           params=(Param("attribute", TEXT), Param("value", ANY)), check=_check_attribute),
)  # fmt: skip
