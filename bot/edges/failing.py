"""Short ways to say that an action did not work, and to keep secrets out of the words."""

import re

from bot.errors import ActionFailed
from bot.model.action import Failure
from bot.model.flow import FailureKind

LONGEST_MESSAGE = 300
"""Characters of a foreign error's text that are kept."""
_SECRETS = re.compile(
    r"(?i)((?:api[_-]?key|token|secret|password|passwd|authorization)[\"']?\s*[=:]\s*[\"']?(?:(?:bearer|basic)\s+)?"
    r"|bearer\s+)[^\s\"',;&]{4,}"
)
_USERINFO = re.compile(r"(?i)([a-z][a-z0-9+.-]*://)[^/\s@]+@")


def failed(
    kind: FailureKind, message: str, *, retry_after_seconds: float | None = None, uncertain: bool = False
) -> ActionFailed:
    return ActionFailed(
        Failure(kind=kind, message=message, retry_after_seconds=retry_after_seconds, uncertain=uncertain)
    )


def tamed(text: str, longest: int = LONGEST_MESSAGE) -> str:
    """Foreign text in one line: without what looks like a credential, and cut to ``longest`` characters."""
    line = " ".join(text[: longest * 4].split())
    line = _USERINFO.sub(r"\1***@", _SECRETS.sub(r"\1***", line))
    return line if len(line) <= longest else line[: longest - 1] + "…"
