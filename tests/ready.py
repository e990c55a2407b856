"""Databases with every table in place, made once for a run and copied: migrating each test's own takes a second."""

import shutil
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from dbos import DBOS
from psycopg import sql
from sqlalchemy import create_engine, text

from bot.store import schema
from bot.store.database import Database
from bot.store.urls import with_driver

TEMPLATE = "desk_ready"


def migrate(url: str, durable: str) -> None:
    """Bring empty databases to what a desk makes of them at its first start: its own tables, and DBOS's."""
    database = Database(url)
    schema.upgrade(database.engine)
    database.close()
    DBOS.migrate(durable)


def sqlite_template(folder: Path) -> Path:
    """A SQLite file in this folder, with DBOS's beside it; nothing of them is left in a log."""
    file = folder / "ready.db"
    migrate(f"sqlite:///{file}", f"sqlite:///{_durable(file)}")
    for one in (file, _durable(file)):
        engine = create_engine(f"sqlite:///{one}")
        with engine.connect() as connection:
            connection.execute(text("PRAGMA journal_mode=WAL"))
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
        engine.dispose()
    return file


def sqlite_copy(template: Path, file: Path) -> str:
    """The URL of a copy."""
    shutil.copyfile(template, file)
    shutil.copyfile(_durable(template), _durable(file))
    return f"sqlite:///{file}"


def _durable(file: Path) -> Path:
    """Where `bot.app.durable_url` has DBOS's tables."""
    return file.with_name(f"{file.stem}.dbos.db")


def postgres_template(server: str) -> str:
    """The name of a database to be copied, made now unless another worker has done so."""
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute("SELECT pg_advisory_lock(4711)")  # one worker at a time; ends with the connection
        if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone() is None:
            # Under another name until it is whole: a copy of half of it would be a puzzle.
            making = sql.Identifier(f"{TEMPLATE}_making")
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(making))
            admin.execute(sql.SQL("CREATE DATABASE {}").format(making))
            url = urlsplit(server)._replace(path=f"/{TEMPLATE}_making").geturl()
            migrate(url, with_driver(url).render_as_string(hide_password=False))
            admin.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(making, sql.Identifier(TEMPLATE)))
    return TEMPLATE
