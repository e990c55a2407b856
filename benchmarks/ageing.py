"""What age costs: a conversation's 300th turn beside its 3rd, a full database beside a nearly empty one."""

from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy import Connection, Table, create_engine, text
from sqlmodel import SQLModel

from benchmarks.client import request, run_load
from benchmarks.figures import Bar, Effort, Figure, median, times
from benchmarks.loads import Series, checked, plain_turns
from benchmarks.places import Places
from benchmarks.processes import HttpProgram, running, start_desk
from bot.store.tables import EventRow, InboxRow, InstanceRow, LedgerRow, OutboxRow
from bot.store.urls import with_driver

WINDOW = 3
"""Turns that are timed from the 3rd and from the 300th on: one alone says little."""
YOUNG = 3
SENDERS = 8
TEMPLATES = 10
COPIES_AT_ONCE = 500
LIVELY = (
    "when do you close on friday",
    "/six_steps",
    "my parcel has not come",
    "/three_effects",
    "is that so",
)


def talk(sender: str, turns: int) -> Iterator[bytes]:
    """A conversation that leaves something behind: words, flows, slots, outcomes of actions."""
    for n in range(turns):
        words = LIVELY[n % len(LIVELY)]
        yield request({"sender": sender, "message": words if words.startswith("/") else f"{words} ({n})"})


async def long_conversations(desk: HttpProgram, effort: Effort) -> list[Figure]:
    """Old and young conversations in turn, one request at a time; the same message for both."""
    old = [f"old-{n}" for n in range(effort.pairs)]
    for some in (old[i : i + SENDERS] for i in range(0, len(old), SENDERS)):
        checked(await run_load(desk.port, [talk(sender, effort.turns - 1) for sender in some]), desk)
    young_times: list[float] = []
    old_times: list[float] = []
    for n, sender in enumerate(old):
        load = checked(await run_load(desk.port, [_in_turn(f"young-{n}", sender)]), desk)
        young_times += load.latencies[YOUNG - 1 :: 2]
        old_times += load.latencies[YOUNG::2]
    part = f"{effort.turns}th turn of a conversation, 1 sender"
    beside = f"its {YOUNG}rd"
    bar = Bar("at most", 1.2, "ratio")
    half, *rest = times(part, old_times, young_times, beside, (50, 95))
    return [replace(half, bar=bar), *rest]


def _in_turn(young: str, old: str) -> Iterator[bytes]:
    """The young one's first turns, then both by turns."""
    yield from talk(young, YOUNG - 1)
    for n in range(WINDOW):
        for sender in (young, old):
            yield request({"sender": sender, "message": f"at what time do you close ({n})"})


async def stored_conversations(places: Places, effort: Effort) -> list[Figure]:
    """Two desks side by side, one with 1,000 conversations in its database and one with 100,000."""
    few, many = effort.stored
    small = await _filled_desk(places, few)
    with running(small):
        large = await _filled_desk(places, many)
        with running(large):
            of_small, of_large = Series(), Series()
            for round_ in range(effort.rounds):
                await of_large.add(large, plain_turns, SENDERS, effort.seconds, f"many-{round_}")
                await of_small.add(small, plain_turns, SENDERS, effort.seconds, f"few-{round_}")
    part = f"{many:,} stored conversations, {SENDERS} senders"
    beside = f"with {few:,}"
    return [
        Figure(part, "turns a second", median(of_large.rates), "/s", median(of_small.rates), beside),
        *times(part, of_large.latencies, of_small.latencies, beside),
        Figure(part, "CPU a turn", of_large.cpu_ms, "ms", of_small.cpu_ms, beside),
    ]


async def _filled_desk(places: Places, conversations: int) -> HttpProgram:
    """A running desk whose database holds so many conversations: a few real ones, and copies of them."""
    folder = places.new_folder("stored")
    url = places.new_database(folder)
    desk = start_desk(folder, url)
    try:
        await desk.until_ready()
        streams = [talk(f"template-{n}", len(LIVELY)) for n in range(TEMPLATES)]
        checked(await run_load(desk.port, streams), desk)
        multiply(url, conversations)
        await run_load(desk.port, [plain_turns(f"warm-{n}") for n in range(SENDERS)], 1.0)
    except BaseException:
        desk.stop()
        raise
    return desk


def multiply(url: str, conversations: int) -> None:
    """Copy every stored conversation with all its rows until there are so many."""
    engine = create_engine(with_driver(url))
    with engine.begin() as connection:
        stored = connection.execute(text("SELECT count(*) FROM instance")).scalar_one()
        connection.execute(text("CREATE TABLE template AS SELECT id FROM instance"))
    copies = conversations // stored - 1
    for first in range(1, copies + 1, COPIES_AT_ONCE):
        # Transactions of a moderate size: the desk's own beats want their turn.
        with engine.begin() as connection:
            _copy(connection, first, min(first + COPIES_AT_ONCE - 1, copies))
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE template"))
    engine.dispose()


def _copy(connection: Connection, first: int, last: int) -> None:
    for row, id_, others in (
        (InstanceRow, "id", ("sender",)),
        (InboxRow, "instance_id", ("key",)),
        (EventRow, "instance_id", ()),
        (OutboxRow, "instance_id", ()),
        (LedgerRow, "instance_id", ("key",)),
    ):
        connection.execute(text(_copy_statement(_table(row), id_, (id_, *others))), {"first": first, "last": last})


def _table(row: type[SQLModel]) -> Table:
    table = row.metadata.tables[str(row.__tablename__)]
    assert isinstance(table, Table)
    return table


def _copy_statement(table: Table, id_: str, renamed: tuple[str, ...]) -> str:
    """INSERT of the templates' rows, once for each number; the ``renamed`` columns get it behind their own."""
    columns = [column.name for column in table.columns if column.name != "number"]
    values = [f"t.{name} || '-' || many.n" if name in renamed else f"t.{name}" for name in columns]
    return f"""
        WITH RECURSIVE many(n) AS (
            SELECT CAST(:first AS INTEGER) UNION ALL SELECT n + 1 FROM many WHERE n < :last
        )
        INSERT INTO {table.name} ({", ".join(columns)})
        SELECT {", ".join(values)} FROM many, {table.name} t WHERE t.{id_} IN (SELECT id FROM template)
    """  # noqa: S608  # names of our own tables
