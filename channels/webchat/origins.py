"""Which sites may show the chat. The allow-list is checked on every request that a browser marks with its page's
origin.

A request without an Origin comes from no page of another site (or is a plain GET of our own page); its token says who
it is, and nothing here counts on cookies.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute
from starlette.datastructures import MutableHeaders
from starlette.types import Message, Receive, Scope, Send

PREFLIGHT: Final = {
    "access-control-allow-methods": "GET, POST",
    "access-control-allow-headers": "authorization, content-type, last-event-id",
    "access-control-max-age": "7200",
}
EXPOSED: Final = "retry-after"


class Origins:
    """The allow-list: exact origins, and ``https://*.example.com`` for every subdomain."""

    def __init__(self, allowed: Sequence[str]) -> None:
        self._allowed = tuple(allowed)
        self._patterns = [
            re.compile(re.escape(origin).replace(r"\*\.", r"(?:[a-z0-9-]+\.)+", 1)) for origin in self._allowed
        ]

    def site_of(self, origin: str, host: str) -> str:
        """The site that a request comes from: its origin, or "" for the desk's own pages and for programs.

        host: the request's Host header. Raises HTTPException 403 for every other site.
        """
        if not origin or (host and origin.partition("://")[2] == host):
            return ""
        if any(pattern.fullmatch(origin) for pattern in self._patterns):
            return origin
        raise HTTPException(403, "this site may not show the chat; FRONTDESK_WEBCHAT_ORIGINS names those that may")

    @property
    def framing(self) -> str:
        """For ``frame-ancestors`` of a Content-Security-Policy."""
        return " ".join(self._allowed) or "'none'"


def route_class(origins: Origins) -> type[APIRoute]:
    """Routes that answer allowed sites alone, with the headers that let their pages read the answer, refusals too."""

    class SiteRoute(APIRoute):
        async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
            headers = dict(scope["headers"])
            origin = headers.get(b"origin", b"").decode("latin-1")
            # A refusal goes out without the headers that would let the page read it.
            site = origins.site_of(origin, headers.get(b"host", b"").decode("latin-1"))
            scope["state"] = {**scope.get("state", {}), "site": site}

            async def marked(message: Message) -> None:
                if message["type"] == "http.response.start" and site:
                    _mark(MutableHeaders(scope=message), site)
                await send(message)

            await super().handle(scope, receive, marked)

    return SiteRoute


def _mark(headers: MutableHeaders, site: str) -> None:
    headers["access-control-allow-origin"] = site
    headers["access-control-expose-headers"] = EXPOSED
    headers.add_vary_header("Origin")


def site_of(request: Request) -> str:
    """The site of a request to such a route."""
    state: Any = request.scope["state"]
    return str(state["site"])


async def preflight() -> Response:
    """What a browser asks before it lets another site's page send a request."""
    return Response(status_code=204, headers=PREFLIGHT)
