"""The files that browsers load: the widget, the full page, and a page that shows the widget embedded."""

import gzip
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter, Request, Response

STATIC: Final = Path(__file__).parent / "static"
SCRIPTS: Final = tuple(sorted(path.name for path in STATIC.glob("*.js")))
"""What a page that embeds the chat loads; below 25 KB together, compressed."""
PAGES: Final = {"/": "chat.html", "/chat": "chat.html", "/webchat/demo": "demo.html"}
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


def pages(framing: str) -> APIRouter:
    """framing: who may show our pages in a frame, for ``frame-ancestors``."""
    router = APIRouter(include_in_schema=False)
    for name in (*SCRIPTS, "page.css", "icon.svg"):
        router.add_api_route(f"/webchat/{name}", _static(name, FOR_SITES))
    for path, name in PAGES.items():
        headers = {
            "content-security-policy": POLICY + framing,
            "cross-origin-opener-policy": "same-origin",
            "referrer-policy": "no-referrer",
        }
        router.add_api_route(path, _static(name, headers))
    return router


def _static(name: str, more: dict[str, str]) -> Callable[[Request], Any]:
    """Serves one file from memory, compressed where the browser can; one that has it already is told so."""
    content = (STATIC / name).read_bytes()
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
