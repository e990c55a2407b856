"""What was measured, and the bars that it is held against. Nothing here ever fails a run: machines differ."""

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

Wanted = Literal["at least", "at most"]


@dataclass(frozen=True, slots=True)
class Bar:
    """A bound on the value itself, or on its ratio to the floor or counterpart beside it."""

    wanted: Wanted
    bound: float
    of: Literal["value", "ratio"] = "value"

    def met(self, value: float) -> bool:
        return value >= self.bound if self.wanted == "at least" else value <= self.bound


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the report.

    other: the same of ``beside`` in the same alternating run (a floor, or the desk in another state).
    """

    part: str
    name: str
    value: float
    unit: str
    other: float | None = None
    beside: str = ""
    bar: Bar | None = None

    @property
    def ratio(self) -> float | None:
        return self.value / self.other if self.other else None

    @property
    def met(self) -> bool | None:
        """None when there is no bar."""
        if self.bar is None:
            return None
        value = self.value if self.bar.of == "value" else self.ratio
        return value is not None and self.bar.met(value)

    def as_json(self) -> dict[str, object]:
        return asdict(self) | {"ratio": self.ratio, "met": self.met}


@dataclass(frozen=True, slots=True)
class Effort:
    """How long and how often everything is measured.

    visitors: of the web chat, connected at the same time; visitor_seconds: how long some of them talk.
    """

    rounds: int
    seconds: float
    turns: int
    pairs: int
    stored: tuple[int, int]
    starts: int
    visitors: int
    visitor_seconds: float


FULL = Effort(
    rounds=5, seconds=4.0, turns=300, pairs=24, stored=(1_000, 100_000), starts=5, visitors=2_000, visitor_seconds=60.0
)
QUICK = Effort(
    rounds=2, seconds=1.2, turns=300, pairs=8, stored=(1_000, 100_000), starts=2, visitors=2_000, visitor_seconds=10.0
)


def median(values: Sequence[float]) -> float:
    return statistics.median(values) if values else float("nan")


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of all do not exceed (nearest rank)."""
    ordered = sorted(values)
    rank = -int(-share * len(ordered) // 1)
    return ordered[max(rank, 1) - 1] if ordered else float("nan")


def times(
    part: str,
    mine: Sequence[float],
    other: Sequence[float],
    beside: str,
    shares: Sequence[int] = (50, 95, 99),
) -> list[Figure]:
    """Percentiles of latencies that are given in seconds."""
    return [
        Figure(
            part, f"p{share}", 1000 * percentile(mine, share / 100), "ms",
            1000 * percentile(other, share / 100), beside,
        )
        for share in shares
    ]  # fmt: skip
