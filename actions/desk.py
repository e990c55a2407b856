"""When the desk is staffed."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AwareDatetime, field_validator

from actions.base import Call, DeskAction
from bot.model.base import Word

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
Week = dict[int, tuple[time, time]]
"""Opening and closing time in local wall time, by weekday (0 is Monday); a day that is missing is closed."""


class When(Word):
    """``at``: the moment asked for (default: now). ``timezone``: where the desk stands."""

    at: AwareDatetime | None = None
    timezone: str = "Europe/Berlin"

    @field_validator("timezone")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("is no time zone. Write it as Europe/Berlin") from error
        return value


class OpeningHours(Word):
    """hours: the week in words. today: ``09:00-17:30`` or ``closed``. opens_next: null while it is open."""

    open_now: bool
    today: str
    hours: str
    timezone: str
    opens_next: AwareDatetime | None = None
    opens_next_text: str | None = None


class TellOpeningHours(DeskAction[When, OpeningHours]):
    """Tells whether somebody is at the desk, and when somebody will be."""

    action_name = "desk.opening_hours"
    effect = "read"
    idempotent = True

    async def act(self, params: When, call: Call) -> OpeningHours:
        rows = await call.database.read("SELECT weekday, opens, closes FROM demo_hours ORDER BY weekday")
        week: Week = {
            row["weekday"]: (time.fromisoformat(row["opens"]), time.fromisoformat(row["closes"])) for row in rows
        }
        local = (params.at or call.clock.now()).astimezone(ZoneInfo(params.timezone))
        following = None if is_open(week, local) else opens_next(week, local)
        return OpeningHours(
            open_now=is_open(week, local),
            today=span(week.get(local.weekday())),
            hours=in_words(week),
            timezone=params.timezone,
            opens_next=following,
            opens_next_text=f"{WEEKDAYS[following.weekday()]} at {following:%H:%M}" if following else None,
        )


def is_open(week: Week, local: datetime) -> bool:
    hours = week.get(local.weekday())
    return hours is not None and hours[0] <= local.time() < hours[1]


def opens_next(week: Week, local: datetime) -> datetime | None:
    """The next opening after ``local``, in its time zone; None when the desk never opens."""
    for days in range(8):
        day = local.date() + timedelta(days=days)
        if hours := week.get(day.weekday()):
            opening = datetime.combine(day, hours[0], local.tzinfo)
            if opening > local:
                return opening
    return None


def span(hours: tuple[time, time] | None) -> str:
    return f"{hours[0]:%H:%M}-{hours[1]:%H:%M}" if hours else "closed"


def in_words(week: Week) -> str:
    """``Monday to Friday 09:00-17:30, Saturday 10:00-14:00, Sunday closed``: equal days are put together."""
    parts: list[tuple[int, int, str]] = []
    for day in range(7):
        hours = span(week.get(day))
        if parts and parts[-1][2] == hours:
            parts[-1] = (parts[-1][0], day, hours)
        else:
            parts.append((day, day, hours))
    return ", ".join(f"{_days(first, last)} {hours}" for first, last, hours in parts)


def _days(first: int, last: int) -> str:
    return WEEKDAYS[first] if first == last else f"{WEEKDAYS[first]} to {WEEKDAYS[last]}"
