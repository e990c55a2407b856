"""Links to files that somebody sent: signed, so that only who was given one can open it, and saved, never shown."""

import re
from typing import Any, Final
from urllib.parse import quote, unquote

from fastapi import HTTPException
from itsdangerous import BadSignature, URLSafeSerializer

_HEADERS: Final = {
    "content-security-policy": "default-src 'none'; sandbox",
    "cache-control": "private, no-store",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
}

_OF_A_CHANNEL: Final = re.compile(r"/[a-z]+/files/[\w.=-]+(/[^/]*)?")


def is_desks(url: str) -> bool:
    """Whether it is a link of one of the desk's channels: only the desk itself can fetch what is behind it."""
    return _OF_A_CHANNEL.fullmatch(url) is not None


def shown_link(url: str) -> str:
    """For a contact for whom the file cannot be had: of the desk's own links, which lead them nowhere, the name."""
    if not is_desks(url):
        return url
    return unquote(url.rpartition("/")[2]) if url.count("/") > 3 else "…"


class SignedLinks:
    """Links below a path. salt: keeps the links of one kind apart from all others."""

    def __init__(self, secret: str, salt: str, path: str) -> None:
        self._serializer = URLSafeSerializer(secret, salt=salt)
        self._path = path

    def link(self, value: Any) -> str:
        """value: what the desk needs to find the file, as JSON."""
        return f"{self._path}{self._serializer.dumps(value)!s}"

    def behind(self, link: str) -> Any:
        """What a link was made for; None when it is none of ours."""
        return self._opened(link.removeprefix(self._path)) if link.startswith(self._path) else None

    def wanted(self, signed: str) -> Any:
        """The same for the end of a link that was asked for. Raises HTTPException 404."""
        if (value := self._opened(signed)) is None:
            raise HTTPException(404, "there is no such file")
        return value

    def _opened(self, signed: str) -> Any:
        try:
            return self._serializer.loads(signed)
        except BadSignature:
            return None


def headers(name: str = "") -> dict[str, str]:
    """Of an answer that holds a file; name: as which it is to be saved."""
    as_name = f"; filename*=UTF-8''{quote(name, safe='')}" if name else ""
    return _HEADERS | {"content-disposition": f"attachment{as_name}"}
