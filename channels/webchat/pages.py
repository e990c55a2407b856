"""The files that browsers load: the widget, the full page, and a page that shows the widget embedded."""

import gzip
import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Final

from fastapi import APIRouter, Request, Response

STATIC: Final = Path(__file__).parent / "static"
SCRIPTS: Final = tuple(sorted(path.name for path in STATIC.glob("*.js")))
"""What a page that embeds the chat loads; below 25 KB together, compressed."""
PAGES: Final = {"/": "chat.html", "/chat": "chat.html"}
WORDS: Final = (
    {"lang": "en", "title": "Chat with us", "noscript": "This chat needs JavaScript."},
    {"lang": "de", "title": "Chat", "noscript": "Dieser Chat braucht JavaScript."},
)
"""What the full page says before the chat itself does, in each language; the first for those who speak neither."""
DEMO: Final = "/webchat/demo"
TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; frame-ancestors "
)
FOR_SITES: Final = {"access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin"}
"""The widget's own files hold nothing of anybody: every site may load them; talking to the desk is another matter."""

_WANTED: Final = re.compile(
    r"(?:^|,)\s*(?P<tag>[A-Za-z]{2,3})(?:-[\w-]*)?\s*(?:;\s*q=(?P<q>[01](?:\.\d{0,3})?))?\s*(?=,|$)"
)
Serve = Callable[[Request], Awaitable[Response]]


def pages(framing: str) -> APIRouter:
    """framing: who may show our pages in a frame, for ``frame-ancestors``."""
    router = APIRouter(include_in_schema=False)
    for name in (*SCRIPTS, "page.css", "icon.svg"):
        router.add_api_route(f"/webchat/{name}", _static(name, FOR_SITES))
    headers = {
        "content-security-policy": POLICY + framing,
        "cross-origin-opener-policy": "same-origin",
        "referrer-policy": "no-referrer",
    }
    for path, name in PAGES.items():
        router.add_api_route(path, _page(name, headers))
    router.add_api_route(DEMO, _static("demo.html", headers))
    return router


def _page(name: str, more: dict[str, str]) -> Serve:
    """Serves a page in the language that the browser asks for."""
    more = {**more, "vary": "accept-encoding, accept-language"}
    served = {words["lang"]: _static(name, more, words) for words in WORDS}

    async def serve(request: Request) -> Response:
        language = preferred(request.headers.get("accept-language", ""), tuple(served))
        return await served[language](request)

    return serve


def preferred(wanted: str, offered: Sequence[str]) -> str:
    """The language of these that an ``Accept-Language`` header likes best (RFC 9110, 12.5.4); the first for none."""
    liked = [(-float(found["q"] or 1), found["tag"].lower()) for found in _WANTED.finditer(wanted)]
    tags = (tag for q, tag in sorted(liked, key=lambda one: one[0]) if q < 0)
    return next((tag for tag in tags if tag in offered), offered[0])


def _static(name: str, more: dict[str, str], words: Mapping[str, str] | None = None) -> Serve:
    """Serves one file from memory, compressed where the browser can; one that has it already is told so.

    words: what stands for the ``$names`` in it.
    """
    content = (STATIC / name).read_bytes()
    if words is not None:
        content = Template(content.decode()).substitute(words).encode()
    forms = {False: content, True: gzip.compress(content, mtime=0)}
    tag = f'W/"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"etag": tag, "cache-control": "no-cache", "vary": "accept-encoding"}
    headers |= more

    async def serve(request: Request) -> Response:
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        small = "gzip" in request.headers.get("accept-encoding", "")
        encoding = {"content-encoding": "gzip"} if small else {}
        return Response(forms[small], headers=headers | encoding, media_type=TYPES[Path(name).suffix])

    return serve
