"""What comes back through the egress: bounded in size, time, redirects and depth (fault F10)."""

import asyncio
import gzip
import json
import shutil
import ssl
import subprocess
import time
import tracemalloc
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.edges.egress import GuardedEgress
from bot.errors import ActionFailed
from bot.model.flow import FailureKind
from bot.ports import Fetched, HttpAnswer
from bot.testing.loopback import Asked, Handler, LoopbackServer, answer, head

JSON = {"content-type": "application/json"}


async def fetch(
    handler: Handler, method: str = "GET", path: str = "/", seconds: float = 5.0, **more: object
) -> HttpAnswer:
    async with LoopbackServer(handler) as server:
        egress = GuardedEgress([f"127.0.0.1:{server.port}"])
        try:
            return await egress.request(method, server.url + path, timeout_seconds=seconds, **more)  # type: ignore[arg-type]
        finally:
            await egress.close()


async def failure_of(handler: Handler, **more: object) -> tuple[FailureKind, str, bool]:
    with pytest.raises(ActionFailed) as error:
        await fetch(handler, **more)  # type: ignore[arg-type]
    return error.value.failure.kind, error.value.failure.message, error.value.failure.uncertain


def saying(*pieces: bytes) -> Handler:
    async def handler(_: Asked) -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    return handler


async def test_what_is_sent_arrives_with_the_key_and_what_comes_back_is_json() -> None:
    async def echo(asked: Asked) -> AsyncIterator[bytes]:
        seen = {"method": asked.method, "query": asked.query, "headers": asked.headers, "body": asked.json()}
        yield answer(201, seen, {"X-Thing": "1"})

    got = await fetch(
        echo,
        "POST",
        "/things?a=1",
        query={"b": "two words", "c": None},
        json={"n": 1},
        key="k-1",
        headers={"X-Auth": "s"},
    )
    assert got.status == 201
    assert got.headers["x-thing"] == "1"
    assert got.json_["method"] == "POST"
    assert got.json_["query"] == {"a": "1", "b": "two words"}
    assert got.json_["body"] == {"n": 1}
    assert got.json_["headers"]["idempotency-key"] == "k-1"
    assert got.json_["headers"]["x-auth"] == "s"
    assert "cookie" not in got.json_["headers"]


@pytest.mark.parametrize("status", [204, 400, 404, 429, 500, 503])
async def test_every_status_is_an_answer_not_a_failure(status: int) -> None:
    got = await fetch(saying(answer(status, b"")))
    assert (got.status, got.json_, got.text) == (status, None, "")


async def test_text_is_text_also_when_it_claims_to_be_json() -> None:
    assert (await fetch(saying(answer(200, b"{not json", JSON)))).text == "{not json"
    assert (await fetch(saying(answer(200, "grüße")))).text == "grüße"
    latin = answer(200, "grüße".encode("latin-1"), {"content-type": "text/plain; charset=iso-8859-1"})
    assert (await fetch(saying(latin))).text == "grüße"
    assert (await fetch(saying(answer(200, b"a\x00b\xff")))).text == "a\ufffdb\ufffd"


async def test_json_that_no_store_could_hold_is_made_harmless() -> None:
    got = await fetch(saying(answer(200, b'{"nul": "a\\u0000b", "big": 1e999}', JSON)))
    assert got.json_ == {"nul": "a\ufffdb", "big": None}


async def test_an_answer_of_ten_gigabytes_is_cut_off_at_the_first_megabyte() -> None:
    sent = 0

    async def endless(_: Asked) -> AsyncIterator[bytes]:
        nonlocal sent
        yield head(200, {"content-type": "text/plain"})
        for _number in range(10_000):
            sent += 1_000_000
            yield b"x" * 1_000_000

    kind, message, _ = await failure_of(endless)
    assert (kind, message) == ("rejected", "the answer is larger than 1000000 bytes")
    assert sent < 20_000_000, "the connection was closed, not drained"


async def test_an_answer_that_announces_ten_gigabytes_is_not_even_begun() -> None:
    kind, _, _ = await failure_of(saying(head(200, {"content-length": str(10**10)}), b"x"))
    assert kind == "rejected"


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(bytes(200_000_000), 9)),
        ("gzip", gzip.compress(bytes(600_000)) * 3),
        ("deflate", zlib.compress(bytes(200_000_000), 9)),
    ],
    ids=["gzip", "gzip in members", "deflate"],
)
async def test_a_compressed_bomb_stops_at_the_limit_without_eating_memory(encoding: str, body: bytes) -> None:
    handler = saying(answer(200, body, {"content-encoding": encoding}))
    tracemalloc.start()
    try:
        kind, message, _ = await failure_of(handler)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (kind, message) == ("rejected", "the answer is larger than 1000000 bytes")
    assert peak < 20_000_000


async def test_honest_compression_is_undone() -> None:
    raw = json.dumps({"ok": True}).encode()
    bare = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    for encoding, body in [
        ("gzip", gzip.compress(raw)),
        ("deflate", zlib.compress(raw)),
        ("deflate", bare.compress(raw) + bare.flush()),
    ]:
        got = await fetch(saying(answer(200, body, {**JSON, "content-encoding": encoding})))
        assert got.json_ == {"ok": True}


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "nonsense"])
async def test_an_encoding_that_was_not_asked_for_is_refused(encoding: str) -> None:
    kind, message, _ = await failure_of(saying(answer(200, b"x", {"content-encoding": encoding})))
    assert (kind, "not asked for" in message) == ("rejected", True)


async def test_broken_compression_is_refused() -> None:
    for encoding in ("gzip", "deflate"):
        kind, _, _ = await failure_of(saying(answer(200, b"\xff\xff\xff\xff", {"content-encoding": encoding})))
        assert kind == "rejected"


async def test_json_nested_a_hundred_thousand_deep_is_refused() -> None:
    for depth in (65, 100_000):
        kind, message, _ = await failure_of(saying(answer(200, b"[" * depth + b"]" * depth, JSON)))
        assert kind == "rejected"
        assert "deeper than 64" in message


async def test_an_answer_in_thousands_of_tiny_pieces_is_refused() -> None:
    async def crumbs(_: Asked) -> AsyncIterator[bytes]:
        yield head(200, {"transfer-encoding": "chunked"})
        for _number in range(400):
            yield b"1\r\nx\r\n" * 100

    kind, message, _ = await failure_of(crumbs, seconds=20.0)
    assert (kind, "pieces" in message) == ("rejected", True)


async def drip(_: Asked) -> AsyncIterator[bytes]:
    yield head(200, {"content-length": "100"})
    while True:
        yield b"x"
        await asyncio.sleep(0.05)


async def drip_headers(_: Asked) -> AsyncIterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\n"
    while True:
        yield b"X-More: 1\r\n"
        await asyncio.sleep(0.05)


async def silent(_: Asked) -> AsyncIterator[bytes]:
    await asyncio.sleep(60)
    yield b""


async def informational(_: Asked) -> AsyncIterator[bytes]:
    while True:
        yield b"HTTP/1.1 100 Continue\r\n\r\n" * 10
        await asyncio.sleep(0.001)


@pytest.mark.parametrize("handler", [drip, drip_headers, silent, informational])
async def test_the_deadline_holds_whatever_the_other_side_does(handler: Handler) -> None:
    started = time.monotonic()
    kind, _, _ = await failure_of(handler, seconds=0.4)
    assert kind == "timeout"
    assert time.monotonic() - started < 2.0


async def test_a_connection_that_breaks_is_an_outage() -> None:
    async def reset(_: Asked) -> AsyncIterator[bytes]:
        yield head(200, {"content-length": "100"}) + b"half"

    for handler in (saying(), saying(b"nonsense\r\n\r\n"), reset):
        kind, _, _ = await failure_of(handler)
        assert kind == "unavailable"


async def test_only_a_change_without_a_key_that_had_left_is_uncertain() -> None:
    lost = saying(head(200, {"content-length": "9"}))
    assert (await failure_of(lost, method="POST"))[2] is True
    assert (await failure_of(lost, method="POST", key="k"))[2] is False
    assert (await failure_of(lost, method="GET"))[2] is False
    assert (await failure_of(silent, method="DELETE", seconds=0.2))[2] is True


async def test_nobody_listening_is_an_outage_and_certain() -> None:
    async with LoopbackServer(saying()) as server:
        pass
    egress = GuardedEgress([f"127.0.0.1:{server.port}"])
    with pytest.raises(ActionFailed) as error:
        await egress.request("POST", server.url)
    assert (error.value.failure.kind, error.value.failure.uncertain) == ("unavailable", False)
    await egress.close()


def redirect(status: int, location: str) -> bytes:
    return answer(status, b"", {"location": location})


async def test_three_redirects_are_followed_and_a_loop_is_left() -> None:
    async def hops(asked: Asked) -> AsyncIterator[bytes]:
        left = int(asked.query["left"])
        yield redirect(302, f"/?left={left - 1}") if left else answer(200, "there")

    assert (await fetch(hops, path="/?left=3")).text == "there"
    kind, message, _ = await failure_of(hops, path="/?left=4")
    assert (kind, "more than 3 redirects" in message) == ("rejected", True)


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/",
        "http://localhost:1/",
        "//10.0.0.1/",
        "file:///etc/passwd",
        "http://u:p@127.0.0.1/",
        "http://[::1",
    ],
)
async def test_a_redirect_is_checked_like_a_first_request(location: str) -> None:
    kind, _, _ = await failure_of(saying(redirect(307, location)))
    assert kind == "rejected"


@pytest.mark.parametrize(
    ("status", "method", "then", "body"),
    [
        (301, "POST", "GET", b""),
        (302, "POST", "GET", b""),
        (303, "PUT", "GET", b""),
        (307, "POST", "POST", b"hello"),
        (308, "PUT", "PUT", b"hello"),
    ],
)
async def test_a_redirect_keeps_or_changes_the_method_as_rfc_9110_says(
    status: int, method: str, then: str, body: bytes
) -> None:
    seen: list[Asked] = []

    async def once(asked: Asked) -> AsyncIterator[bytes]:
        seen.append(asked)
        yield redirect(status, "/second") if asked.path == "/" else answer(200, "there")

    await fetch(once, method, body="hello")
    assert (seen[1].method, seen[1].body) == (then, body)


async def test_credentials_do_not_follow_a_redirect_to_another_host() -> None:
    async with LoopbackServer(saying(answer(200, "there"))) as other:

        async def away(_: Asked) -> AsyncIterator[bytes]:
            yield answer(302, b"", {"location": other.url, "set-cookie": "session=1"})

        async with LoopbackServer(away) as first:
            egress = GuardedEgress([f"127.0.0.1:{first.port}", f"127.0.0.1:{other.port}"])
            headers = {
                "Authorization": "Bearer x",
                "Cookie": "a=b",
                "X-Api-Key": "y",
                "Accept-Language": "de",
            }
            await egress.request("GET", first.url, headers=headers, key="k")
            await egress.close()
    sent = other.asked[0].headers
    assert not {"authorization", "cookie", "x-api-key"} & sent.keys()
    assert (sent["accept-language"], sent["idempotency-key"]) == ("de", "k")


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"method": "CONNECT"}, "is not one of"),
        ({"headers": {"Host": "other"}}, "not yours to set"),
        ({"headers": {"Transfer-Encoding": "chunked"}}, "not yours to set"),
        ({"headers": {"X-A": "b\r\nX-C: d"}}, "one line"),
        ({"headers": {"X A": "b"}}, "not a header's name"),
        ({"json": {"a": 1}, "body": "b"}, "not both"),
        ({"json": float("nan")}, "not JSON data"),
        ({"body": "x" * 1_000_001}, "larger than"),
        ({"path": "/" + "x" * 9_000}, "longer than"),
    ],
)
async def test_what_cannot_be_sent_says_why(more: dict[str, object], why: str) -> None:
    kind, message, _ = await failure_of(saying(answer()), **more)
    assert (kind, why in message) == ("rejected", True)


async def test_messages_never_show_the_query_where_keys_often_stand() -> None:
    _, message, _ = await failure_of(saying(), path="/things?api_key=hunter2")
    assert "/things" in message
    assert "hunter2" not in message


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl makes the certificate")
async def test_the_certificate_is_checked_against_the_name_although_the_address_is_called(
    tmp_path: Path,
) -> None:
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", "key.pem"]
    named = ["-out", "cert.pem", "-subj", "/CN=shop.example", "-addext", "subjectAltName=DNS:shop.example"]
    subprocess.run([*made, *named], cwd=tmp_path, check=True, capture_output=True)  # noqa: ASYNC221
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    serving.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    trusting = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))

    async def here(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    async with LoopbackServer(saying(answer(200, "safe")), tls=serving) as server:
        names = [f"shop.example:{server.port}", f"other.example:{server.port}"]
        egress = GuardedEgress(names, resolver=here, ssl_context=trusting)
        good = await egress.request("GET", f"https://shop.example:{server.port}/")
        with pytest.raises(ActionFailed, match="certificate"):
            await egress.request("GET", f"https://other.example:{server.port}/")
        await egress.close()
    assert good.text == "safe"


# --- files -----------------------------------------------------------------------------------------------------------


async def fetched(handler: Handler, path: str = "/bills/a%20b.pdf", most: int = 10_000) -> Fetched:
    async with LoopbackServer(handler) as server:
        egress = GuardedEgress([f"127.0.0.1:{server.port}"])
        try:
            return await egress.fetch(f"http://127.0.0.1:{server.port}{path}", most)
        finally:
            await egress.close()


async def test_a_file_is_fetched_as_it_is_with_the_name_of_its_address() -> None:
    content = b"\x00\xff{not json" * 100
    found = await fetched(saying(answer(200, content, {"content-type": "application/pdf; x=y"})))
    assert (found.content, found.name, found.media_type) == (content, "a b.pdf", "application/pdf")
    named = await fetched(saying(answer(200, b"x", {"content-type": "application/pdf"})), "/?id=1")
    assert named.name == "file.pdf"


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (answer(404), "not_found"),
        (answer(403), "not_found"),
        (answer(503), "unavailable"),
        (answer(200, b"x" * 10_001), "rejected"),
    ],
)
async def test_a_file_that_cannot_be_had_says_why(raw: bytes, kind: FailureKind) -> None:
    with pytest.raises(ActionFailed) as refused:
        await fetched(saying(raw))
    assert refused.value.failure.kind == kind
