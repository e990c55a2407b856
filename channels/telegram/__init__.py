"""Telegram, by python-telegram-bot: ``POST /telegram/webhook`` takes updates, or the desk polls for them.

An update is stored before it is answered with 200, or before the offset moves on: what Telegram repeats is known by its
chat and message numbers, never by comparing update ids, which begin anew after a quiet week.

Private chats and groups: in a group the bot hears what mentions it, answers it or is a command; each member is a
contact of its own, and each topic a place of its own. Edits are noted. Buttons work once, for the contact that they
were shown to.
Source of the contract: core.telegram.org/bots/api and /bots/webhooks.
"""

from bot.ports import Capabilities, ChannelHost, OpenChannel
from channels.telegram.preview import preview as preview

NAME = "telegram"
CAPABILITIES = Capabilities(
    delivery="push", buttons=100, max_text=100_000, burst_pause_seconds=0.3, edits=True, files=True
)


def open_channel(host: ChannelHost) -> OpenChannel | None:
    if not host.settings.telegram_token.get_secret_value():
        return None
    # The SDK costs half a second and twenty megabytes, so only a desk that is on Telegram loads it.
    from channels.telegram.adapter import open_telegram  # noqa: PLC0415

    return open_telegram(host, NAME, CAPABILITIES)
