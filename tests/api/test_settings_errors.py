"""A setting that cannot be used is told in one line: where it is set, what is wrong, what to do; never its value."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.settings import Settings

WRONG = {
    "FRONTDESK_PORT": ("eighty", "FRONTDESK_PORT in the environment: it is no whole number. Write one, as in 8000."),
    "FRONTDESK_MODEL_AT_ONCE": ("0", "input should be greater than or equal to 1."),
    "FRONTDESK_RELOAD": ("perhaps", "it is neither true nor false. Write one of them."),
    "FRONTDESK_TELEGRAM_MODE": ("pigeon", "input should be 'webhook' or 'polling'."),
    "FRONTDESK_DATABASE_URL": ("mysql://x", "write it as sqlite:///desk.db or postgresql://user:password@host/name"),
    "FRONTDESK_WEBCHAT_IDENTITY_SECRET": ("hunter-2-is-short", "it needs at least 32 characters. Make one"),
    "FRONTDESK_MODEL_KEYS": ("{no json", "FRONTDESK_MODEL_KEYS in the environment: it is not JSON."),
    "FRONTDESK_TELEGRAM_TOKEN": ("1:hunter-2", "FRONTDESK_TELEGRAM_WEBHOOK_SECRET has to be 1 to 256 of"),
}


def told(**environment: str) -> list[str]:
    result = CliRunner().invoke(app, ["slack", "manifest"], env=environment)
    assert result.exit_code == 0, "what reads no settings minds none"
    result = CliRunner().invoke(app, ["preview", "hours"], env=environment)
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    return result.output.splitlines()


@pytest.mark.parametrize("name", WRONG)
def test_it_is_one_line(name: str) -> None:
    value, words = WRONG[name]
    (line,) = told(**{name: value})
    assert line.startswith("error: FRONTDESK_")
    assert words in line
    assert "hunter-2" not in line


def test_each_wrong_setting_has_a_line_of_its_own() -> None:
    together = {name: WRONG[name][0] for name in ("FRONTDESK_PORT", "FRONTDESK_RELOAD")}
    lines = told(**together)
    assert [line.split()[1] for line in lines] == ["FRONTDESK_PORT", "FRONTDESK_RELOAD"]
    assert all(
        str(Settings.model_fields[name].description) in line
        for name, line in zip(("port", "reload"), lines, strict=True)
    )


def test_what_stands_in_a_file_is_named_by_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("# the desk\nFRONTDESK_HOST=0.0.0.0\nexport frontdesk_port=eighty\n")
    monkeypatch.chdir(tmp_path)
    assert told()[0].startswith("error: FRONTDESK_PORT in .env:3: it is no whole number.")
    assert told(FRONTDESK_PORT="ninety")[0].startswith("error: FRONTDESK_PORT in the environment: ")


def test_a_password_in_an_address_is_not_shown() -> None:
    addresses = {
        "FRONTDESK_DATABASE_URL": "postgresql://me:hunter-2@db.example/desk?password=hunter-2&sslmode=require",
        "ANTHROPIC_BASE_URL": "https://me:hunter-2@proxy.example/claude",
        "FRONTDESK_MODEL_KEYS": '{"a": {"provider": "openai", "api_key": "hunter-2", "base_url": "http://x:hunter-2@gpu/v1"}}',
    }
    shown = CliRunner().invoke(app, ["config"], env=addresses).output
    assert "hunter-2" not in shown
    assert "postgresql://•••@db.example/desk?password=•••&sslmode=require" in shown
    assert "https://•••@proxy.example/claude" in shown
