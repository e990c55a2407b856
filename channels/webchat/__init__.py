"""Web chat: an element for any page, a page of its own, and a stream on which the replies come.

Contract (ours; no platform dictates it):
``POST /webchat/visitors``          ``{identity?}`` -> ``{token, expires_in, ...}``, which says who the visitor is; the
                                    page keeps it. With a token, a fresh one for the same visitor.
``POST /webchat/messages``          ``{text | payload | files | form, client_msg_id}`` -> ``{seq, duplicate}``; the same
                                    id is the same message.
``POST /webchat/files?name=``       the content -> ``{url, ...}``, for ``files`` of a message.
``POST /webchat/read``              ``{number}``: the visitor has seen this reply and those before it.
``GET /webchat/replies?after=``     what was said to the visitor behind that number.
``GET /webchat/poll?after=&wait=``  ``{replies, standing}``, waiting for a while where nothing is new.
``GET /webchat/events?after=``      the same as a stream of server-sent events, whose ids are the numbers.
All but the first want ``Authorization: Bearer <token>``; browsers' requests must come from an allowed origin.
"""

from datetime import timedelta

from bot.model.form import FormLimits
from bot.ports import Capabilities, ChannelHost, OpenChannel
from channels.passive import PassiveChannel
from channels.webchat.files import PATH, FileStore
from channels.webchat.keeping import Keeping
from channels.webchat.routes import PREFIX, routes
from channels.written import written_out

NAME = "webchat"
LIMITS = FormLimits(fields=100, choices=500)
CAPABILITIES = Capabilities(
    delivery="stream", buttons=20, max_text=16_000, burst_pause_seconds=0.3, files=True, forms=LIMITS
)
MESSAGE_BYTES = 65_536
"""A message of 16,000 characters of four bytes each fits."""


preview = written_out


def open_channel(host: ChannelHost) -> OpenChannel:
    limits = {
        f"{PREFIX}/messages": MESSAGE_BYTES,
        f"{PREFIX}/visitors": 4_096,
        f"{PREFIX}/read": 1_024,
        f"{PREFIX}/files": host.settings.webchat_file_bytes,
    }
    settings = host.settings
    files = FileStore(settings.data_dir / "webchat", host.secret, settings.webchat_file_bytes)
    keeping = Keeping(files, host.clock, timedelta(days=settings.webchat_file_days))
    jobs = (keeping.run,) if settings.webchat_file_days else ()
    return OpenChannel(
        PassiveChannel(NAME, CAPABILITIES), routes(host, NAME, files), jobs, body_limits=limits, files={PATH: files}
    )
