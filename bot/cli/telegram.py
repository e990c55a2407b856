"""``frontdesk telegram``: what the bot's platform has to be told once.

Source: core.telegram.org/bots/api#setwebhook and #setmycommands.
"""

import asyncio
import os
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from urllib.parse import urlsplit

os.environ.setdefault("PTB_TIMEDELTA", "true")

import typer
from telegram import Bot, BotCommand
from telegram.error import TelegramError
from telegram.request import HTTPXRequest

from bot.edges.desk_loader import load_core, load_desk
from bot.model.flow import Flow
from bot.settings import Settings

PATH: Final = "/telegram/webhook"
KINDS: Final = ("message", "edited_message", "callback_query")
PORTS: Final = (None, 443, 80, 88, 8443)
MAX_COMMANDS: Final = 100
_COMMAND: Final = re.compile(r"[a-z0-9_]{1,32}")


def set_webhook(settings: Settings, url: str) -> int:
    """Tell Telegram to call the desk at this address, with the secret, and put the flows into the menu. Returns the
    exit code."""
    secret = settings.telegram_webhook_secret.get_secret_value()
    if settings.telegram_mode == "polling":
        return _refuse("FRONTDESK_TELEGRAM_MODE is polling. Set it to webhook, or leave it out.")
    if (problem := _problem(url)) is not None:
        return _refuse(problem)
    address = url.rstrip("/").removesuffix(PATH) + PATH

    async def work(bot: Bot) -> None:
        await bot.set_webhook(address, secret_token=secret, allowed_updates=KINDS)
        await _put_commands(bot, settings)
        typer.echo(f"Telegram calls {address} from now on. Write to @{(await bot.get_me()).username}.")

    return _run(settings, work)


def delete_webhook(settings: Settings) -> int:
    """Telegram keeps updates until it is asked for them. Returns the exit code."""

    async def work(bot: Bot) -> None:
        await bot.delete_webhook()
        typer.echo("Telegram calls nobody any more. With FRONTDESK_TELEGRAM_MODE=polling the desk asks by itself.")

    return _run(settings, work)


def set_commands(settings: Settings) -> int:
    """Put the flows into the bot's menu. Returns the exit code."""

    async def work(bot: Bot) -> None:
        typer.echo(f"The menu has {await _put_commands(bot, settings)} commands.")

    return _run(settings, work)


def commands_of(flows: Mapping[str, Flow]) -> list[tuple[str, str]]:
    """A command for each flow that everybody can begin by its intent, and what it says about itself. Flows whose intent
    is no word that Telegram takes (a-z, 0-9 and _, at most 32) have none."""
    found: dict[str, str] = {}
    for flow in flows.values():
        intents = [one.intent for one in flow.triggers if one.intent and _COMMAND.fullmatch(one.intent)]
        if intents and flow.rollout == "full":
            found.setdefault(intents[0], (flow.name or flow.description)[:256])
    return list(found.items())[:MAX_COMMANDS]


async def _put_commands(bot: Bot, settings: Settings) -> int:
    core = load_core()
    flows = load_desk(settings.flows_dir, core).desk.flows
    commands = commands_of({name: flow for name, flow in flows.items() if name not in core.flows})
    await bot.set_my_commands([BotCommand(name, words) for name, words in commands])
    return len(commands)


def _problem(url: str) -> str | None:
    """Why Telegram will not call this address; None when it will. Loopback is for a Bot API server of one's own."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return f"{url!r} is no address. Write it as https://desk.example.com."
    if host in ("127.0.0.1", "localhost"):
        return None
    if parts.scheme != "https" or not host:
        return f"Telegram calls https addresses only, not {url!r}. Put a certificate in front of the desk."
    if port not in PORTS:
        return f"Telegram calls the ports 443, 80, 88 and 8443 only, not {port}."
    return None


def _refuse(why: str) -> int:
    typer.echo(f"error: {why}", err=True)
    return 2


def _run(settings: Settings, work: Callable[[Bot], Awaitable[None]]) -> int:
    token = settings.telegram_token.get_secret_value()
    if not token:
        return _refuse("there is no FRONTDESK_TELEGRAM_TOKEN. @BotFather gives one.")
    return asyncio.run(_with_bot(token, settings.telegram_api_url.rstrip("/"), work))


async def _with_bot(token: str, url: str, work: Callable[[Bot], Awaitable[None]]) -> int:
    request = HTTPXRequest(httpx_kwargs={"trust_env": False})
    bot = Bot(token, f"{url}/bot", f"{url}/file/bot", request=request, get_updates_request=request)
    try:
        await work(bot)
    except TelegramError as error:
        return _refuse(f"Telegram says: {error.message}")
    finally:
        await request.shutdown()
    return 0
