"""The one way out to other hosts: guarded addresses, bounded answers, one deadline over everything.

Nothing else in the desk makes HTTP requests to hosts that an author or a customer can choose.
"""

import asyncio
import json as jsonlib
import mimetypes
import re
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

import httpcore
import httpx

from bot.edges.addresses import Allowed
from bot.edges.egress_body import as_json_or_text, read_body
from bot.edges.egress_network import GuardedNetwork, Resolver, ask_the_system
from bot.edges.failing import failed, tamed
from bot.model.base import Json
from bot.model.flow import FailureKind
from bot.ports import Fetched, HttpAnswer

LONGEST_SECONDS = 60.0
MOST_REDIRECTS = 3
MOST_BYTES = 1_000_000
LONGEST_URL = 8_000
LONGEST_NAME = 120
OK = 200
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]{0,8000}")
# These say how the message travels or where to; they are the client's to write.
_OURS = frozenset(
    {
        *("host", "content-length", "transfer-encoding", "connection", "keep-alive", "te", "trailer"),
        *("upgrade", "expect", "accept-encoding"),
        *("proxy-authorization", "proxy-authenticate", "proxy-connection"),
    }
)
# What may follow a redirect to another host. Everything else could be a credential.
_HARMLESS = frozenset({"accept", "accept-encoding", "accept-language", "content-type", "user-agent", "idempotency-key"})


@dataclass(frozen=True)
class _Hop:
    """One request of a chain of redirects."""

    method: str
    url: httpx.URL
    headers: httpx.Headers
    body: bytes

    @property
    def place(self) -> str:
        """The URL as it may be shown: without its query, which often holds a key."""
        host = self.url.netloc.decode("ascii", "replace")
        return tamed(f"{self.method} {self.url.scheme}://{host}{self.url.path}")


@dataclass(frozen=True)
class _Got:
    """An answer as it came, its body decompressed."""

    status: int
    headers: httpx.Headers
    body: bytes


class _Journey:
    """Whether anything has left for the other side yet."""

    sent = False

    async def trace(self, name: str, _info: dict[str, Any]) -> None:
        if name.endswith("send_request_headers.started"):
            self.sent = True


class GuardedEgress:
    """Implements the Egress port and the Fetch port."""

    def __init__(
        self,
        allow: Iterable[str] = (),
        *,
        resolver: Resolver = ask_the_system,
        most_bytes: int = MOST_BYTES,
        most_redirects: int = MOST_REDIRECTS,
        longest_seconds: float = LONGEST_SECONDS,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        """allow: ``host-or-cidr:port`` for private hosts and unusual ports. BadInput for a bad entry."""
        self._most_bytes = most_bytes
        self._most_redirects = most_redirects
        self._longest_seconds = longest_seconds
        # Plain httpcore: no cookie jar that grows, no proxy from the environment that resolves names for us.
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl_context or httpcore.default_ssl_context(),
            max_connections=256,
            max_keepalive_connections=32,
            keepalive_expiry=5.0,
            network_backend=GuardedNetwork(Allowed(allow), resolver),
        )

    async def close(self) -> None:
        await self._pool.aclose()

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
        json: Json = None,
        body: str | bytes | None = None,
        timeout_seconds: float = 10.0,
        key: str | None = None,
    ) -> HttpAnswer:
        """One request with its redirects, at most ``longest_seconds`` in all. See the Egress port.

        A failure is ``uncertain`` when the request may have been carried out: it had left, its method changes
        something, and it carried no key by which the other side could recognise a repeat.
        """
        hop = _first_hop(method, url, headers, query, json, body, key)
        got = await self._carried_out(hop, timeout_seconds, self._most_bytes, key)
        value, text = as_json_or_text(got.body, got.headers)
        return HttpAnswer(status=got.status, headers=dict(got.headers), json_=value, text=text)

    async def fetch(self, url: str, most_bytes: int, timeout_seconds: float = 15.0) -> Fetched:
        """A file, whatever it holds. See the Fetch port."""
        hop = _first_hop("GET", url, {"accept": "*/*"}, None, None, None, None)
        got = await self._carried_out(hop, timeout_seconds, most_bytes, None)
        if got.status != OK:
            kind: FailureKind = "unavailable" if got.status >= 500 or got.status == 429 else "not_found"
            raise failed(kind, f"{hop.place} answered {got.status}")
        media_type = got.headers.get("content-type", "").partition(";")[0].strip().lower()
        return Fetched(content=got.body, name=_file_name(hop.url, media_type), media_type=media_type)

    async def _carried_out(self, hop: _Hop, timeout_seconds: float, most_bytes: int, key: str | None) -> "_Got":
        """The answer at the end of all redirects. Raises ActionFailed."""
        journey = _Journey()
        seconds = min(timeout_seconds, self._longest_seconds)
        try:
            async with asyncio.timeout(seconds):
                return await self._follow(hop, journey, most_bytes)
        except TimeoutError:
            late = f"{hop.place} gave no answer within {seconds:g} s"
            raise failed("timeout", late, uncertain=_unsure(hop, journey, key)) from None
        except httpcore.LocalProtocolError as error:
            raise failed("rejected", f"{hop.place} cannot be sent: {tamed(str(error))}") from None
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError) as error:
            why = f"{hop.place} failed: {tamed(f'{type(error).__name__} {error}')}"
            raise failed("unavailable", why, uncertain=_unsure(hop, journey, key)) from None

    async def _follow(self, hop: _Hop, journey: _Journey, most_bytes: int) -> "_Got":
        for _ in range(self._most_redirects + 1):
            answer = await self._once(hop, journey, most_bytes)
            if isinstance(answer, _Got):
                return answer
            hop = answer
        raise failed("rejected", f"more than {self._most_redirects} redirects, the last to {hop.place}")

    async def _once(self, hop: _Hop, journey: _Journey, most_bytes: int) -> "_Got | _Hop":
        target = httpcore.URL(
            scheme=hop.url.raw_scheme, host=hop.url.raw_host, port=hop.url.port, target=hop.url.raw_path
        )
        async with self._pool.stream(
            hop.method, target, headers=hop.headers.raw, content=hop.body, extensions={"trace": journey.trace}
        ) as response:
            headers = httpx.Headers(response.headers)
            if response.status in _REDIRECTS and "location" in headers:
                return _next_hop(hop, response.status, headers["location"])
            raw = await read_body(response.aiter_stream(), headers, most_bytes)
        return _Got(response.status, headers, raw)


def _file_name(url: httpx.URL, media_type: str) -> str:
    """As the address ends, else after its kind."""
    last = "".join(c for c in unquote(url.path.rpartition("/")[2]) if c.isprintable() and c not in '<>:"|?*\\')
    name = last.strip(". ")[-LONGEST_NAME:] or "file"
    return name if "." in name else name + (mimetypes.guess_extension(media_type) or "")


def _unsure(hop: _Hop, journey: _Journey, key: str | None) -> bool:
    return journey.sent and hop.method not in SAFE and key is None


def _first_hop(
    method: str,
    url: str,
    headers: Mapping[str, str] | None,
    query: Mapping[str, Any] | None,
    json: Json,
    body: str | bytes | None,
    key: str | None,
) -> _Hop:
    verb = method.upper()
    if verb not in METHODS:
        raise failed("rejected", f"{tamed(method, 20)!r} is not one of {', '.join(sorted(METHODS))}")
    content, kind = _content(json, body)
    sent = {name.lower(): value for name, value in (headers or {}).items()}
    if kind:
        sent.setdefault("content-type", kind)
    if key:
        sent["idempotency-key"] = key
    sent.setdefault("user-agent", "Frontdesk")
    sent.setdefault("accept", "application/json, */*;q=0.5")
    return _Hop(verb, _target(url, query), _checked_headers(sent), content)


def _content(json: Json, body: str | bytes | None) -> tuple[bytes, str | None]:
    if json is not None and body is not None:
        raise failed("rejected", "give either json or body, not both")
    content, kind = b"", None
    if json is not None:
        content, kind = _json_bytes(json), "application/json"
    elif body is not None:
        content = body.encode("utf-8", "replace") if isinstance(body, str) else body
        kind = "text/plain; charset=utf-8" if isinstance(body, str) else "application/octet-stream"
    if len(content) > MOST_BYTES:
        raise failed("rejected", f"the body to send is larger than {MOST_BYTES} bytes")
    return content, kind


def _json_bytes(value: Json) -> bytes:
    try:
        return jsonlib.dumps(value, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise failed("rejected", f"the json to send is not JSON data: {tamed(str(error))}") from None


def _checked_headers(headers: Mapping[str, str]) -> httpx.Headers:
    for name, value in headers.items():
        if name in _OURS:
            raise failed("rejected", f"the header {name} is not yours to set. Remove it.")
        if not _TOKEN.fullmatch(name):
            raise failed("rejected", f"{tamed(name, 40)!r} is not a header's name")
        if not _VALUE.fullmatch(value):
            raise failed("rejected", f"the header {name} needs a text of one line, at most 8000 characters")
    raw = [(name.encode(), value.strip().encode("latin-1")) for name, value in headers.items()]
    return httpx.Headers([*raw, (b"accept-encoding", b"gzip, deflate")])


def _target(url: str, query: Mapping[str, Any] | None) -> httpx.URL:
    try:
        target = httpx.URL(url)
        if query:
            given = {name: value for name, value in query.items() if value is not None}
            target = target.copy_merge_params(given)
    except (httpx.InvalidURL, TypeError, ValueError) as error:
        raise failed("rejected", f"this is no URL that can be called: {tamed(str(error))}") from None
    return _checked_target(target)


def _checked_target(url: httpx.URL) -> httpx.URL:
    if url.scheme not in ("http", "https"):
        raise failed("rejected", f"{url.scheme[:20] or 'no scheme'} is not allowed. Use https:// or http://.")
    if url.userinfo:
        raise failed("rejected", "a URL must not hold a user or password. Send an Authorization header.")
    if not url.host:
        raise failed("rejected", "the URL names no host")
    if len(str(url)) > LONGEST_URL:
        raise failed("rejected", f"the URL is longer than {LONGEST_URL} characters")
    return url.copy_with(fragment=None)


def _next_hop(hop: _Hop, status: int, location: str) -> _Hop:
    """Where a redirect leads (RFC 9110, 15.4).

    303 turns into GET, and so does POST at 301 and 302, as in browsers. Another origin gets harmless headers.
    """
    try:
        target = _checked_target(hop.url.join(location))
    except httpx.InvalidURL:
        raise failed("rejected", f"{hop.place} redirects to something that is no URL") from None
    if hop.url.scheme == "https" and target.scheme == "http":
        raise failed("rejected", f"{hop.place} redirects from https to http")
    following = replace(hop, url=target)
    if (status == 303 and hop.method != "HEAD") or (status in (301, 302) and hop.method == "POST"):
        kept = [(name, value) for name, value in hop.headers.raw if not name.lower().startswith(b"content-")]
        following = replace(following, method="GET", body=b"", headers=httpx.Headers(kept))
    if _origin(target) != _origin(hop.url):
        kept = [(name, value) for name, value in following.headers.raw if name.decode().lower() in _HARMLESS]
        following = replace(following, headers=httpx.Headers(kept))
    return following


def _origin(url: httpx.URL) -> tuple[str, str, int]:
    return url.scheme, url.host, url.port or {"http": 80, "https": 443}[url.scheme]
