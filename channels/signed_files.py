"""Links to files that somebody sent: signed, so that only who was given one can open it, and saved, never shown."""

from typing import Any, Final
from urllib.parse import quote

from fastapi import HTTPException
from itsdangerous import BadSignature, URLSafeSerializer

_HEADERS: Final = {
    "content-security-policy": "default-src 'none'; sandbox",
    "cache-control": "private, no-store",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
}


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
