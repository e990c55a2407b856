"""``frontdesk token``: a token is shown once, only its hash is kept, and it can be made useless."""

import sqlite3
from pathlib import Path

import pytest

from bot.cli import tokens as token_commands
from bot.rules.access import ROLES
from bot.settings import Settings
from bot.store import schema, tokens
from bot.store.database import Database


def settings_of(folder: Path, url: str = "") -> Settings:
    return Settings(_env_file=None, data_dir=folder, database_url=url)


def ready(url: str) -> None:
    database = Database(url)
    schema.upgrade(database.engine)
    database.close()


async def test_a_made_token_is_found_by_itself_and_by_nothing_else(tmp_path: Path, database_url: str) -> None:
    ready(database_url)
    settings = settings_of(tmp_path, database_url)
    assert token_commands.create(settings, "lead", "Anna") == 0
    database = Database(database_url)
    assert await database.read(lambda c: tokens.find(c, "fd_live_guess")) is None
    assert [(name, role, valid) for _, name, role, valid in await database.read(tokens.listed)] == [
        ("Anna", "lead", True)
    ]
    database.close()


def test_it_is_printed_once_and_kept_nowhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert token_commands.create(settings_of(tmp_path), "owner", "Anna") == 0
    token = capsys.readouterr().out.strip()
    assert token.startswith("fd_live_")
    assert len(token) >= 8 + 43, "256 random bits"
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert token.encode() not in kept
    assert tokens.hash_of(token).encode() in kept
    token_commands.show(settings_of(tmp_path))
    assert token not in capsys.readouterr().out


def test_two_tokens_are_never_the_same() -> None:
    assert len({token_commands.make_token() for _ in range(1_000)}) == 1_000


@pytest.mark.parametrize(
    ("role", "name"), [("king", "Anna"), ("", "Anna"), ("agent", ""), ("agent", "a\nb"), ("agent", "x" * 129)]
)
def test_a_role_or_name_that_does_not_exist_makes_no_token(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], role: str, name: str
) -> None:
    assert token_commands.create(settings_of(tmp_path), role, name) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err
    with sqlite3.connect(tmp_path / "desk.db") as found:
        assert found.execute("SELECT count(*) FROM token").fetchone() == (0,)
    found.close()


def test_a_wrong_role_is_told_the_right_ones(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    token_commands.create(settings_of(tmp_path), "king", "Anna")
    said = capsys.readouterr().err
    assert all(role in said for role in ROLES)


def test_a_revoked_token_is_listed_as_revoked_and_is_revoked_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = settings_of(tmp_path)
    token_commands.create(settings, "agent", "Anna")
    capsys.readouterr()
    token_commands.show(settings)
    id_ = capsys.readouterr().out.split()[0]
    assert token_commands.revoke(settings, id_) == 0
    assert token_commands.revoke(settings, id_) == 1
    capsys.readouterr()
    token_commands.show(settings)
    assert "revoked" in capsys.readouterr().out


@pytest.mark.postgres
def test_on_a_database_without_its_schema_it_says_what_to_type(
    tmp_path: Path, new_postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert token_commands.create(settings_of(tmp_path, new_postgres_url), "owner", "Anna") == 2
    assert "frontdesk db upgrade" in capsys.readouterr().err
