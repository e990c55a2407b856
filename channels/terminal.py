"""The terminal chat: `frontdesk chat` reads the stored replies and prints them."""

from bot.ports import Capabilities, ChannelHost, OpenChannel
from channels.passive import PassiveChannel
from channels.written import written_out

NAME = "terminal"
CAPABILITIES = Capabilities(delivery="stream", buttons=20, max_text=100_000, own_callers=True)


preview = written_out


def open_channel(host: ChannelHost) -> OpenChannel:
    return OpenChannel(PassiveChannel(NAME, CAPABILITIES))
