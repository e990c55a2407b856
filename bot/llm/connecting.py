"""Connects models where there is a key for one, and imports what that takes only then."""

from bot.llm.budget import OwnPurse
from bot.llm.keys import Keys
from bot.llm.model_llm import ModelLlm
from bot.ports import Clock, Llm, Meter, NoLlm, Purse
from bot.settings import Settings


def connect(settings: Settings, clock: Clock, meter: Meter, purse: Purse | None = None) -> Llm:
    """The models that the settings open; without any key one that answers nothing and costs nothing.

    purse: what several processes share; without it this one counts for itself.
    """
    keys = Keys(settings)
    if keys.is_empty:
        return NoLlm()
    # Two seconds and 70 MB, which a desk without a key does not pay.
    from bot.llm.providers import Providers  # noqa: PLC0415

    return ModelLlm(
        keys,
        Providers(keys.usual()),
        clock,
        meter,
        deadline_seconds=settings.model_deadline_seconds,
        retries=settings.model_retries,
        at_once=settings.model_at_once,
        purse=purse or OwnPurse(settings.model_usd_per_day),
    )
