"""No network but loopback: what a test sends elsewhere is refused before a packet leaves.

An audit hook sees every connection made through Python's own sockets, whoever makes it. Child processes and
C libraries (libpq, uvloop) are not covered; their tests give them loopback addresses.
"""

from __future__ import annotations

import ipaddress
import socket
import sys
from typing import Any

_SENDING = {"socket.connect", "socket.sendto", "socket.sendmsg"}
_INTERNET = {socket.AF_INET, socket.AF_INET6}


class OutsideRefused(RuntimeError):
    """A test tried to reach another machine. Not an OSError: no retry may take it for an outage."""


def allow_only_loopback() -> None:
    """Refuse every other address for the rest of this process.

    Connections and datagrams raise OutsideRefused; names raise the socket.gaierror of a machine without DNS.
    """
    sys.addaudithook(_check)


def _check(event: str, args: tuple[Any, ...]) -> None:
    if event in _SENDING:
        sock, address = args
        if address is not None and sock.family in _INTERNET and not _is_local(address[0]):
            raise OutsideRefused(
                f"tests reach loopback only, not {address!r}. Start a server on 127.0.0.1 for the test."
            )
    elif event == "socket.getaddrinfo" and not _is_local(args[0], literal_is_fine=True):
        raise socket.gaierror(socket.EAI_NONAME, f"tests look up no names but localhost, not {args[0]!r}")


def _is_local(host: str | bytes | None, *, literal_is_fine: bool = False) -> bool:
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if name in {None, "", "localhost", socket.gethostname()}:
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    return literal_is_fine or address.is_loopback
