"""The interpreter: ``advance(bundles, state, event, around) -> state, effects``. Pure: same input, same answer."""

from bot.rules.advance.around import Around
from bot.rules.advance.interpreter import advance
from bot.rules.advance.places import wake_at, waiting_keys

__all__ = ["Around", "advance", "wake_at", "waiting_keys"]
