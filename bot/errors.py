"""The error tree. Everything the desk raises on purpose is a FrontdeskError, and says what and what to do.

FrontdeskError
 ├─ BadInput          what came in does not fit (HTTP 422, or 400 where it cannot even be read)
 ├─ NotFound          nothing has this id (404)
 ├─ Conflict          the thing has moved on since it was looked at (409)
 │   └─ Superseded    another owner, segment or claim has taken over: stop, nothing is to be written
 ├─ Forbidden         this role may not (403)
 ├─ TooMany           slower, please (429)
 ├─ NotReady          the desk cannot accept at the moment (503)
 ├─ ActionFailed      an action did not work; carries a Failure
 ├─ FlowBroken        authored files that do not hold; carries the findings
 ├─ Undeliverable     a reply can never be delivered
 │   └─ Unreachable   nor any other to this contact: the conversation is closed
 └─ Unavailable       a reply cannot be delivered now
     └─ NotYet        the platform's own pace: no attempt was made
"""

from bot.model.action import Failure
from bot.model.desk import Finding


class FrontdeskError(Exception):
    """what: the fact, without a full stop. fix: what to do about it, a sentence."""

    def __init__(self, what: str, fix: str = "") -> None:
        super().__init__(f"{what}. {fix}".strip() if fix else what)
        self.what = what
        self.fix = fix


class BadInput(FrontdeskError): ...


class NotFound(FrontdeskError): ...


class Conflict(FrontdeskError): ...


class Superseded(Conflict): ...


class Forbidden(FrontdeskError): ...


class TooMany(FrontdeskError):
    def __init__(self, what: str, fix: str = "", retry_after_seconds: float = 1.0) -> None:
        super().__init__(what, fix)
        self.retry_after_seconds = retry_after_seconds


class NotReady(FrontdeskError): ...


class ActionFailed(FrontdeskError):
    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


class FlowBroken(FrontdeskError):
    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("\n".join(map(str, findings)))
        self.findings = findings


class Undeliverable(FrontdeskError): ...


class Unreachable(Undeliverable): ...


class Unavailable(FrontdeskError):
    """maybe_sent: the request went out and nothing certain came back: it may have arrived."""

    def __init__(
        self, what: str, fix: str = "", retry_after_seconds: float | None = None, maybe_sent: bool = False
    ) -> None:
        super().__init__(what, fix)
        self.retry_after_seconds = retry_after_seconds
        self.maybe_sent = maybe_sent


class NotYet(Unavailable):
    """Waits its turn: it counts as no attempt, and is due again after ``retry_after_seconds``."""

    def __init__(self, what: str, retry_after_seconds: float) -> None:
        super().__init__(what, retry_after_seconds=retry_after_seconds)
