"""Texts with a form of their own: cron, time zones, patterns, languages."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from cronsim import CronSim, CronSimError

from bot.rules.check.authored import typed_flow
from bot.rules.check.parts import Part
from bot.rules.check.places import Path
from bot.rules.check.report import suggestion
from bot.rules.check.world import World
from bot.rules.values import BadPattern, compile_pattern

_SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)


def check_triggers(world: World, part: Part) -> None:
    """Schedules of one flow."""
    for index, trigger in enumerate(typed_flow(part).triggers):
        schedule = trigger.schedule
        if schedule is None:
            continue
        path: Path = ("triggers", index, "schedule")
        check_zone(world, part, (*path, "timezone"), schedule.timezone)
        if schedule.cron is not None:
            _cron(world, part, (*path, "cron"), schedule.cron)
        if schedule.every is not None and schedule.every < timedelta(seconds=1):
            what = "`every` is shorter than a second"
            world.at_value(part, (*path, "every"), "out-of-range", what, "Write a longer time.")


def _cron(world: World, part: Part, path: Path, cron: str) -> None:
    try:
        dates = CronSim(cron, _SOME_DAY)
    except CronSimError as error:
        fix = 'Write five fields: minute, hour, day of the month, month, day of the week, as in "0 9 * * 1-5".'
        fields = len(cron.split())
        why = f"it has {fields} fields" if fields != 5 else str(error).rstrip(".").lower()
        world.at_value(part, path, "bad-cron", f"{cron!r} is no cron schedule ({why})", fix)
        return
    if next(dates, None) is None:
        what = f"{cron!r} never comes: there is no such day"
        world.at_value(part, path, "bad-cron", what, "Write a day that exists.")


def check_zone(world: World, part: Part, path: Path, zone: str) -> None:
    """A time zone by its IANA name."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        fix = suggestion(zone, available_timezones(), "Write a name such as Europe/Berlin or UTC.")
        world.at_value(part, path, "bad-timezone", f"there is no time zone {zone!r}", fix)


def check_pattern(world: World, part: Part, path: Path, pattern: str) -> None:
    """A regular expression of RE2's syntax, which always ends in linear time."""
    try:
        compile_pattern(pattern)
    except BadPattern as error:
        what, _, fix = str(error).partition(". ")
        world.at_value(part, path, "bad-pattern", what, fix or "Mend the regular expression.")


def check_settings(world: World, part: Part) -> None:
    """``settings:`` of the desk."""
    settings = part.value
    if "timezone" in settings.model_fields_set:
        check_zone(world, part, ("timezone",), settings.timezone)
    for index, language in enumerate(settings.languages):
        if not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", language):
            what = f"{language!r} is no language code"
            world.at_value(part, ("languages", index), "bad-language", what, "Write a code such as en, de or pt-BR.")
    if not settings.languages:
        world.at_value(part, ("languages",), "empty-value", "the desk speaks no language", "Write languages: [en].")
