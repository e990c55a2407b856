"""Which steps of the flows ran in a set of test cases, and which ways were taken where a flow parts.

A way is: a case of a conditional, and that no case held; that the `if` of a step held, and that it did not; each
`on_error`, `on_give_up`, `on_timeout` and `on_reject` with steps in it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.rules.advance.machine import Visit
from bot.rules.check.authored import Authored, typed_flow
from bot.rules.program import Node, Program, StepPath, lay_out

Trail = Sequence[Visit]
Branch = tuple[str, str, str]
"""Flow, place of the step in it, and the way that is taken there: ``when[0]``, ``else``, ``if``, ``if not`` ..."""
_WAYS_OUT = ("on_error", "on_give_up", "on_timeout", "on_reject")
_WAITS = ("collect", "wait", "review", "handoff", "do", "ai", "answer")
"""Kinds behind which a conversation may stop for good, so that nothing can be told from what did not follow."""


@dataclass(frozen=True, slots=True)
class Unvisited:
    """A step that no case came to, or a way that none took: its flow, its place there and in the files, its kind.

    kind: of a step ``do``, ``say`` ...; of a way its name, as in ``no case held``.
    """

    flow: str
    step: str
    kind: str
    place: str


@dataclass(frozen=True, slots=True)
class Covered:
    """How much of one flow ran."""

    flow: str
    steps: int = 0
    steps_visited: int = 0
    branches: int = 0
    branches_taken: int = 0


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of all flows of a folder, and what is missing, in the order of the files."""

    flows: Sequence[Covered] = ()
    unvisited: Sequence[Unvisited] = ()
    untaken: Sequence[Unvisited] = ()

    @property
    def total(self) -> Covered:
        names = ("steps", "steps_visited", "branches", "branches_taken")
        return Covered("total", *(sum(getattr(flow, name) for flow in self.flows) for name in names))

    @property
    def percent(self) -> float:
        """The smaller of the two shares, 0 to 100; 100 where there is nothing to cover."""
        total = self.total
        return min(_percent(total.steps_visited, total.steps), _percent(total.branches_taken, total.branches))


def _percent(part: int, whole: int) -> float:
    return 100.0 if whole == 0 else 100.0 * part / whole


def coverage_of(authored: Authored, trails: Iterable[Trail]) -> Coverage:
    """The coverage of a folder's own flows. trails: of each conversation and run the steps it did, in order."""
    programs = {name: lay_out(typed_flow(part)) for name, part in authored.flows.items() if part.whole}
    walked = [list(trail) for trail in trails]
    visited = {visit for trail in walked for visit in trail}
    taken = {branch for trail in walked for branch in _taken(programs, trail)}
    taken |= {(flow, node, way) for flow, program in programs.items() for node, way in _entered(program, flow, visited)}
    flows: list[Covered] = []
    missing: dict[bool, list[tuple[str, int, Unvisited]]] = {True: [], False: []}
    for name, program in programs.items():
        part = authored.flows[name]
        nodes = [node for node in program.nodes.values() if _enabled(program, node)]
        ways = [(node, way) for node in nodes for way in _ways(node)]
        unvisited = [(node, node.step.kind) for node in nodes if (name, node.name) not in visited]
        untaken = [(node, way) for node, way in ways if (name, node.name, way) not in taken]
        flows.append(Covered(name, len(nodes), len(nodes) - len(unvisited), len(ways), len(ways) - len(untaken)))
        for is_step, left in ((True, unvisited), (False, untaken)):
            for node, kind in left:
                line, _ = part.source.value_place(part.file_path(node.path))
                place = f"{part.source.name}:{line}"
                told = kind if is_step else _in_words(kind)
                one = Unvisited(name, node.step.id or node.name, told, place)
                missing[is_step].append((part.source.name, line, one))
    steps, branches = ([one for _, _, one in sorted(left, key=lambda at: at[:2])] for left in missing.values())
    return Coverage(tuple(flows), tuple(steps), tuple(branches))


def _enabled(program: Program, node: Node) -> bool:
    """Not switched off on purpose, nor inside of what is."""
    return all(around.step.enabled for around in program.around(node))


# --- ways ------------------------------------------------------------------------------------------------------------


def _ways(node: Node) -> Iterator[str]:
    """The ways on from a step that a test can be asked for."""
    if node.step.if_ is not None:
        yield from ("if", "if not")
    if node.step.kind == "conditional":
        yield from (label for label in node.blocks if label.startswith("when"))
        yield "else"
    for label in _WAYS_OUT:
        if label in node.blocks and node.blocks[label] != node.next:
            yield label


def _in_words(way: str) -> str:
    if way.startswith("when["):
        return f"case {int(way[5:-1]) + 1} never held"
    known = {"else": "some case always held", "if": "its `if` never held", "if not": "its `if` always held"}
    return known.get(way, f"`{way}` never happened")


def _entered(program: Program, flow: str, visited: set[Visit]) -> Iterator[tuple[str, str]]:
    """Ways that show in the steps inside them."""
    for node in program.nodes.values():
        if node.step.if_ is not None and (flow, node.name) in visited:
            yield node.name, "if"
        for label in _WAYS_OUT:
            if label in node.blocks and any(_is_in(name, _block(node, label)) for f, name in visited if f == flow):
                yield node.name, label


def _block(node: Node, label: str) -> str:
    """What the names of the steps in a block begin with."""
    inside = {"review": "review.", "wait": "wait."} if label != "on_error" else {}
    where = {"conditional": "conditional."}.get(node.step.kind, "") if label.startswith(("when", "else")) else ""
    end = ".steps" if where else ""
    return f"{node.name}.{where or inside.get(node.step.kind, '')}{label}{end}"


def _is_in(name: str, block: str) -> bool:
    return name.startswith(f"{block}[")


def _taken(programs: Mapping[str, Program], trail: Trail) -> Iterator[Branch]:
    """Ways that show in what follows what: the case of a conditional, and what an `if` passed over."""
    for flow, program in programs.items():
        places = [program.nodes[name] for name_of, name in trail if name_of == flow and name in program.nodes]
        for skipped in _chain(program, program.first, places[0].name) or () if places else ():
            yield (flow, skipped.name, "if not")
        for index, node in enumerate(places):
            following = _following(places, index, node)
            if node.step.kind == "conditional":
                yield (flow, node.name, _case(node, following))
            for skipped in _passed_over(program, node, following):
                yield (flow, skipped.name, "if not")


def _following(places: Sequence[Node], index: int, node: Node) -> Node | None:
    """The step that came next, in the same branch of what runs side by side."""
    branch = _branch_of(node.path)
    return next((one for one in places[index + 1 :] if branch is None or one.name.startswith(branch)), None)


def _branch_of(path: StepPath) -> str | None:
    places = [i for i, part in enumerate(path) if part == "branches"]
    if not places:
        return None
    head = path[: places[-1] + 2]
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in head).removeprefix(".")


def _case(node: Node, following: Node | None) -> str:
    for label in node.blocks:
        if label.startswith("when") and following is not None and _is_in(following.name, _block(node, label)):
            return label
    return "else"


def _passed_over(program: Program, node: Node, following: Node | None) -> list[Node]:
    """The steps between one and the next whose `if` did not hold."""
    if following is None and node.step.kind in _WAITS:
        return []
    wanted = following.name if following is not None else None
    starts: list[str | None] = [*node.blocks.values(), node.next]
    return next((found for start in starts if (found := _chain(program, start, wanted)) is not None), [])


def _chain(program: Program, start: str | None, wanted: str | None) -> list[Node] | None:
    """From one step to another over steps that may be left out; None where something else stands between."""
    passed: list[Node] = []
    while start != wanted:
        node = program.nodes.get(start or "")
        if node is None or (node.step.if_ is None and node.step.enabled):
            return None
        passed.append(node)
        start = node.next
    return passed


def table(coverage: Coverage) -> Iterator[str]:
    """A line for each flow and one for all, in columns."""
    rows = [*sorted(coverage.flows, key=lambda one: one.flow), coverage.total]
    width = max(len(row.flow) for row in rows)
    yield f"{'flow':<{width}}      steps        ways"
    for row in rows:
        steps = f"{row.steps_visited}/{row.steps}"
        ways = f"{row.branches_taken}/{row.branches}"
        low = min(_percent(row.steps_visited, row.steps), _percent(row.branches_taken, row.branches))
        yield f"{row.flow:<{width}}  {steps:>9}   {ways:>9}   {low:>5.1f} %"
