"""Telephone calls with the team, booked by the half hour within opening hours."""

from datetime import datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, StringConstraints

from actions.base import Call, DeskAction, failed
from actions.desk import Week, is_open
from actions.fields import Email, Line
from bot.model.base import Word

ZONE = ZoneInfo("Europe/Berlin")
EVERY = timedelta(minutes=30)
AHEAD = timedelta(hours=1)
"""Nobody can prepare for a call that begins sooner."""
LOOKED_THROUGH = 14 * 48

Phone = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^\+[0-9]{6,15}$")]


class WishedTime(Word):
    at: AwareDatetime


class Slots(Word):
    """``free``: whether the wished half hour is. ``reason``: ``closed``, ``taken``, ``too_soon``, or null.

    next_free: the first half hours from the wished one on, at most three. in_words: these for people.
    """

    free: bool
    reason: str | None = None
    at: AwareDatetime
    next_free: tuple[AwareDatetime, ...] = ()
    in_words: str


class NewCall(Word):
    at: AwareDatetime
    phone: Phone
    topic: Line
    email: Email | None = None


class BookedCall(Word):
    id: str
    at: AwareDatetime
    phone: str


class FindSlots(DeskAction[WishedTime, Slots]):
    """Tells whether somebody can call at a time, and the next times when somebody can."""

    action_name = "calls.slots"
    effect = "read"
    idempotent = True

    async def act(self, params: WishedTime, call: Call) -> Slots:
        week, taken = await _calendar(call)
        earliest = call.clock.now() + AHEAD
        begins = half_hour(params.at)
        reason = _why_not(begins, week, taken, earliest)
        following = [
            at
            for number in range(LOOKED_THROUGH)
            if _why_not(at := half_hour(max(begins, earliest)) + EVERY * number, week, taken, earliest) is None
        ][:3]
        return Slots(
            free=reason is None,
            reason=reason,
            at=begins,
            next_free=tuple(following),
            in_words=", ".join(f"{at:%a %d.%m. %H:%M}" for at in following),
        )


class BookCall(DeskAction[NewCall, BookedCall]):
    """Books a call for a half hour."""

    action_name = "calls.book"
    effect = "write"
    idempotent = True

    async def act(self, params: NewCall, call: Call) -> BookedCall:
        """Raises ActionFailed ``rejected`` when nobody is there then, or the half hour is taken."""
        begins = half_hour(params.at)
        week, _ = await _calendar(call)
        if not is_open(week, begins):
            raise failed("rejected", f"nobody is there at {begins:%A %H:%M}")
        await call.database.write(
            """INSERT INTO demo_call (begins_at, phone, topic, email, idempotency_key)
               VALUES (:begins_at, :phone, :topic, :email, :key) ON CONFLICT DO NOTHING""",
            begins_at=begins.isoformat(), phone=params.phone, topic=params.topic, email=params.email, key=call.key,
        )  # fmt: skip
        made = await call.database.read("SELECT * FROM demo_call WHERE idempotency_key = :key", key=call.key)
        if not made:
            raise failed("rejected", f"{begins:%d.%m. %H:%M} has been taken meanwhile")
        at = datetime.fromisoformat(made[0]["begins_at"])
        return BookedCall(id=f"CALL-{at:%m%d%H%M}", at=at, phone=made[0]["phone"])


def half_hour(at: datetime) -> datetime:
    """The half hour that a moment lies in, in the desk's wall time."""
    local = at.astimezone(ZONE)
    return local.replace(minute=local.minute // 30 * 30, second=0, microsecond=0)


def _why_not(at: datetime, week: Week, taken: frozenset[datetime], earliest: datetime) -> str | None:
    if not is_open(week, at):
        return "closed"
    if at in taken:
        return "taken"
    return "too_soon" if at + EVERY <= earliest else None


async def _calendar(call: Call) -> tuple[Week, frozenset[datetime]]:
    hours = await call.database.read("SELECT weekday, opens, closes FROM demo_hours")
    week: Week = {
        row["weekday"]: (time.fromisoformat(row["opens"]), time.fromisoformat(row["closes"])) for row in hours
    }
    booked = await call.database.read("SELECT begins_at FROM demo_call")
    return week, frozenset(datetime.fromisoformat(row["begins_at"]) for row in booked)
