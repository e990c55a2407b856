"""Measures under load, each beside its floor in alternating rounds: turns by number of senders, and flows."""

import itertools
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from benchmarks.client import Load, request, run_load
from benchmarks.figures import Bar, Effort, Figure, median, percentile, times
from benchmarks.processes import HttpProgram, Program

SENDERS = (1, 8, 32)
FLOW_SENDERS = 8
WARM_UP_SECONDS = 1.0
OPENINGS = (
    "hello there, when are you open",
    "what are your opening hours today",
    "where is my order",
    "has it been shipped",
)

NAMES = tuple(
    "Alan Anna Ben Beth Carl Clara David Dora Emma Eric Frank Gina Grace Henry Ida Jack Jane Karl Kate Leo Lucy Maria "
    "Mark Nick Nora Olga Paul Peter Rosa Ruth Sam Sara Tina Tom Uma Victor Wendy Will Yves Zoe".split()
)

SURNAMES = tuple(
    "Abbot Baker Bell Cook Dean Ellis Fisher Fox Grant Hart Hill Hunt Kerr Lane Moss Nash Page Poe Reed Shaw Tate "
    "Webb".split()
)
_TURNED = ((NAMES, 1), (NAMES, 40), (SURNAMES, 1_600))
"""Which names stand in a message, and after how many messages each changes."""

Stream = Callable[[str], Iterator[bytes]]


class Failed(Exception):
    """Answers were wrong: figures of such a run mean nothing."""


@dataclass(slots=True)
class Series:
    """What one program did over all rounds of one measure."""

    rates: list[float] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    cpu_seconds: float = 0.0
    done: int = 0

    @property
    def cpu_ms(self) -> float:
        return 1000 * self.cpu_seconds / self.done if self.done else float("nan")

    async def add(self, program: HttpProgram, stream: Stream, senders: int, seconds: float, round_: str) -> None:
        """One more round: each sender is a conversation of its own."""
        cpu = program.cpu_seconds
        load = await run_load(program.port, [stream(f"{round_}-{n}") for n in range(senders)], seconds)
        self.take(checked(load, program), program.cpu_seconds - cpu)

    def take(self, load: Load, cpu_seconds: float) -> None:
        self.rates.append(load.rate)
        self.latencies += load.latencies
        self.done += len(load.latencies)
        self.cpu_seconds += cpu_seconds

    def ask(self, program: Program, senders: int, seconds: float) -> None:
        """One more round of a program that drives itself."""
        cpu = program.cpu_seconds
        answer = program.ask(f"{seconds} {senders}")
        self.rates.append(answer["done"] / answer["seconds"])
        self.done += int(answer["done"])
        self.cpu_seconds += program.cpu_seconds - cpu


def checked(load: Load, program: Program) -> Load:
    if load.errors or not load.latencies:
        raise Failed(f"{program.name}: {len(load.errors)} wrong answers, the first: {(load.errors or ['none'])[0]}")
    return load


def plain_turns(sender: str) -> Iterator[bytes]:
    """Messages that start a flow of one reply.

    Hardly two are equal, and they differ in words, not only in numbers: each is understood anew, the encoder included.
    They have as many word pieces as customers' questions (14; in BANKING77 16, in CLINC150 11).
    """
    own = zlib.crc32(sender.encode())
    for n in itertools.count():
        first, second, last = (some[(own // way + n // way) % len(some)] for some, way in _TURNED)
        text = f"{OPENINGS[n % len(OPENINGS)]}, thanks {first} and {second} {last}"
        yield request({"sender": sender, "message": text})


def pressing(payload: str) -> Stream:
    """A button again and again: a flow, and nothing to understand."""

    def stream(sender: str) -> Iterator[bytes]:
        content = request({"sender": sender, "message": payload})
        return itertools.repeat(content)

    return stream


async def turns(
    desk: HttpProgram, floor: HttpProgram, effort: Effort, by: str = "", least: float = 100
) -> list[Figure]:
    """REST turns a second at 1, 8 and 32 senders, beside one commit a request.

    by: how messages are understood, for the name of the part. least: turns a second that are wanted at 8 senders.
    """
    of_desk: dict[int, Series] = {n: Series() for n in SENDERS}
    of_floor: dict[int, Series] = {n: Series() for n in SENDERS}
    for program in (desk, floor):
        await run_load(program.port, [plain_turns(f"warm-{n}") for n in range(8)], WARM_UP_SECONDS)
    for round_ in range(effort.rounds):
        for senders in SENDERS:
            name = f"turns-{round_}-{senders}"
            await of_desk[senders].add(desk, plain_turns, senders, effort.seconds, name)
            await of_floor[senders].add(floor, plain_turns, senders, effort.seconds, name)
    return [figure for n in SENDERS for figure in _of_turns(n, of_desk[n], of_floor[n], by, least)]


def _of_turns(senders: int, desk: Series, floor: Series, by: str, least: float) -> list[Figure]:
    part = f"REST turns{by}, {senders} sender{'s' if senders > 1 else ''}"
    beside = "one commit a request"
    bar = Bar("at least", least) if senders == 8 else None
    rates = Figure(part, "turns a second", median(desk.rates), "/s", median(floor.rates), beside, bar)
    latencies = times(part, desk.latencies, floor.latencies, beside)
    return [rates, *latencies, Figure(part, "CPU a turn", desk.cpu_ms, "ms", floor.cpu_ms, beside)]


async def flows(desk: HttpProgram, floor: Program, effort: Effort) -> list[Figure]:
    """Flows of six pure steps and of three effects, through REST, beside DBOS alone with three steps."""
    pure, effects, bare = Series(), Series(), Series()
    six, three = pressing("/six_steps"), pressing("/three_effects")
    for stream in (six, three):
        await run_load(desk.port, [stream(f"warm-{n}") for n in range(FLOW_SENDERS)], WARM_UP_SECONDS)
    floor.ask(f"{WARM_UP_SECONDS} {FLOW_SENDERS}")
    for round_ in range(effort.rounds):
        await pure.add(desk, six, FLOW_SENDERS, effort.seconds, f"pure-{round_}")
        await effects.add(desk, three, FLOW_SENDERS, effort.seconds, f"effects-{round_}")
        bare.ask(floor, FLOW_SENDERS, effort.seconds)
    part = f"Flows, {FLOW_SENDERS} senders"
    beside = "DBOS, three steps"
    return [
        Figure(part, "six pure steps", median(pure.rates), "/s", bar=Bar("at least", 150)),
        Figure(part, "six pure steps, p50", 1000 * percentile(pure.latencies, 0.5), "ms"),
        Figure(part, "six pure steps, CPU", pure.cpu_ms, "ms"),
        Figure(
            part,
            "three effects",
            median(effects.rates),
            "/s",
            median(bare.rates),
            beside,
            Bar("at least", 0.5, "ratio"),
        ),
        Figure(part, "three effects, p50", 1000 * percentile(effects.latencies, 0.5), "ms"),
        Figure(part, "three effects, CPU", effects.cpu_ms, "ms", bare.cpu_ms, beside),
    ]
