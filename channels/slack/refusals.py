"""What Slack's answers mean for a message: try it otherwise, try it later, or never."""

import asyncio
from typing import Final

from aiohttp import ClientConnectorError, ClientError  # noqa: TID251  # what the SDK raises when Slack is away
from slack_sdk.errors import SlackApiError

from bot.errors import NotYet, Unavailable, Undeliverable

BLOCKS_REFUSED: Final = frozenset(
    ("invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "invalid_attachments", "too_many_attachments")
)
TOKEN_REFUSED: Final = frozenset(
    (
        "invalid_auth", "token_revoked", "token_expired", "account_inactive", "not_authed", "missing_scope",
        "org_login_required", "no_permission", "not_allowed_token_type",
    )
)  # fmt: skip
PASSING: Final = frozenset(
    (
        "internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org",
        "message_limit_exceeded", "accesslimited", "ratelimited", "rate_limited",
    )
)  # fmt: skip
FAILURES: Final = (SlackApiError, ClientError, asyncio.TimeoutError, OSError)
"""All that a call may raise."""
DEFAULT_WAIT_SECONDS: Final = 30.0


def code_of(error: BaseException) -> str:
    """Slack's word for what is wrong; empty when it did not say one."""
    if not isinstance(error, SlackApiError) or not isinstance(error.response.data, dict):
        return ""
    return str(error.response.data.get("error", ""))


def wait_of(error: BaseException) -> float | None:
    """Seconds that Slack asks to wait (HTTP 429); None when it does not."""
    if not isinstance(error, SlackApiError):
        return None
    if error.response.status_code != 429 and code_of(error) not in ("ratelimited", "rate_limited"):
        return None
    given = str(error.response.headers.get("Retry-After", ""))
    return float(given) if given.isdigit() and len(given) < 7 else DEFAULT_WAIT_SECONDS


def as_ours(error: BaseException) -> Unavailable | Undeliverable:
    """The error that the outbox understands."""
    if (wait := wait_of(error)) is not None:
        return NotYet("Slack wants us to slow down", wait)
    if not isinstance(error, SlackApiError):
        unsent = isinstance(error, ClientConnectorError)
        return Unavailable(f"Slack does not answer ({type(error).__name__})", maybe_sent=not unsent)
    status, code = error.response.status_code, code_of(error)
    if not code or status >= 500:
        return Unavailable(f"Slack answers {status} {code}".rstrip(), maybe_sent=True)
    if code in PASSING:
        return Unavailable(
            f"Slack says {code}", maybe_sent=code in ("internal_error", "fatal_error", "request_timeout")
        )
    return Undeliverable(f"Slack says {code}", FIXES.get(code, ""))


FIXES: Final = {
    "channel_not_found": "Invite the app into the channel (/invite)",
    "not_in_channel": "Invite the app into the channel (/invite)",
    "is_archived": "The channel is archived",
    "invalid_auth": "Set FRONTDESK_SLACK_BOT_TOKEN to the token of the app's page",
    "token_revoked": "Install the app again and set FRONTDESK_SLACK_BOT_TOKEN",
    "missing_scope": "Compare the app's scopes with `frontdesk slack manifest` and install it again",
}
