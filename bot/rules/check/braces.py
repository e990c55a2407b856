"""Braces that are not those of a template: `{slots.name}` and `${slots.name}` are said as they stand."""

import re
from typing import Final

from bot.rules.check.parts import Part
from bot.rules.check.walk import Text
from bot.rules.check.world import World

_SINGLE: Final = re.compile(r"(?<!\{)\$?\{ ?((?:slots|steps|vars|input|contact|env)\.[A-Za-z_][\w.]*) ?\}(?!\})")


def check_braces(world: World, part: Part, text: Text) -> None:
    """Warn of a variable in one pair of braces."""
    if text.sort == "expression" or "{{" in text.text:
        return
    for found in _SINGLE.finditer(text.text):
        what = f"`{found[0]}` is said as it stands, for a template has two pairs of braces"
        fix = f"Write `{{{{ {found[1]} }}}}`."
        world.in_text(part, text.path, text.text, found.start(), "single-braces", what, fix, "warning")
