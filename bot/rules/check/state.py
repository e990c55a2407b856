"""What is known at one place of a flow: what is there on every path to it, and what only on some."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from bot.model.base import Json
from bot.rules.check.conditions import NOTHING, Facts


@dataclass(frozen=True, slots=True)
class Known:
    """Names that are there on every path; for those on some paths only, when they are missing."""

    sure: frozenset[str] = frozenset()
    maybe: Mapping[str, str] = field(default_factory=dict)

    def with_sure(self, names: Iterable[str]) -> "Known":
        added = frozenset(names)
        return Known(self.sure | added, {name: why for name, why in self.maybe.items() if name not in added})

    def with_maybe(self, reasons: Mapping[str, str]) -> "Known":
        return Known(self.sure - frozenset(reasons), {**self.maybe, **reasons})

    def without(self, names: Iterable[str]) -> "Known":
        gone = frozenset(names)
        return Known(self.sure - gone, {name: why for name, why in self.maybe.items() if name not in gone})


@dataclass(frozen=True, slots=True)
class State:
    """One place of a flow, over all paths that lead there.

    steps, vars: ids of steps whose output is there; names that were set.
    facts:       paths that a condition around this place has found to be there.
    stand_ins:   for steps that failed or were skipped on some path, the `default` that is their output then.
    gone:        ids of steps inside a loop that is over, each with the loop.
    ran_if:      ids of steps that ran on some paths only, each with the condition that decided it.
    holding:     conditions that hold around this place.
    """

    steps: Known = Known()
    vars: Known = Known()
    facts: Facts = NOTHING
    stand_ins: Mapping[str, Json] = field(default_factory=dict)
    gone: Mapping[str, str] = field(default_factory=dict)
    ran_if: Mapping[str, str] = field(default_factory=dict)
    holding: frozenset[str] = frozenset()

    def knowing(self, facts: Facts) -> "State":
        return replace(self, facts=self.facts | facts) if facts else self

    def under(self, condition: str | bool | None, facts: Facts) -> "State":
        """Inside what runs only where a condition holds."""
        if not isinstance(condition, str):
            return self
        return replace(self.knowing(facts), holding=self.holding | {spaced(condition)})

    def ran(self, step_id: str | None) -> "State":
        """The step has its output."""
        if step_id is None:
            return self
        return replace(self, steps=self.steps.with_sure((step_id,)), facts=_without(self.facts, "steps", (step_id,)))

    def lacks(self, step_id: str | None, why: str) -> "State":
        """The step has no output here."""
        if step_id is None or step_id in self.steps.sure:
            return self
        return replace(self, steps=self.steps.with_maybe({step_id: why}))

    def stands_in(self, step_id: str | None, default: Json) -> "State":
        """The step has its `default` for an output here."""
        if step_id is None:
            return self
        return replace(self.ran(step_id), stand_ins={**self.stand_ins, step_id: default})

    def decided_by(self, condition: str | bool | None, step_ids: Iterable[str]) -> "State":
        """These steps ran exactly where the condition held."""
        if not isinstance(condition, str):
            return self
        return replace(self, ran_if={**self.ran_if, **dict.fromkeys(step_ids, spaced(condition))})

    def assigned(self, names: Iterable[str]) -> "State":
        """Variables were set; what was known of their old values no longer holds."""
        given = tuple(names)
        return replace(self, vars=self.vars.with_sure(given), facts=_without(self.facts, "vars", given))

    def refilled(self, slots: Iterable[str]) -> "State":
        """Slots got new values."""
        return replace(self, facts=_without(self.facts, "slots", tuple(slots)))


def spaced(condition: str) -> str:
    """A condition in one spelling, so that the same words are recognised."""
    return " ".join(condition.split())


def _without(facts: Facts, root: str, names: tuple[str, ...]) -> Facts:
    if not facts:
        return facts
    return frozenset(fact for fact in facts if not (fact[0] == root and len(fact) > 1 and fact[1] in names))


def merged(arms: list[tuple[State | None, str]]) -> State | None:
    """The state behind several ways, each with the words for having gone it; None where no way leads on."""
    ways = [(state, why) for state, why in arms if state is not None]
    if not ways:
        return None
    if len(ways) == 1:
        return ways[0][0]
    stand_ins: dict[str, Json] = {}
    gone: dict[str, str] = {}
    ran_if: dict[str, str] = {}
    for state, _ in ways:
        stand_ins |= state.stand_ins
        gone |= state.gone
        ran_if |= state.ran_if
    return State(
        steps=_merged_known([(state.steps, why) for state, why in ways]),
        vars=_merged_known([(state.vars, why) for state, why in ways]),
        facts=frozenset.intersection(*(state.facts for state, _ in ways)),
        stand_ins=stand_ins,
        gone=gone,
        ran_if=ran_if,
        holding=frozenset.intersection(*(state.holding for state, _ in ways)),
    )


def _merged_known(ways: list[tuple[Known, str]]) -> Known:
    sure = frozenset.intersection(*(known.sure for known, _ in ways))
    maybe: dict[str, str] = {}
    for name in frozenset().union(*(known.sure | known.maybe.keys() for known, _ in ways)) - sure:
        for known, why in ways:
            if name in known.maybe:
                maybe.setdefault(name, known.maybe[name])
            elif name not in known.sure:
                maybe.setdefault(name, why)
    return Known(sure, maybe)


def common(states: list[State]) -> State | None:
    """The state at the end, over all places where a flow can end."""
    return merged([(state, "the flow stops before it") for state in states])
