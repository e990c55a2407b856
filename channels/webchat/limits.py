"""How much one network address may send. What one visitor may write is bounded by the desk itself, for all channels."""

import ipaddress
import time
from collections import OrderedDict
from typing import Final

from bot.errors import TooMany

REMEMBERED: Final = 50_000


class AddressLimits:
    """A bucket of ``per_minute`` drops for each address, which empties within a minute. Of IPv6, the network of 64 bits
    counts: one customer of a provider has all of it.

    Kept in memory: each process counts for itself, which only ever lets more through.
    """

    def __init__(self, per_minute: int) -> None:
        self._size = float(per_minute)
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, address: str, drops: float = 1.0) -> None:
        """Count a request. Raises TooMany, and then it does not count."""
        who, now = network_of(address), time.monotonic()
        filled, at = self._buckets.get(who, (0.0, now))
        filled = max(0.0, filled - (now - at) * self._size / 60)
        drops = min(drops, self._size)
        if filled + drops > self._size:
            wait = (filled + drops - self._size) * 60 / self._size
            raise TooMany("too much comes from this network address", "Wait a moment and send it again", wait)
        self._buckets[who] = (filled + drops, now)
        self._buckets.move_to_end(who)
        while len(self._buckets) > REMEMBERED:
            self._buckets.popitem(last=False)


def network_of(address: str) -> str:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if ip.version == 4:
        return address
    return str(ip.ipv4_mapped or ipaddress.ip_network((ip, 64), strict=False))
