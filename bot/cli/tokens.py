"""``frontdesk token``: bearer tokens of the HTTP API."""

import secrets
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import typer
from sqlalchemy import Connection

from bot.errors import BadInput, FrontdeskError
from bot.rules.access import ROLES
from bot.settings import Settings
from bot.store import schema, tokens
from bot.store.database import Database, T, Work

LONGEST_NAME: Final = 128


def make_token() -> str:
    """``fd_live_`` and 256 random bits."""
    return tokens.PREFIX + secrets.token_urlsafe(32)


def add_token(connection: Connection, role: str, name: str) -> tuple[str, str]:
    """Store a new token; returns its id and the token itself, which is kept nowhere.

    Raises BadInput for a role that does not exist and for a name that cannot stand in events.
    """
    if role not in ROLES:
        raise BadInput(f"there is no role {role!r}", f"Roles: {', '.join(ROLES)}")
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise BadInput(f"{name[:LONGEST_NAME]!r} is no name for a token", "Use 1 to 128 printable characters")
    id_, token = f"t_{uuid.uuid4().hex[:12]}", make_token()
    tokens.add(connection, id_, token, name, role, datetime.now(UTC))
    return id_, token


def create(settings: Settings, role: str, name: str) -> int:
    """Make a token and print it, once. Returns the exit code."""

    def report(made: tuple[str, str]) -> int:
        typer.echo(made[1])
        typer.echo(f"Token {made[0]} of {name} ({role}). It is not shown again.", err=True)
        return 0

    return _run(settings, lambda c: add_token(c, role, name), report)


def show(settings: Settings) -> int:
    """Print all tokens without their secrets: id, role, state, name. Returns the exit code."""

    def report(found: list[tuple[str, str, str, bool]]) -> int:
        for id_, name, role, valid in found:
            typer.echo(f"{id_}  {role:<7} {'valid  ' if valid else 'revoked'}  {name}")
        return 0

    return _run(settings, tokens.listed, report)


def revoke(settings: Settings, id_: str) -> int:
    """Make a token useless from now on. Returns the exit code."""

    def report(was_valid: bool) -> int:
        if not was_valid:
            typer.echo(f"No valid token has the id {id_!r}. `frontdesk token list` shows them.", err=True)
            return 1
        typer.echo(f"Token {id_} is revoked.")
        return 0

    return _run(settings, lambda c: tokens.revoke(c, id_, datetime.now(UTC)), report)


def _run(settings: Settings, work: Work[T], report: Callable[[T], int]) -> int:
    """One transaction, with the desk running or not; errors of ours are said in a line."""
    try:
        done = _write(settings, work)
    except FrontdeskError as error:
        typer.echo(str(error), err=True)
        return 2
    return report(done)


def _write(settings: Settings, work: Work[T]) -> T:
    """A new SQLite file gets its tables here."""
    database = Database(settings.database)
    try:
        if database.is_sqlite:
            schema.upgrade(database.engine)
        else:
            schema.require_current(database.engine)
        with database.engine.execution_options(begin="IMMEDIATE").begin() as connection:
            return work(connection)
    finally:
        database.close()
