"""Slack: direct messages, mentions, threads, `/desk`, shortcuts, buttons; over HTTP or Socket Mode. See docs/slack.md.

Where a conversation takes place (`bot.model.message.Address`): ``account`` is the workspace, ``sender`` the person,
``thread`` is ``<channel>:<ts of the thread's first message>``, and empty for the direct messages outside any thread.
So each person in a thread has a conversation of their own, and each thread of a person is one.
"""

from bot.ports import Capabilities, ChannelHost, OpenChannel
from channels.slack.forms import LIMITS
from channels.slack.preview import preview as preview

NAME = "slack"
CAPABILITIES = Capabilities(
    delivery="push", buttons=25, max_text=4_000, burst_pause_seconds=0.3, edits=True, files=True, forms=LIMITS
)


def open_channel(host: ChannelHost) -> OpenChannel | None:
    """Off without a bot token. Raises ValueError when settings contradict each other."""
    if not host.settings.slack_bot_token.get_secret_value():
        return None
    # Slack's SDK and its HTTP client take a third of a second and 20 MB: only a desk that is on Slack pays.
    from channels.slack.opening import opened  # noqa: PLC0415

    return opened(host, NAME, CAPABILITIES)
