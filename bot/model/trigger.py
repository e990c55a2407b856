"""What starts a flow, how far it is rolled out, and how much of it may run."""

from typing import Literal, Self

from pydantic import Field, model_validator

from bot.model.base import Duration, Word


class Webhook(Word):
    source: str
    event: str | None = None
    verify: Literal["hmac", "token", "none"] = "hmac"


class Schedule(Word):
    """Exactly one of ``cron`` and ``every``."""

    cron: str | None = None
    every: Duration | None = None
    timezone: str = "UTC"
    missed: Literal["skip", "once", "all"] = "once"

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.cron is None) == (self.every is None):
            raise ValueError("a schedule needs exactly one of `cron` and `every`. Keep one of them")
        return self


class Roles(Word):
    roles: tuple[str, ...] = ()


class Trigger(Word):
    """What starts a flow: exactly one of these keys."""

    intent: str | None = None
    webhook: Webhook | None = None
    schedule: Schedule | None = None
    form: Roles | None = None
    event: str | None = None
    manual: Roles | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        named = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(named) != 1:
            raise ValueError(
                "a trigger needs exactly one of intent, webhook, schedule, form, event and manual. "
                "Split it into several"
            )
        return self


class Partial(Word):
    percent: float = Field(100, ge=0, le=100)
    condition: str | None = None


class PartialRollout(Word):
    partial: Partial


Rollout = Literal["off", "shadow", "suggest", "full"] | PartialRollout


class Limits(Word):
    concurrency: int | None = Field(None, ge=1)
    rate: int | None = Field(None, ge=1)
    per: Duration | None = None
