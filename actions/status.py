"""How the product is doing, part by part."""

from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from actions.base import Call, DeskAction
from bot.model.base import JsonObject, Word

Area = Literal["sign_in", "dashboard", "exports", "api", "notifications", "other"]
ZONE = ZoneInfo("Europe/Berlin")
_ORDER = {"outage": 0, "degraded": 1, "maintenance": 2, "ok": 3}


class WhichArea(Word):
    """``area``: null for all."""

    area: Area | None = None


class Part(Word):
    """``since``: in the desk's wall time."""

    area: str
    state: str
    what: str | None = None
    since: datetime | None = None


class Status(Word):
    """``troubles``: the parts that are not well, the worst first. ``worst``: the first of them."""

    ok: bool
    worst: Part | None = None
    troubles: tuple[Part, ...] = ()


class TellStatus(DeskAction[WhichArea, Status]):
    """Tells which parts of the product have trouble at the moment."""

    action_name = "status.current"
    effect = "read"
    idempotent = True

    async def act(self, params: WhichArea, call: Call) -> Status:
        rows = await call.database.read("SELECT * FROM demo_component ORDER BY area")
        parts = [_part(row) for row in rows if params.area in (None, row["area"])]
        troubles = tuple(sorted((part for part in parts if part.state != "ok"), key=lambda part: _ORDER[part.state]))
        return Status(ok=not troubles, worst=troubles[0] if troubles else None, troubles=troubles)


def _part(row: JsonObject) -> Part:
    since = datetime.fromisoformat(row["since"]).astimezone(ZONE) if row["since"] else None
    return Part(area=row["area"], state=row["state"], what=row["what"], since=since)
