"""``frontdesk telegram``: what Telegram has to be told once."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.settings import ROOT
from bot.testing.fake_telegram import FakeTelegram
from tests.api.desks import FLOWS
from tests.houses import write_flows

SECRET = "secret-of-the-webhook"


async def frontdesk(telegram: FakeTelegram, folder: Path, *words: str, **settings: str) -> tuple[int, str]:
    """The command's exit code and all that it said."""
    named = {
        "FRONTDESK_TELEGRAM_TOKEN": telegram.token,
        "FRONTDESK_TELEGRAM_API_URL": telegram.url,
        "FRONTDESK_TELEGRAM_WEBHOOK_SECRET": SECRET,
        "FRONTDESK_FLOWS_DIR": str(write_flows(folder / "flows", FLOWS)),
    }
    ended = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "bot.cli", "telegram", *words],
        cwd=ROOT,
        env=os.environ | named | settings,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return ended.returncode, ended.stdout + ended.stderr


async def test_set_webhook_tells_the_address_the_secret_and_the_commands(tmp_path: Path) -> None:
    async with FakeTelegram() as telegram:
        code, said = await frontdesk(telegram, tmp_path, "set-webhook", "https://desk.example.com/")
        assert (code, "@desk_bot" in said) == (0, True), said
        assert telegram.webhook is not None
        assert telegram.webhook["url"] == "https://desk.example.com/telegram/webhook"
        assert telegram.webhook["secret_token"] == SECRET
        assert telegram.webhook["allowed_updates"] == ["message", "edited_message", "callback_query"]
        (call,) = [call for call in telegram.calls if call["method"] == "setMyCommands"]
        commands = {one["command"]: one["description"] for one in call["params"]["commands"]}
        assert commands["hours"] == "Opening hours"
        assert "digest" not in commands, "nobody begins it by writing"
        assert not any(name.startswith("pattern_") for name in commands)
        assert SECRET not in said
        assert telegram.token not in said

        code, _ = await frontdesk(telegram, tmp_path, "delete-webhook")
        assert (code, telegram.webhook) == (0, None)


@pytest.mark.parametrize(
    ("address", "told"),
    [("http://desk.example.com", "https addresses only"), ("https://desk.example.com:8000", "443, 80, 88 and 8443")],
)
async def test_an_address_that_telegram_never_calls_is_refused_before_it_is_told(
    tmp_path: Path, address: str, told: str
) -> None:
    async with FakeTelegram() as telegram:
        code, said = await frontdesk(telegram, tmp_path, "set-webhook", address)
        assert (code, told in said, telegram.webhook) == (2, True, None), said


async def test_what_telegram_answers_is_told_without_the_token(tmp_path: Path) -> None:
    async with FakeTelegram() as telegram:
        given = {"FRONTDESK_TELEGRAM_TOKEN": "4242:wrong"}
        code, said = await frontdesk(telegram, tmp_path, "set-commands", **given)
        assert (code, "Telegram says: Unauthorized" in said) == (2, True), said
        assert "4242:wrong" not in said
        code, said = await frontdesk(telegram, tmp_path, "set-commands", FRONTDESK_TELEGRAM_TOKEN="")
        assert (code, "@BotFather" in said) == (2, True), said
