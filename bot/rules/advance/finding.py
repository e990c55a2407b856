"""Where a flow asks for a slot, or reads it first: the place to which a correction leads back."""

from bot.model.flow import CallStep, CollectStep
from bot.model.state import Frame
from bot.rules.advance.machine import Machine
from bot.rules.advance.places import chains, leaves
from bot.rules.program import Node, slots_read


def home_of(m: Machine, slot: str) -> tuple[Frame, Node] | None:
    """Where the flows that have the floor ask for this slot, the innermost first; else where one reads it first, as
    after a `link` from the flow that asked."""
    frames = [frame for chain in chains(m.state) for frame in chain]
    for find in (home_in, _first_read):
        for frame in frames:
            if (node := find(m, frame, slot)) is not None:
                return frame, node
    return None


def home_in(m: Machine, frame: Frame, slot: str) -> Node | None:
    """Where a flow asks for this slot; a call of a flow that asks counts. In a loop: of the round that is under way."""
    nodes = (node for node in m.program(frame).nodes.values() if _is_reachable(m, frame, node))
    return next((node for node in nodes if asks_for(m, frame, node, slot, set())), None)


def _first_read(m: Machine, frame: Frame, slot: str) -> Node | None:
    """Of the flow's own steps, not of those inside a block: what is read there is mostly said by the way."""
    nodes = m.program(frame).nodes.values()
    return next((node for node in nodes if len(node.path) == 2 and slot in slots_read(node.step)), None)


def _is_reachable(m: Machine, frame: Frame, node: Node) -> bool:
    if "parallel" in node.path:
        return False
    return node.loop is None or any(
        place.node == node.loop for cursor in leaves(frame.cursor) for place in cursor.loops
    )


def asks_for(m: Machine, frame: Frame, node: Node, slot: str, seen: set[str]) -> bool:
    """Whether this step, or the flow that it calls, collects the slot."""
    if isinstance(node.step, CollectStep):
        return slot in node.step.slots
    if not isinstance(node.step, CallStep) or node.step.call in seen:
        return False
    called = m.loaded(frame).programs.get(node.step.call)
    seen = seen | {node.step.call}
    return called is not None and any(asks_for(m, frame, one, slot, seen) for one in called.nodes.values())


def is_earlier(one: Node, other: Node) -> bool:
    """Whether a step, or what it stands in, comes before another in the same block."""
    for mine, its in zip(one.path, other.path, strict=False):
        if mine != its:
            return isinstance(mine, int) and isinstance(its, int) and mine < its
    return False
