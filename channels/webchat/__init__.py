"""Web chat: a page at ``/`` on which a visitor writes, and a stream on which the replies come.

Contract (ours; no platform dictates it):
``POST /webchat/visitors``            -> ``{token}``, which says who the visitor is; the page keeps it.
``POST /webchat/messages``            ``{text | payload, client_msg_id}`` -> ``{seq, duplicate}``; the same id is the
                                      same message.
``GET /webchat/replies?after=``       what was said to the visitor behind that number.
``GET /webchat/events?after=``        the same as a stream of server-sent events, whose ids are the numbers.
All but the first want ``Authorization: Bearer <token>``.
"""

from bot.ports import Capabilities, ChannelHost, OpenChannel
from channels.passive import PassiveChannel
from channels.webchat.routes import routes
from channels.written import written_out

NAME = "webchat"
CAPABILITIES = Capabilities(delivery="stream", buttons=20, max_text=16_000, burst_pause_seconds=0.3)


preview = written_out


def open_channel(host: ChannelHost) -> OpenChannel:
    return OpenChannel(PassiveChannel(NAME, CAPABILITIES), routes(host, NAME))
