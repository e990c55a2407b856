"""Finding one's way in a state: its cursors, what they wait for, who has the floor, and when the next is due."""

from collections.abc import Iterator
from datetime import datetime

from bot.model.state import Cursor, Frame, State

_PARKED = frozenset({"review", "timer", "event", "handoff", "failed", "call"})
"""Waits that leave the contact free to talk of something else."""


def leaves(cursor: Cursor) -> Iterator[Cursor]:
    """The cursors that stand somewhere: the cursor itself, or its branches'."""
    if not cursor.children:
        yield cursor
    for child in cursor.children:
        yield from leaves(child)


def places(state: State) -> Iterator[tuple[Frame, Cursor]]:
    """Every frame with every leaf cursor in it, the flow on top first."""
    for frame in reversed(state.frames):
        for cursor in leaves(frame.cursor):
            yield frame, cursor


def place_of(state: State, key: str) -> tuple[Frame, Cursor] | None:
    """Where the effect or review with this key is waited for."""
    for frame, cursor in places(state):
        if cursor.waiting is not None and cursor.waiting.key == key:
            return frame, cursor
    return None


def chains(state: State) -> list[list[Frame]]:
    """The flows on the stack, each with those that it called, innermost first; the chain on top comes first."""
    by_root: dict[int, list[Frame]] = {}
    for frame in reversed(state.frames):
        by_root.setdefault(frame.root, []).append(frame)
    return list(by_root.values())


def active_chain(state: State) -> list[Frame]:
    """The flows that have the floor, innermost first: the topmost chain that waits for nothing but the contact or
    an effect. A chain that waits for a person, a time or an event lets the one below it talk.
    """
    every = chains(state)
    return next((chain for chain in every if not _is_parked(chain)), every[0] if every else [])


def is_parked(state: State) -> bool:
    """Whether all that is under way waits for a person, a time or an event."""
    return all(_is_parked(chain) for chain in chains(state))


def _is_parked(chain: list[Frame]) -> bool:
    waits = (cursor.waiting for frame in chain for cursor in leaves(frame.cursor))
    return all(waiting is not None and waiting.kind in _PARKED for waiting in waits)


def open_question(state: State) -> tuple[Frame, Cursor] | None:
    """The collect that the contact is being asked by, if any: at most one, in the flow that has the floor."""
    for frame in active_chain(state):
        for cursor in leaves(frame.cursor):
            if cursor.waiting is not None and cursor.waiting.kind == "collect":
                return frame, cursor
    return None


def gives_way(frame: Frame) -> bool:
    """Whether this flow's question is one of the desk's own making (how was it?), which no wish has to wait for."""
    return frame.flow.startswith("pattern_")


def wake_at(state: State) -> datetime | None:
    """When time alone will next move this instance; None when only an event can."""
    due = [c.waiting.until for _, c in places(state) if c.waiting is not None and c.waiting.until is not None]
    return min(due, default=None)


def working(state: State) -> bool:
    """Whether an effect is under way without the turn that began it, or is to be tried again."""
    return any(c.waiting is not None and c.waiting.kind in ("effect", "retry") for _, c in places(state))
