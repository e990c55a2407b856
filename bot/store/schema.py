"""Bringing a database to the newest schema, and saying whether it is there."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import NotReady
from bot.failpoints import reach
from bot.store.database import not_ready

LOCK = 7_301_882
"""The Postgres advisory lock under which one process at a time migrates."""


def config_for(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def upgrade(engine: Engine) -> None:
    """Apply what is missing, all in one transaction: a crash leaves the schema as it was."""
    with engine.execution_options(begin="IMMEDIATE").begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        reach("migration.before")
        command.upgrade(config_for(connection), "head")
        reach("migration.after")


def is_current(connection: Connection) -> bool:
    head = ScriptDirectory.from_config(config_for(connection)).get_current_head()
    return MigrationContext.configure(connection).get_current_revision() == head


def require_current(engine: Engine) -> None:
    """Raises NotReady, saying what to type, when the database is not at the newest schema."""
    try:
        with engine.connect() as connection:
            current = is_current(connection)
    except SQLAlchemyError as error:
        raise not_ready(error) from error
    if not current:
        raise NotReady("the database does not have the newest schema", "Run `frontdesk db upgrade` first")
