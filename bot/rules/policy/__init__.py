"""Policy: the one decision for a turn, made from its situation. Pure: same situation, same decision."""

from bot.rules.policy.deciding import decide, is_secret, is_unclear
from bot.rules.policy.situation import Menu, Part, Situation, Turn, in_language

__all__ = ["Menu", "Part", "Situation", "Turn", "decide", "in_language", "is_secret", "is_unclear"]
