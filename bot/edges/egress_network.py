"""Where a connection is made: the name is resolved here, each address is checked, and that one is called.

The check sits at the connection, not at the URL. So a name that changes its address between check and use
(DNS rebinding) gains nothing, and every spelling of an address (decimal, hexadecimal, octal, short) counts
as what it resolves to.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable

from httpcore import AnyIOBackend, AsyncNetworkBackend, AsyncNetworkStream, ConnectError, ConnectTimeout

from bot.edges.addresses import Allowed
from bot.edges.failing import failed

Resolver = Callable[[str, int], Awaitable[list[str]]]
"""Finds the addresses of a host. Raises OSError when there are none."""

DNS_SECONDS = 5.0
NEXT_ADDRESS_SECONDS = 2.0
"""How long one of several addresses may take to connect before the next is tried."""
MOST_ADDRESSES = 6

SocketOption = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]


async def ask_the_system(host: str, port: int) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class GuardedNetwork(AsyncNetworkBackend):
    """httpcore's network, connecting to checked addresses only. TLS still names the host, not the address.

    The parameters are httpcore's; this desk sets none but the host and the port.
    """

    def __init__(self, allowed: Allowed, resolver: Resolver) -> None:
        self._allowed = allowed
        self._resolve = resolver
        self._network = AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  httpcore's interface
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> AsyncNetworkStream:
        addresses = await self._checked(host, port)
        for address in addresses[:-1]:
            try:
                return await self._network.connect_tcp(address, port, NEXT_ADDRESS_SECONDS)
            except (ConnectError, ConnectTimeout):
                continue
        return await self._network.connect_tcp(addresses[-1], port, timeout)

    async def _checked(self, host: str, port: int) -> list[str]:
        addresses = await self._addresses(host, port)
        for address in addresses:
            if refusal := self._allowed.refusal(host, address, port):
                raise failed("rejected", f"{refusal}. If it may be reached, list it in FRONTDESK_HTTP_ALLOW.")
        return addresses[:MOST_ADDRESSES]

    async def _addresses(self, host: str, port: int) -> list[str]:
        try:
            async with asyncio.timeout(DNS_SECONDS):
                addresses = await self._resolve(host, port)
        except TimeoutError:
            raise failed("unavailable", f"no answer within {DNS_SECONDS:g} s where {host} is") from None
        except (OSError, UnicodeError):
            raise failed("unavailable", f"no address is known for {host}") from None
        if not addresses:
            raise failed("unavailable", f"no address is known for {host}")
        return addresses

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109
        socket_options: Iterable[SocketOption] | None = None,
    ) -> AsyncNetworkStream:
        raise failed("rejected", "only hosts can be called, not sockets of this machine")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
