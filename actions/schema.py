"""The tables behind the demo's actions: a small CRM, a shop's orders and charges, tickets, opening hours.

They are the actions' own, beside the desk's, in SQL that SQLite and PostgreSQL both take: money in cents and
times as ISO 8601 text. Idempotency lies in unique columns, for one statement is one transaction here.
"""

import asyncio
from datetime import datetime

from actions.seeds import EDITION, rows_by_table
from bot.model.base import Json
from bot.ports import ActionDatabase

TABLES = (
    """CREATE TABLE IF NOT EXISTS demo_account (
        id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE, name TEXT NOT NULL, plan TEXT NOT NULL,
        status TEXT NOT NULL, created_on TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS demo_order (
        id TEXT PRIMARY KEY, email TEXT NOT NULL, status TEXT NOT NULL, items TEXT NOT NULL,
        total_cents INTEGER NOT NULL, currency TEXT NOT NULL, ordered_on TEXT NOT NULL,
        eta TEXT, tracking TEXT)""",
    """CREATE TABLE IF NOT EXISTS demo_charge (
        id TEXT PRIMARY KEY, email TEXT NOT NULL, amount_cents INTEGER NOT NULL, currency TEXT NOT NULL,
        description TEXT NOT NULL, charged_on TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS demo_refund (
        id TEXT PRIMARY KEY, charge_id TEXT NOT NULL UNIQUE, amount_cents INTEGER NOT NULL,
        currency TEXT NOT NULL, reason TEXT NOT NULL, idempotency_key TEXT NOT NULL UNIQUE,
        created_at TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS demo_ticket (
        number INTEGER PRIMARY KEY, email TEXT, priority TEXT NOT NULL, summary TEXT NOT NULL,
        status TEXT NOT NULL, idempotency_key TEXT NOT NULL UNIQUE, created_at TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS demo_ticket_comment (
        idempotency_key TEXT PRIMARY KEY, ticket_number INTEGER NOT NULL, body TEXT NOT NULL,
        created_at TEXT NOT NULL)""",
    "CREATE TABLE IF NOT EXISTS demo_counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL)",
    """CREATE TABLE IF NOT EXISTS demo_hours (
        weekday INTEGER PRIMARY KEY, opens TEXT NOT NULL, closes TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS demo_subscription (
        email TEXT PRIMARY KEY, renews_on TEXT NOT NULL, seats_used INTEGER NOT NULL, two_factor INTEGER NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS demo_plan_change (
        idempotency_key TEXT PRIMARY KEY, email TEXT NOT NULL, plan TEXT NOT NULL, starts_on TEXT NOT NULL,
        created_at TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS demo_discount (
        idempotency_key TEXT PRIMARY KEY, email TEXT NOT NULL, percent INTEGER NOT NULL, valid_until TEXT NOT NULL,
        given_on TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS demo_cancellation (
        email TEXT PRIMARY KEY, reason TEXT NOT NULL, ends_on TEXT NOT NULL, created_at TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS demo_invitation (
        email TEXT NOT NULL, colleague TEXT NOT NULL, role TEXT NOT NULL, idempotency_key TEXT NOT NULL UNIQUE,
        created_at TEXT NOT NULL, PRIMARY KEY (email, colleague))""",
    """CREATE TABLE IF NOT EXISTS demo_invoice (
        id TEXT PRIMARY KEY, email TEXT NOT NULL, month TEXT NOT NULL, amount_cents INTEGER NOT NULL,
        currency TEXT NOT NULL, paid INTEGER NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS demo_letter (
        idempotency_key TEXT PRIMARY KEY, email TEXT NOT NULL, what TEXT NOT NULL, created_at TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS demo_address (
        email TEXT PRIMARY KEY, street TEXT NOT NULL, town TEXT NOT NULL, country TEXT NOT NULL,
        changed_at TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS demo_privacy_request (
        id TEXT PRIMARY KEY, email TEXT NOT NULL, kind TEXT NOT NULL, status TEXT NOT NULL, due_on TEXT NOT NULL,
        idempotency_key TEXT NOT NULL UNIQUE, created_at TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS demo_component (
        area TEXT PRIMARY KEY, state TEXT NOT NULL, what TEXT, since TEXT)""",
    """CREATE TABLE IF NOT EXISTS demo_call (
        begins_at TEXT PRIMARY KEY, phone TEXT NOT NULL, topic TEXT NOT NULL, email TEXT,
        idempotency_key TEXT NOT NULL UNIQUE)""",
    "CREATE INDEX IF NOT EXISTS demo_invoice_email ON demo_invoice (email)",
    "CREATE INDEX IF NOT EXISTS demo_order_email ON demo_order (email)",
    "CREATE INDEX IF NOT EXISTS demo_charge_email ON demo_charge (email)",
)
_TRIES = 6


async def prepare(database: ActionDatabase, now: datetime) -> None:
    """Makes the tables and, the first time, fills them with dates around ``now``.

    Running it again, or twice at once, changes nothing.
    """
    for statement in TABLES:
        await _surely(database, statement)
    # Written last, so where it stands everything is there; an older edition gets what is new and keeps what it has.
    if not await database.read("SELECT name FROM demo_counter WHERE name = :edition", edition=EDITION):
        for table, rows in rows_by_table(now).items():
            await _insert(database, table, rows)
        await _insert(database, "demo_counter", [{"name": EDITION, "value": 1}])


async def _surely(database: ActionDatabase, statement: str, **values: Json) -> None:
    """A statement that may be repeated. Two processes that create a table at once collide in PostgreSQL's catalogue
    despite IF NOT EXISTS, and wait for one another while they fill it."""
    for attempt in range(1, _TRIES):
        try:
            await database.write(statement, **values)
        except Exception:  # noqa: BLE001  each database has its own class for it; the last try shows the error
            await asyncio.sleep(0.02 * attempt)
        else:
            return
    await database.write(statement, **values)


async def _insert(database: ActionDatabase, table: str, rows: list[dict[str, Json]]) -> None:
    """All rows in one statement, so that a table is filled or is not."""
    columns = list(rows[0])
    row_places = (", ".join(f":{column}_{number}" for column in columns) for number in range(len(rows)))
    places = ", ".join(f"({row})" for row in row_places)
    values = {f"{column}_{number}": row[column] for number, row in enumerate(rows) for column in columns}
    # Names of tables and columns are this package's own; only values travel as parameters.
    insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES {places} ON CONFLICT DO NOTHING"  # noqa: S608
    await _surely(database, insert, **values)
