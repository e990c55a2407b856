"""A flow's nested steps laid out flat: every step a node that knows where to go next.

A position in a running flow is the name of a node, which is the step's place in the file (``steps[3].on_error[0]``),
so a stored position means the same on every machine that holds the same bundle.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.model.base import Word
from bot.model.desk import Bundle
from bot.model.flow import (
    CallStep,
    CollectStep,
    ConditionalStep,
    Flow,
    LinkStep,
    LoopStep,
    ParallelStep,
    ReviewStep,
    StepBase,
    WaitStep,
)

StepPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Node:
    """One step in its place.

    next:   the node that follows when this one is done; None at the end of the flow or of a parallel branch.
    blocks: inner blocks by name (``when[0]``, ``else``, ``body``, ``branch[1]``, ``on_error``, ``on_timeout`` ...),
            each the node it begins with; an empty block begins with what follows this node.
    loop:   the loop that this node stands in directly, if any.
    """

    name: str
    path: StepPath
    step: StepBase
    next: str | None
    blocks: dict[str, str | None]
    loop: str | None = None


@dataclass(frozen=True, slots=True)
class Program:
    """All nodes of a flow. ``ids`` maps step ids to node names; ``bodies`` maps a loop to the ids inside it."""

    flow: Flow
    first: str
    nodes: dict[str, Node]
    ids: dict[str, str]
    bodies: dict[str, frozenset[str]]

    def around(self, node: Node) -> Iterator[Node]:
        """The node itself and the steps that it stands in, from the inside out."""
        for length in range(len(node.path), 0, -1):
            found = self.nodes.get(node_name(node.path[:length]))
            if found is not None:
                yield found


@dataclass(slots=True)
class _Layout:
    nodes: dict[str, Node] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    bodies: dict[str, set[str]] = field(default_factory=dict)
    outer: dict[str, str | None] = field(default_factory=dict)

    def block(self, steps: Sequence[StepBase], path: StepPath, after: str | None, loop: str | None) -> str | None:
        """Lay out a block; returns the node it begins with, or what follows when it is empty."""
        names = [node_name((*path, i)) for i in range(len(steps))]
        for i, step in enumerate(steps):
            follows = names[i + 1] if i + 1 < len(steps) else after
            self._node(step, (*path, i), follows, loop)
        return names[0] if names else after

    def _node(self, step: StepBase, path: StepPath, after: str | None, loop: str | None) -> None:
        name = node_name(path)
        inner = name if isinstance(step, LoopStep) else loop
        self.outer[name] = loop
        blocks: dict[str, str | None] = {}
        for label, where, steps, then in inner_blocks(step, name, after):
            blocks[label] = self.block(steps, (*path, *where), then, inner if label == "body" else loop)
        self.nodes[name] = Node(name, path, step, after, blocks, loop)
        if step.id:
            self.ids[step.id] = name
            self._remember_body(step.id, loop)

    def _remember_body(self, step_id: str, loop: str | None) -> None:
        while loop is not None:
            self.bodies.setdefault(loop, set()).add(step_id)
            loop = self.outer[loop]


def inner_blocks(  # noqa: C901  # one arm for each kind that holds steps
    step: StepBase, name: str, after: str | None
) -> Iterator[tuple[str, StepPath, Sequence[StepBase], str | None]]:
    """(label, path below the step, steps, what follows the block) for every block that a step holds."""
    if step.on_error is not None:
        yield "on_error", ("on_error",), step.on_error, after
    match step:
        case ConditionalStep(conditional=c):
            for i, when in enumerate(c.when):
                yield f"when[{i}]", ("conditional", "when", i, "steps"), when.steps, after
            if c.else_ is not None:
                yield "else", ("conditional", "else", "steps"), c.else_.steps, after
        case LoopStep(loop=loop):
            yield "body", ("loop", "steps"), loop.steps, name
        case ParallelStep(parallel=parallel):
            for i, branch in enumerate(parallel.branches):
                yield f"branch[{i}]", ("parallel", "branches", i), branch, None
        case CollectStep():
            yield from _optional(("on_give_up", step.on_give_up, ()), ("on_timeout", step.on_timeout, ()), after=after)
        case ReviewStep(review=review):
            at: StepPath = ("review",)
            ways = (("on_timeout", review.on_timeout, at), ("on_reject", review.on_reject, at))
            yield from _optional(*ways, after=after)
        case WaitStep(wait=wait):
            yield from _optional(("on_timeout", wait.on_timeout, ("wait",)), after=after)
        case _:
            return


def _optional(
    *blocks: tuple[str, Sequence[StepBase] | None, StepPath], after: str | None
) -> Iterator[tuple[str, StepPath, Sequence[StepBase], str | None]]:
    for label, steps, path in blocks:
        if steps is not None:
            yield label, (*path, label), steps, after


def node_name(path: StepPath) -> str:
    """``("steps", 3, "on_error", 0)`` -> ``steps[3].on_error[0]``."""
    name = ""
    for part in path:
        name += f"[{part}]" if isinstance(part, int) else (f".{part}" if name else part)
    return name


def lay_out(flow: Flow) -> Program:
    """The program of one flow."""
    layout = _Layout()
    first = layout.block(flow.steps, ("steps",), None, None)
    assert first is not None, "a flow has at least one step"
    bodies = {loop: frozenset(ids) for loop, ids in layout.bodies.items()}
    return Program(flow, first, layout.nodes, layout.ids, bodies)


@dataclass(frozen=True, slots=True)
class LoadedBundle:
    """A bundle, its hash, and the programs of its flows."""

    hash: str
    bundle: Bundle
    programs: dict[str, Program]
    collected: frozenset[str] = frozenset()
    uses: dict[str, tuple[str, ...]] = field(default_factory=dict)


def load_bundle(hash_: str, bundle: Bundle) -> LoadedBundle:
    """Lay out the flows of a bundle. ``collected``: the slots that some step of theirs asks for. ``uses``: by flow, the
    slots that it asks for or reads, and then those of the flows that it calls or goes to, in this order."""
    programs = {name: lay_out(flow) for name, flow in bundle.flows.items()}
    steps = (node.step for program in programs.values() for node in program.nodes.values())
    collected = frozenset(name for step in steps if isinstance(step, CollectStep) for name in step.slots)
    uses = {name: tuple(_used(name, bundle.flows, programs)) for name in bundle.flows}
    return LoadedBundle(hash_, bundle, programs, collected, uses)


_READ_SLOT = re.compile(r"\bslots(?:\.|\[['\"])([A-Za-z_]\w*)")


def slots_read(step: Word) -> list[str]:
    """The slots that the expressions of a step, or of a whole flow, read."""
    return _READ_SLOT.findall(step.model_dump_json(exclude_defaults=True))


def _used(start: str, flows: Mapping[str, Flow], programs: Mapping[str, Program]) -> dict[str, None]:
    """The slots in order, as the keys."""
    reached = [start]
    used: dict[str, None] = {}
    for name in reached:
        steps = list(programs[name].nodes.values())
        used |= dict.fromkeys(slot for node in steps if isinstance(node.step, CollectStep) for slot in node.step.slots)
        used |= dict.fromkeys(slots_read(flows[name]))
        for node in steps:
            target = node.step.call if isinstance(node.step, CallStep) else None
            target = node.step.link if isinstance(node.step, LinkStep) else target
            if target is not None and target in flows and target not in reached:
                reached.append(target)
    return used
