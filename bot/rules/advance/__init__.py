"""The interpreter: ``advance(bundles, state, event, around) -> state, effects``. Pure: same input, same answer."""

from bot.rules.advance.around import Around
from bot.rules.advance.interpreter import advance, advance_traced
from bot.rules.advance.places import wake_at

__all__ = ["Around", "advance", "advance_traced", "wake_at"]
