"""Files behind an address: of the web, or of a link that one of the desk's own channels has made."""

from collections.abc import Iterable, Mapping

from bot.errors import ActionFailed
from bot.model.action import Failure
from bot.ports import Fetch, Fetched, OpenChannel


class DeskFiles:
    """Implements `bot.ports.Fetch`. What one channel was sent another can so bring to a contact, without the
    desk having to reach itself over the network."""

    def __init__(self, web: Fetch) -> None:
        self._web = web
        self._own: dict[str, Fetch] = {}

    def know(self, channels: Iterable[OpenChannel]) -> None:
        """The channels' own links, from now on."""
        for channel in channels:
            self._own.update(channel.files)

    async def fetch(self, url: str, most_bytes: int, timeout_seconds: float = 15.0) -> Fetched:
        """See `bot.ports.Fetch`."""
        if not url.startswith("/"):
            return await self._web.fetch(url, most_bytes, timeout_seconds)
        return await _behind(self._own, url).fetch(url, most_bytes, timeout_seconds)


def _behind(own: Mapping[str, Fetch], url: str) -> Fetch:
    for start, fetch in own.items():
        if url.startswith(start):
            return fetch
    raise ActionFailed(Failure(kind="not_found", message="no channel has made this link"))
