"""The files that browsers load: the widget, the full page, and a page that shows the widget embedded."""

import gzip
import hashlib
import re
from collections.abc import Callable, Mapping
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


GERMAN: Final = {
    '<html lang="en">': '<html lang="de">',
    "<title>Chat with us</title>": "<title>Chat</title>",
    "This chat needs JavaScript.": "Dieser Chat braucht JavaScript.",
}
"""What stands otherwise in the full page in German; all else on it takes its language from the first."""


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
        router.add_api_route(path, _static(name, headers, in_german=GERMAN if name == "chat.html" else None))
    return router


def language_wanted(header: str) -> str:
    """``de`` or ``en``, by an Accept-Language header (RFC 9110, 12.5.4); ``en`` where it wishes for neither."""
    best, weight = "en", 0.0
    for one in header.split(","):
        tag, _, q = one.partition(";")
        language = tag.strip().lower().partition("-")[0]
        given = q.strip().removeprefix("q=")
        wish = float(given) if re.fullmatch(r"[01](\.\d{0,3})?", given) else 1.0
        if language in ("de", "en") and wish > weight:
            best, weight = language, wish
    return best


def _static(name: str, more: dict[str, str], in_german: Mapping[str, str] | None = None) -> Callable[[Request], Any]:
    """Serves one file from memory, compressed where the browser can; one that has it already is told so.

    in_german: what is written otherwise for browsers that wish for German.
    """
    text = translated = (STATIC / name).read_text()
    for words, german_words in (in_german or {}).items():
        translated = translated.replace(words, german_words)
    headers = more | ({"vary": "accept-encoding, accept-language"} if in_german else {})
    english, german = _Served(text, headers), _Served(translated, headers)
    media_type = TYPES[Path(name).suffix]

    async def serve(request: Request) -> Response:
        language = language_wanted(request.headers.get("accept-language", ""))
        return (german if language == "de" else english).answer(request, media_type)

    return serve


class _Served:
    """One content, as it is and compressed, with its headers."""

    def __init__(self, text: str, more: dict[str, str]) -> None:
        content = text.encode()
        self._forms = {False: content, True: gzip.compress(content, mtime=0)}
        self._tag = f'W/"{hashlib.sha256(content).hexdigest()[:32]}"'
        self._headers = {"etag": self._tag, "cache-control": "no-cache", "vary": "accept-encoding"} | more

    def answer(self, request: Request, media_type: str) -> Response:
        if request.headers.get("if-none-match") == self._tag:
            return Response(status_code=304, headers=self._headers)
        small = "gzip" in request.headers.get("accept-encoding", "")
        encoding = {"content-encoding": "gzip"} if small else {}
        return Response(self._forms[small], headers=self._headers | encoding, media_type=media_type)
