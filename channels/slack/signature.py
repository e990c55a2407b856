"""Whether a request comes from Slack (docs.slack.dev, "Verifying requests from Slack"), told from its raw bytes."""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Final

WINDOW_SECONDS: Final = 300
LONGEST_TIMESTAMP: Final = 12


class Verifier:
    """Knows the signing secrets: the one in use, and for a day the one before it."""

    def __init__(self, secrets: Sequence[str]) -> None:
        """Raises ValueError without a secret."""
        self._secrets = [secret.strip().encode() for secret in secrets if secret.strip()]
        if not self._secrets:
            raise ValueError("set FRONTDESK_SLACK_SIGNING_SECRET, or FRONTDESK_SLACK_APP_TOKEN for Socket Mode")

    def holds(self, body: bytes, timestamp: str, signature: str, now: datetime) -> bool:
        """False for anything that is not signed with one of the secrets within five minutes of now. Never raises."""
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= LONGEST_TIMESTAMP):
            return False
        if abs(now.timestamp() - int(timestamp)) > WINDOW_SECONDS:
            return False
        given = signature.encode("utf-8", "replace")
        return any(hmac.compare_digest(sign(secret, timestamp, body), given) for secret in self._secrets)


def sign(secret: bytes, timestamp: str, body: bytes) -> bytes:
    """The value of ``X-Slack-Signature``."""
    return b"v0=" + hmac.new(secret, b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest().encode()
