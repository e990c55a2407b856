"""Who a visitor is, as a site of the company says it: a JSON Web Token signed with HMAC-SHA256 (RFC 7515, RFC 7519).

Claims: ``sub`` (the visitor's id there) and ``exp`` are wanted; ``name``, ``email`` and ``aud`` (the site's origin) may
be there. Only ``HS256`` is accepted, whatever the header says else.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from fastapi import HTTPException

from bot.model.base import JsonObject

LONGEST: Final = 2_000
MOST_AHEAD_SECONDS: Final = 24 * 3600
"""How far in the future an identity may expire: what was stolen is worthless soon."""
LENGTHS: Final = {"sub": 180, "name": 200, "email": 254}


class Identities:
    """Reads identities. secrets: any of them may have signed."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._secrets = [secret.encode() for secret in secrets if secret]

    @property
    def are_on(self) -> bool:
        return bool(self._secrets)

    def contact_of(self, token: str, site: str, now: datetime) -> JsonObject:
        """``id``, ``name``, ``email`` (those that are there) and ``verified``. Raises HTTPException 401."""
        claims = self._claims(token)
        _check_time(claims.get("exp"), now.timestamp())
        if claims.get("aud", site) != site:
            raise refused("it was made for another site")
        texts = {name: _text(claims, name) for name in LENGTHS}
        if not texts["sub"]:
            raise refused("it names nobody: `sub` is missing")
        given = {"id": texts["sub"], "name": texts["name"], "email": texts["email"]}
        return {name: value for name, value in given.items() if value} | {"verified": True}

    def _claims(self, token: str) -> JsonObject:
        signed, _, signature = token.rpartition(".")
        if not self.are_on or len(token) > LONGEST or signed.count(".") != 1 or not token.isascii():
            raise refused("it is none")
        given = _decoded(signature)
        made = [hmac.new(secret, signed.encode(), hashlib.sha256).digest() for secret in self._secrets]
        if not any(hmac.compare_digest(one, given) for one in made):
            raise refused("its signature is not ours")
        header, claims = (_object(part) for part in signed.split("."))
        if header.get("alg") != "HS256":
            raise refused("its `alg` has to be HS256")
        return claims


def _check_time(expires: Any, now: float) -> None:
    if isinstance(expires, bool) or not isinstance(expires, int | float):
        raise refused("`exp` is missing: the second in which it expires, as a number")
    if not now < expires:
        raise refused("it has expired")
    if expires > now + MOST_AHEAD_SECONDS:
        raise refused("it is to expire within a day")


def _text(claims: JsonObject, name: str) -> str:
    value = claims.get(name, "")
    if not isinstance(value, str) or len(value) > LENGTHS[name] or not value.isprintable():
        raise refused(f"`{name}` is no text of at most {LENGTHS[name]} characters")
    return value


def _object(part: str) -> JsonObject:
    try:
        value = json.loads(_decoded(part))
    except (ValueError, RecursionError):
        raise refused("it cannot be read") from None
    if not isinstance(value, dict):
        raise refused("it cannot be read")
    return value


def _decoded(part: str) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        raise refused("it cannot be read") from None


def refused(why: str) -> HTTPException:
    return HTTPException(401, f"the identity is not accepted: {why}", {"WWW-Authenticate": 'Bearer realm="webchat"'})
