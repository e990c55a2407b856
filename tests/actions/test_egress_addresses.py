"""Where HTTP actions may go: public hosts, and the private ones an operator has listed."""

import socket
from collections.abc import AsyncIterator
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.edges.addresses import Allowed, IpAddress, is_public
from bot.edges.egress import GuardedEgress
from bot.errors import ActionFailed, BadInput
from bot.testing.loopback import Asked, LoopbackServer, answer

NOT_PUBLIC = "is not a public address"
# Every way we know to write an address that is this machine, this network, or a cloud's credentials.
SPELLINGS = {
    "http://127.0.0.1": NOT_PUBLIC,
    "http://127.0.0.2": NOT_PUBLIC,
    "http://localhost": NOT_PUBLIC,
    "http://LOCALHOST": NOT_PUBLIC,
    "http://127.1": NOT_PUBLIC,
    "http://127.0.1": NOT_PUBLIC,
    "http://0": NOT_PUBLIC,
    "http://0.0.0.0": NOT_PUBLIC,
    "http://2130706433": NOT_PUBLIC,
    "http://0x7f000001": NOT_PUBLIC,
    "http://0x7f.0x0.0x0.0x1": NOT_PUBLIC,
    "http://0x7f.1": NOT_PUBLIC,
    "http://0177.0.0.1": "no URL",
    "http://017700000001": NOT_PUBLIC,
    "http://[::1]": NOT_PUBLIC,
    "http://[0:0:0:0:0:0:0:1]": NOT_PUBLIC,
    "http://[::]": NOT_PUBLIC,
    "http://[::ffff:127.0.0.1]": NOT_PUBLIC,
    "http://[::ffff:7f00:1]": NOT_PUBLIC,
    "http://[::127.0.0.1]": NOT_PUBLIC,
    "http://[64:ff9b::7f00:1]": NOT_PUBLIC,
    "http://[64:ff9b:1::7f00:1]": NOT_PUBLIC,
    "http://[2002:7f00:1::]": NOT_PUBLIC,
    "http://[2001:0:7f00:1::]": NOT_PUBLIC,
    "http://[fe80::1]": NOT_PUBLIC,
    "http://[fc00::1]": NOT_PUBLIC,
    "http://[ff02::1]": NOT_PUBLIC,
    "http://[fd00:ec2::254]": NOT_PUBLIC,
    "http://169.254.169.254": NOT_PUBLIC,
    "http://169.254.170.2": NOT_PUBLIC,
    "http://0xa9fea9fe": NOT_PUBLIC,
    "http://168.63.129.16": NOT_PUBLIC,
    "http://100.100.100.200": NOT_PUBLIC,
    "http://192.0.0.192": NOT_PUBLIC,
    "http://10.0.0.1": NOT_PUBLIC,
    "http://172.31.255.255": NOT_PUBLIC,
    "http://192.168.1.1": NOT_PUBLIC,
    "http://100.64.0.1": NOT_PUBLIC,
    "http://198.18.0.1": NOT_PUBLIC,
    "http://224.0.0.1": NOT_PUBLIC,
    "http://255.255.255.255": NOT_PUBLIC,
    "http://user@127.0.0.1": "must not hold a user or password",
    "http://user:word@localhost": "must not hold a user or password",
    "http://example.com@127.0.0.1": "must not hold a user or password",
    "http://example.com%40127.0.0.1": "no URL|no address is known",
    "http://ⓛocalhost": f"{NOT_PUBLIC}|no URL|no address is known",
    "http://①②⑦.⓪.⓪.①": f"{NOT_PUBLIC}|no URL|no address is known",
    "//127.0.0.1": "no scheme is not allowed",
    "127.0.0.1": "not allowed|no URL",
    "http:/127.0.0.1": "names no host",
    "file:///etc/passwd": "file is not allowed",
    "gopher://127.0.0.1": "gopher is not allowed",
    "ftp://127.0.0.1": "ftp is not allowed",
    "data:text/plain,hello": "data is not allowed",
    "http://": "names no host",
    "http://a b": "no address is known",
    "http://127.0.0.1\r\nHost: x": "no URL",
}


async def as_libc_reads_it(host: str, port: int) -> list[str]:
    """The system's resolver where tests may ask it; libc's own reading of odd IPv4 spellings everywhere."""
    try:
        return [socket.inet_ntoa(socket.inet_aton(host))]
    except OSError:
        return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


async def welcome(asked: Asked) -> AsyncIterator[bytes]:
    yield answer(200, {"path": asked.path})


@pytest.mark.parametrize(("url", "why"), SPELLINGS.items())
async def test_no_spelling_of_a_private_address_gets_through(url: str, why: str) -> None:
    async with LoopbackServer(welcome) as server:
        egress = GuardedEgress(resolver=as_libc_reads_it)
        target = f"{url}:{server.port}/" if url.startswith("http://") and why == NOT_PUBLIC else url
        with pytest.raises(ActionFailed, match=why) as refused:
            await egress.request("GET", target)
        await egress.close()
    assert refused.value.failure.kind in ("rejected", "unavailable")
    assert not refused.value.failure.uncertain
    assert server.asked == []


@pytest.mark.parametrize(
    ("entry", "host", "address", "port", "reachable"),
    [
        ("crm.internal:8000", "crm.internal", "10.0.0.7", 8000, True),
        ("crm.internal:8000", "CRM.internal.", "10.0.0.7", 8000, True),
        ("crm.internal:8000", "crm.internal", "10.0.0.7", 8001, False),
        ("crm.internal:8000", "other.internal", "10.0.0.7", 8000, False),
        ("crm.internal:80", "crm.internal", "169.254.169.254", 80, False),
        ("169.254.169.254:80", "metadata", "169.254.169.254", 80, True),
        ("10.1.0.0/16:443", "any.internal", "10.1.2.3", 443, True),
        ("10.1.0.0/16:443", "any.internal", "10.2.2.3", 443, False),
        ("[fd00::/8]:443", "any.internal", "fd12::1", 443, True),
        ("fd00::/8:443", "any.internal", "fd12::1", 443, True),
        ("127.0.0.1:9000", "localhost", "::1", 9000, False),
        ("api.example.com:9443", "api.example.com", "93.184.215.14", 9443, True),
        ("x.internal:1", "api.example.com", "93.184.215.14", 443, True),
        ("x.internal:1", "api.example.com", "93.184.215.14", 22, False),
        ("x.internal:1", "api.example.com", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", 443, True),
    ],
)
def test_the_list_of_private_hosts_opens_exactly_what_it_names(
    entry: str, host: str, address: str, port: int, reachable: bool
) -> None:
    assert (Allowed([entry]).refusal(host, address, port) is None) is reachable


@pytest.mark.parametrize(
    "entry",
    ["crm.internal", "crm.internal:", ":80", "crm:http", "crm:0", "crm:70000", "*:80", "10.0.0.0/40:80"],
)
def test_an_entry_that_cannot_be_read_is_refused_with_an_example(entry: str) -> None:
    with pytest.raises(BadInput, match=r"FRONTDESK_HTTP_ALLOW.*Write for example|FRONTDESK_HTTP_ALLOW.*Name each host"):
        Allowed([entry])


@given(st.ip_addresses())
def test_nothing_that_python_calls_special_counts_as_public(address: IpAddress) -> None:
    """Python's own lists are the second opinion: what counts as public here is global there."""
    if is_public(address):
        assert address.is_global
        assert not address.is_multicast


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_inside_an_ipv6_one_never_makes_it_public(address: IpAddress) -> None:
    number = int(address)
    wrapped = [
        f"::ffff:{address}",
        f"::{address}",
        f"64:ff9b::{address}",
        str(ip_address((0x2002 << 112) | (number << 80))),
    ]
    assert not any(is_public(ip_address(text)) for text in wrapped)


async def test_a_name_with_one_private_address_among_public_ones_is_refused() -> None:
    async def mixed(host: str, port: int) -> list[str]:
        return ["93.184.215.14", "127.0.0.1"]

    egress = GuardedEgress(resolver=mixed)
    with pytest.raises(ActionFailed, match=NOT_PUBLIC):
        await egress.request("GET", "http://example.com/")
    await egress.close()


async def test_a_name_that_changes_its_address_after_the_check_gains_nothing() -> None:
    """DNS rebinding: the first answer is allowed, every later one is this machine's metadata address."""
    answers = iter([["127.0.0.1"], ["169.254.169.254"], ["169.254.169.254"]])
    asked: list[str] = []

    async def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return next(answers)

    async with LoopbackServer(welcome) as server:
        egress = GuardedEgress([f"rebind.example:{server.port}"], resolver=rebinding)
        url = f"http://rebind.example:{server.port}/"
        first = await egress.request("GET", url)
        assert len(asked) == 1, "the address that was checked is the one that was called: no second look-up"
        with pytest.raises(ActionFailed, match=NOT_PUBLIC):
            await egress.request("GET", url)
        await egress.close()
    assert first.status == 200
    assert [request.headers["host"] for request in server.asked] == [f"rebind.example:{server.port}"]


async def test_an_unknown_name_and_a_dead_resolver_are_outages() -> None:
    async def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    async def nothing(host: str, port: int) -> list[str]:
        return []

    for resolver in (unknown, nothing):
        egress = GuardedEgress(resolver=resolver)
        with pytest.raises(ActionFailed) as failure:
            await egress.request("GET", "http://nowhere.example/")
        assert failure.value.failure.kind == "unavailable"
        await egress.close()
