"""Instances: the durable row of a conversation or a run, and what a segment makes of it.

A commit checks the claim (`claims.py`), the epoch and the number of the segment: only what is still the next one is written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from bot.errors import NotFound, Superseded
from bot.model.handoff import Owner
from bot.model.message import Address
from bot.model.state import State
from bot.store.sql import Sql
from bot.store.types import from_micros, to_micros

COLUMNS = (
    "id, kind, channel, account, sender, thread, flow, state, segment, owner, agent, epoch, status, turn_open, attempts, "
    "wake_at, claim_owner, claim_until, fence, created_at, updated_at"
)


@dataclass(frozen=True, slots=True)
class Instance:
    """One row. ``mine`` is whether the reading process holds the claim under ``fence``."""

    id: str
    kind: str
    address: Address | None
    flow: str | None
    state_json: str
    segment: int
    owner: Owner
    agent: str | None
    epoch: int
    status: str
    turn_open: bool
    attempts: int
    wake_at: datetime | None
    claim_owner: str | None
    claim_until: datetime | None
    fence: int
    created_at: datetime
    updated_at: datetime

    @property
    def state(self) -> State:
        """A fresh copy each time."""
        return State.model_validate_json(self.state_json)

    @property
    def is_conversation(self) -> bool:
        return self.kind == "conversation"


def instance_of(row: Any) -> Instance:
    """From a row of :data:`COLUMNS`."""
    address = None
    if row[1] == "conversation":
        address = Address.model_construct(channel=row[2], account=row[3], sender=row[4], thread=row[5])
    return Instance(
        row[0], row[1], address, row[6], row[7], row[8], row[9], row[10], row[11], row[12], bool(row[13]), row[14],
        _moment(row[15]), row[16], _moment(row[17]), row[18], from_micros(row[19]), from_micros(row[20]),
    )  # fmt: skip


def _moment(micros: int | None) -> datetime | None:
    return None if micros is None else from_micros(micros)


_EPOCH = "SELECT epoch FROM instance WHERE id = :id"
_EPOCH_SHARED = {"postgresql": Sql(_EPOCH + " FOR SHARE"), "sqlite": Sql(_EPOCH)}
_ENSURE = Sql("""
    INSERT INTO instance (id, kind, channel, account, sender, thread, state, segment, owner, epoch, status, turn_open,
        attempts, fence, created_at, updated_at)
    VALUES (:id, 'conversation', :channel, :account, :sender, :thread, '{}', 1, 'bot', 1, 'active', 0, 0, 1, :now, :now)
    ON CONFLICT (id) DO NOTHING
""")


def ensure_conversation(connection: Connection, address: Address, now: datetime) -> int:
    """The conversation at this address exists from now on, if it did not before. Returns its epoch, which stays that until
    this transaction ends."""
    where = {"channel": address.channel, "account": address.account, "sender": address.sender, "thread": address.thread}
    _ENSURE.run(connection, where | {"id": address.conversation_id, "now": to_micros(now)})
    found = _EPOCH_SHARED[connection.dialect.name].run(connection, {"id": address.conversation_id})
    return int(found.scalar_one())


_COMMIT = """
    UPDATE instance SET state = :state, flow = :flow, segment = segment + 1, owner = :owner, agent = :agent, epoch = :next_epoch,
        status = :status, turn_open = :turn_open, attempts = 0, wake_at = :wake_at, updated_at = :now {release}
    WHERE id = :id AND segment = :segment AND epoch = :epoch {guard}
"""
_COMMIT_CLAIMED = Sql(
    _COMMIT.format(
        release=", claim_owner = NULL, claim_until = NULL",
        guard="AND claim_owner = :me AND fence = :fence",
    )
)
_OURS = "claim_owner = :me AND fence = :fence"
_COMMIT_DURABLE = Sql(
    _COMMIT.format(
        release=f", claim_owner = CASE WHEN {_OURS} THEN NULL ELSE claim_owner END"
        f", claim_until = CASE WHEN {_OURS} THEN NULL ELSE claim_until END",
        guard="",
    )
)


@dataclass(frozen=True, slots=True)
class Guard:
    """What must still be so when a segment is committed.

    durable: the segment is a workflow, of which there is only one, and which may be finished by another process than
    the
             one that began it (``process``, under ``fence``): so the claim is let go of where it is still that
             one's, but not asked for.
    """

    instance: str
    segment: int
    epoch: int
    process: str
    fence: int
    durable: bool = False


@dataclass(frozen=True, slots=True)
class Moved:
    """What a segment makes of its instance."""

    state: State
    flow: str | None
    owner: Owner
    agent: str | None
    epoch: int
    status: str
    turn_open: bool
    wake_at: datetime | None


def commit(connection: Connection, guard: Guard, moved: Moved, now: datetime) -> None:
    """Write the segment's outcome and let go of the claim. Raises Superseded when the instance has moved on."""
    values = {
        "id": guard.instance, "segment": guard.segment, "epoch": guard.epoch, "me": guard.process, "fence": guard.fence,
        "state": moved.state.model_dump_json(exclude_defaults=True), "flow": moved.flow,
        "owner": moved.owner, "agent": moved.agent, "next_epoch": moved.epoch, "status": moved.status,
        "turn_open": int(moved.turn_open), "wake_at": None if moved.wake_at is None else to_micros(moved.wake_at),
        "now": to_micros(now),
    }  # fmt: skip
    statement = _COMMIT_DURABLE if guard.durable else _COMMIT_CLAIMED
    if statement.run(connection, values).rowcount != 1:
        raise Superseded(
            f"segment {guard.segment} of {guard.instance} is no longer the next one", "Nothing was written"
        )


_SKIP = Sql("""
    UPDATE instance SET segment = segment + 1, owner = :owner, status = :status, attempts = 0, turn_open = 0, wake_at = NULL,
        claim_owner = NULL, claim_until = NULL, updated_at = :now
    WHERE id = :id AND segment = :segment AND epoch = :epoch AND claim_owner = :me AND fence = :fence
""")


def skip_segment(connection: Connection, guard: Guard, owner: str, status: str, now: datetime) -> None:
    """Leave a segment out: its state is neither read nor written. Raises Superseded when the instance has moved on."""
    values = {
        "id": guard.instance, "segment": guard.segment, "epoch": guard.epoch, "me": guard.process, "fence": guard.fence,
        "owner": owner, "status": status, "now": to_micros(now),
    }  # fmt: skip
    if _SKIP.run(connection, values).rowcount != 1:
        raise Superseded(
            f"segment {guard.segment} of {guard.instance} is no longer the next one", "Nothing was written"
        )


_DUE_NOW = Sql("UPDATE instance SET wake_at = :now WHERE id = :id")


def wake(connection: Connection, id_: str, now: datetime) -> None:
    _DUE_NOW.run(connection, {"id": id_, "now": to_micros(now)})


_GET = Sql(f"SELECT {COLUMNS} FROM instance WHERE id = :id")


def find(connection: Connection, id_: str) -> Instance | None:
    row = _GET.run(connection, {"id": id_}).one_or_none()
    return None if row is None else instance_of(row)


def get(connection: Connection, id_: str) -> Instance:
    if (found := find(connection, id_)) is None:
        raise NotFound(f"there is no instance {id_!r}", "Look its id up in the list")
    return found


_GET_LOCKED = {"postgresql": Sql(f"SELECT {COLUMNS} FROM instance WHERE id = :id FOR UPDATE"), "sqlite": _GET}


def get_locked(connection: Connection, id_: str) -> Instance:
    """For a change by hand: nobody else changes it until this transaction ends (SQLite has one writer anyway)."""
    row = _GET_LOCKED[connection.dialect.name].run(connection, {"id": id_}).one_or_none()
    if row is None:
        raise NotFound(f"there is no instance {id_!r}", "Look its id up in the list")
    return instance_of(row)


def has_epoch(connection: Connection, id_: str, epoch: int) -> bool:
    """Whether this is the instance's epoch; if so, it stays that until this transaction ends."""
    return _EPOCH_SHARED[connection.dialect.name].run(connection, {"id": id_}).scalar() == epoch


def listed(
    connection: Connection, wanted: Mapping[str, str | None], before: tuple[int, str] | None, most: int
) -> list[Instance]:
    """The latest moved first.

    wanted: of ``kind``, ``owner``, ``status``, ``channel``, ``flow`` and ``agent``, what must be so; None for any.
    before: `place_of` the instance behind which to go on.
    """
    values: dict[str, Any] = {name: value for name, value in wanted.items() if value is not None}
    clauses = [f"{name} = :{name}" for name in values]
    if before is not None:
        clauses.append("(updated_at, id) < (:updated_at, :last)")
        values |= {"updated_at": before[0], "last": before[1]}
    where = f"WHERE {' AND '.join(clauses)}" if clauses else ""
    query = text(f"SELECT {COLUMNS} FROM instance {where} ORDER BY updated_at DESC, id DESC LIMIT :most")
    return [instance_of(row) for row in connection.execute(query, values | {"most": most})]


def place_of(instance: Instance) -> tuple[int, str]:
    """Where an instance stands in `listed`."""
    return to_micros(instance.updated_at), instance.id


_COUNT_PENDING = Sql("SELECT count(*) FROM instance WHERE wake_at IS NOT NULL AND wake_at <= :now")


def count_due(connection: Connection, now: datetime) -> int:
    return int(_COUNT_PENDING.run(connection, {"now": to_micros(now)}).scalar_one())


def counts(connection: Connection) -> Sequence[tuple[str, str, int]]:
    """(kind, status, how many), for the metrics."""
    query = text("SELECT kind, status, count(*) FROM instance GROUP BY kind, status")
    return [(row[0], row[1], row[2]) for row in connection.execute(query)]


_TURN_OPEN = Sql("SELECT turn_open, state FROM instance WHERE id = :id")


def turn_is_open(connection: Connection, id_: str, turn: int) -> bool:
    """Whether this turn of the conversation is still going on (a later one means that it is over)."""
    row = _TURN_OPEN.run(connection, {"id": id_}).one()
    return bool(row[0]) and State.model_validate_json(row[1]).turn == turn


_OWNER = Sql("""
    UPDATE instance SET owner = :owner, agent = :agent, epoch = epoch + 1, segment = segment + 1, turn_open = 0,
        wake_at = :now, updated_at = :now
    WHERE id = :id AND epoch = :epoch AND segment = :segment
""")


def change_owner(connection: Connection, instance: Instance, owner: Owner, agent: str | None, now: datetime) -> int:
    """Give the floor to somebody; returns the new epoch. Raises Superseded when the instance moved since it was
    read."""
    values = {
        "id": instance.id, "owner": owner, "agent": agent, "epoch": instance.epoch, "segment": instance.segment,
        "now": to_micros(now),
    }  # fmt: skip
    if _OWNER.run(connection, values).rowcount != 1:
        raise Superseded(f"{instance.id} has moved on", "Try again")
    return instance.epoch + 1
