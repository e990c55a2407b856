"""Who a visitor is: a random name of 128 bits, signed, so that it needs no table and cannot be guessed or made up."""

import secrets
from typing import Final

from fastapi import HTTPException
from itsdangerous import BadSignature, URLSafeTimedSerializer

SALT: Final = "frontdesk.webchat.visitor"
VALID_SECONDS: Final = 365 * 24 * 3600
LONGEST: Final = 300


class Visitors:
    """Issues and reads visitor tokens."""

    def __init__(self, secret: str) -> None:
        self._serializer = URLSafeTimedSerializer(secret, salt=SALT)

    def new_token(self) -> str:
        return str(self._serializer.dumps(secrets.token_urlsafe(16)))

    def visitor_of(self, authorization: str) -> str:
        """The visitor that an ``Authorization`` header names. Raises HTTPException 401 when it is not one of ours."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or len(token) > LONGEST:
            raise _unknown()
        try:
            visitor = self._serializer.loads(token.strip(), max_age=VALID_SECONDS)
        except BadSignature:
            raise _unknown() from None
        return str(visitor)


def _unknown() -> HTTPException:
    detail = "this request has no valid visitor token; POST /webchat/visitors gives one"
    return HTTPException(401, detail, {"WWW-Authenticate": 'Bearer realm="webchat"'})
