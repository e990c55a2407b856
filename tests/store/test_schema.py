"""The schema: from the first table by migrations alone, the same as the tables say, applied once and repeatably."""

import pytest
from alembic import command
from sqlalchemy import inspect

from bot.errors import BadInput, NotReady
from bot.store import schema
from bot.store.database import Database
from bot.store.urls import with_driver


def test_the_migrations_make_exactly_the_tables_that_the_code_declares(new_database_url: str) -> None:
    database = Database(new_database_url)
    schema.upgrade(database.engine)
    with database.engine.begin() as connection:
        command.check(schema.config_for(connection))
    database.close()


def test_upgrading_twice_changes_nothing(new_database_url: str) -> None:
    database = Database(new_database_url)
    schema.upgrade(database.engine)
    once = {table: inspect(database.engine).get_columns(table) for table in inspect(database.engine).get_table_names()}
    schema.upgrade(database.engine)
    schema.require_current(database.engine)
    twice = {table: inspect(database.engine).get_columns(table) for table in inspect(database.engine).get_table_names()}
    database.close()
    assert once.keys() == twice.keys()
    assert str(once) == str(twice)


def test_all_migrations_can_be_taken_back(new_database_url: str) -> None:
    database = Database(new_database_url)
    schema.upgrade(database.engine)
    with database.engine.begin() as connection:
        command.downgrade(schema.config_for(connection), "base")
    assert set(inspect(database.engine).get_table_names()) <= {"alembic_version"}
    database.close()


def test_an_empty_database_is_not_current_and_the_error_says_what_to_type(new_database_url: str) -> None:
    database = Database(new_database_url)
    with pytest.raises(NotReady, match="frontdesk db upgrade"):
        schema.require_current(database.engine)
    database.close()


@pytest.mark.parametrize(
    ("plain", "driver"), [("sqlite:///desk.db", "sqlite"), ("postgresql://a:b@c/d", "postgresql+psycopg")]
)
def test_plain_urls_get_their_driver_inside(plain: str, driver: str) -> None:
    assert with_driver(plain).drivername == driver


def test_another_database_is_refused_with_what_to_write() -> None:
    with pytest.raises(BadInput, match="postgresql://"):
        with_driver("mysql://a/b")
