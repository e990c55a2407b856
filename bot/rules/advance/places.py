"""Finding one's way in a state: its cursors, what they wait for, and when the next of them is due."""

from collections.abc import Iterator
from datetime import datetime

from bot.model.run import Cursor, Frame, State


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


def active_chain(state: State) -> list[Frame]:
    """The flow on top and the flows that called it or were called by it, innermost first."""
    if not state.frames:
        return []
    root = state.frames[-1].root
    return [frame for frame in reversed(state.frames) if frame.root == root]


def open_question(state: State) -> tuple[Frame, Cursor] | None:
    """The collect that the contact is being asked by, if any: at most one, in the flow on top."""
    for frame in active_chain(state):
        for cursor in leaves(frame.cursor):
            if cursor.waiting is not None and cursor.waiting.kind == "collect":
                return frame, cursor
    return None


def wake_at(state: State) -> datetime | None:
    """When time alone will next move this instance; None when only an event can."""
    due = [c.waiting.until for _, c in places(state) if c.waiting is not None and c.waiting.until is not None]
    return min(due, default=None)


def waiting_keys(state: State) -> frozenset[str]:
    """Keys of the effects that are under way without the turn that began them."""
    return frozenset(
        c.waiting.key for _, c in places(state) if c.waiting and c.waiting.kind == "effect" and c.waiting.key
    )
