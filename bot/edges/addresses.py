"""Which addresses the desk may call: the public internet, and the private hosts an operator has listed."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from bot.errors import BadInput

IpAddress = IPv4Address | IPv6Address
IpNetwork = IPv4Network | IPv6Network

PUBLIC_PORTS = frozenset({80, 443, 8080, 8443})
"""Ports that public hosts may be called at; any other needs an entry in FRONTDESK_HTTP_ALLOW."""

# The special-purpose registries of IANA (RFC 6890 and its successors), and Azure's host agent, which has a
# public address. Written out, because Python's own is_global changed between 3.11 releases.
_NOT_PUBLIC_V4 = tuple(
    map(
        ip_network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
            *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24"),
            *("192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
            *("224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32"),
        ),
    )
)
# Of IPv6 only global unicast is public, which leaves out loopback, mapped IPv4, NAT64, local and multicast.
_GLOBAL_UNICAST = IPv6Network("2000::/3")
# Teredo and its neighbours, documentation, and 6to4, whose addresses carry any IPv4 address inside.
_NOT_PUBLIC_V6 = tuple(map(ip_network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))
# What hands out a machine's credentials. A listed *name* must not lead there; only a listed address may.
_METADATA = tuple(
    map(
        ip_network,
        (
            *("169.254.0.0/16", "fe80::/10", "fd00:ec2::/32"),
            *("168.63.129.16/32", "100.100.100.200/32", "192.0.0.192/32"),
        ),
    )
)


def is_public(address: IpAddress) -> bool:
    """Reachable by anyone on the internet, and of no special meaning."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_V4)
    return address in _GLOBAL_UNICAST and not any(address in network for network in _NOT_PUBLIC_V6)


def is_metadata(address: IpAddress) -> bool:
    return any(address.version == network.version and address in network for network in _METADATA)


@dataclass(frozen=True)
class _Entry:
    host: str | None
    network: IpNetwork | None
    port: int

    def covers(self, host: str, address: IpAddress, port: int) -> bool:
        if port != self.port:
            return False
        if self.network is not None:
            return address.version == self.network.version and address in self.network
        return host == self.host and not is_metadata(address)


class Allowed:
    """What an operator has listed: ``crm.internal:8080``, ``10.1.0.0/16:443``, ``[fd00::/8]:443``."""

    def __init__(self, entries: Iterable[str] = ()) -> None:
        """Raises BadInput for an entry that cannot be read."""
        self._entries = tuple(_read(entry) for entry in entries)

    def refusal(self, host: str, address: str, port: int) -> str | None:
        """Why ``address``, found for ``host``, may not be called at ``port``; None when it may."""
        found = ip_address(address.partition("%")[0])
        name = host.lower().rstrip(".")
        if any(entry.covers(name, found, port) for entry in self._entries):
            return None
        if not is_public(found):
            return f"{host} leads to {found}, which is not a public address"
        if port not in PUBLIC_PORTS:
            return f"port {port} of {host} is not one of {', '.join(map(str, sorted(PUBLIC_PORTS)))}"
        return None


def _read(entry: str) -> _Entry:
    host, colon, port = entry.strip().rpartition(":")
    if not (colon and host and port.isascii() and port.isdigit() and 0 < int(port) < 65_536):
        raise BadInput(
            f"FRONTDESK_HTTP_ALLOW: {entry!r} is not host-or-cidr:port",
            "Write for example crm.internal:8080 or 10.1.0.0/16:443.",
        )
    host = host.removeprefix("[").removesuffix("]")
    try:
        return _Entry(None, ip_network(host, strict=False), int(port))
    except ValueError:
        return _named(entry, host, int(port))


def _named(entry: str, host: str, port: int) -> _Entry:
    if "/" in host or "*" in host or ":" in host or "@" in host:
        raise BadInput(
            f"FRONTDESK_HTTP_ALLOW: {host!r} in {entry!r} is neither a host name nor a network",
            "Name each host, or write a network as 10.1.0.0/16.",
        )
    return _Entry(host.lower().rstrip("."), None, port)
