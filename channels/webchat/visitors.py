"""Who a visitor is: a random name of 128 bits, or the one that a site vouches for. Signed, so that it needs no table
and cannot be guessed, made up, or taken to another site."""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from fastapi import HTTPException
from itsdangerous import BadData, URLSafeTimedSerializer

from bot.model.base import JsonObject
from bot.model.message import Address

SALT: Final = "frontdesk.webchat.visitor"
KNOWN_FOR: Final = timedelta(days=90)
VOUCHED_FOR: Final = timedelta(hours=12)
"""How long a site's word for a visitor holds before it is wanted again."""
LONGEST: Final = 2_400
NAMED: Final = "user:"
"""How the sender begins of a visitor whom a site vouches for; a random name never holds a colon."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """name: the sender of the conversation. site: where the chat is shown. contact: what the site vouches for."""

    name: str
    site: str = ""
    contact: JsonObject = field(default_factory=dict)

    def address(self, channel: str) -> Address:
        return Address(channel=channel, sender=self.name)


class Visitors:
    """Issues and reads visitor tokens."""

    def __init__(self, secret: str, known_for: timedelta = KNOWN_FOR) -> None:
        self._serializer = URLSafeTimedSerializer(secret, salt=SALT)
        self._known_for = known_for

    def new(self, site: str = "", contact: JsonObject | None = None) -> Visitor:
        name = NAMED + contact["id"] if contact else secrets.token_urlsafe(16)
        return Visitor(name, site, contact or {})

    def token_of(self, visitor: Visitor) -> tuple[str, timedelta]:
        """A token, and how long it holds."""
        token = self._serializer.dumps({"name": visitor.name, "site": visitor.site, "contact": visitor.contact})
        return str(token), self._life(visitor.contact)

    def visitor_of(self, authorization: str, site: str = "") -> Visitor:
        """The visitor that an ``Authorization`` header names. Raises HTTPException 401 when it names none of this
        site, or nobody any more."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or len(token) > LONGEST:
            raise unknown()
        try:
            value, signed_at = self._serializer.loads(token.strip(), return_timestamp=True)
        except BadData:
            raise unknown() from None
        visitor = Visitor(value["name"], value["site"], value["contact"])
        if visitor.site != site or self._is_over(signed_at, visitor):
            raise unknown()
        return visitor

    def _is_over(self, signed_at: Any, visitor: Visitor) -> bool:
        return bool(datetime.now(UTC) - signed_at > self._life(visitor.contact))

    def _life(self, contact: JsonObject) -> timedelta:
        return min(VOUCHED_FOR, self._known_for) if contact else self._known_for


def unknown() -> HTTPException:
    detail = "this request has no valid visitor token; POST /webchat/visitors gives one"
    return HTTPException(401, detail, {"WWW-Authenticate": 'Bearer realm="webchat"'})
