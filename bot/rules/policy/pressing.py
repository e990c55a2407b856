"""What needs no understanding: a button's payload, a typed command, one of the wishes that were offered."""

import json
import re
from dataclasses import replace
from typing import Final

from bot.model.decision import Decision, StartFlow
from bot.model.slot import Choice
from bot.rules.policy.beginning import start_of
from bot.rules.policy.beside import admitted
from bot.rules.policy.offering import none_of_these
from bot.rules.policy.patterns import GREETING
from bot.rules.policy.situation import Situation, Turn, only_data
from bot.rules.repair import says_neither
from bot.rules.values import Filled, Refused
from bot.rules.values.agreement import read_boolean
from bot.rules.values.choices import number_in_list, read_choice
from bot.rules.values.wording import normal

OPENINGS: Final = ("session_start", "help")
_COMMAND: Final = re.compile(r"/(?P<intent>[A-Za-z][A-Za-z0-9_]*)\s*(?P<slots>\{.*\})?", re.DOTALL)


def pressed(s: Situation) -> Decision | None:
    """A button's payload in Rasa's form, ``/intent{"slot": "value"}``; ``/session_start`` is what opens a chat, and
    ``/help`` is typed by who knows bots."""
    return _begun_by(s, (s.turn.payload or s.turn.text).strip())


def pressed_in_words(s: Situation) -> Decision | None:
    """One of the buttons shown last, by its title or its number: "2", "the second one"."""
    buttons = s.state.buttons
    if not buttons or s.turn.payload is not None or s.question is not None:
        return None
    said, titles = normal(s.turn.text), [normal(title) for title, _ in buttons]
    place = titles.index(said) if said in titles else number_in_list(said, len(buttons))
    return None if place is None else _begun_by(s, buttons[place][1])


def _begun_by(s: Situation, command: str) -> Decision | None:
    match = _COMMAND.fullmatch(command)
    if match is None:
        return None
    if match["intent"] in OPENINGS and match["intent"] not in s.menu.by_intent and GREETING in s.menu.bundle_of:
        return StartFlow(flow=GREETING, bundle=s.menu.bundle_of[GREETING])
    if match["intent"] not in s.menu.by_intent:
        return None
    try:
        slots = json.loads(match["slots"] or "{}")
    except (ValueError, RecursionError):
        return None
    flow = s.menu.by_intent[match["intent"]]
    known = s.bundles[s.menu.bundle_of[flow]].bundle.slots
    filled = {name: value for name, value in slots.items() if name in known}
    wish = start_of(s, match["intent"], filled)
    return None if wish is None else admitted(s, wish)


def typed_command(s: Situation) -> Turn | None:
    """A command of no intent's, as ``/cancel`` is typed where a channel has commands, as words."""
    match = _COMMAND.fullmatch((s.turn.payload or "").strip())
    if match is None or match["slots"] is not None or match["intent"] in s.menu.by_intent:
        return None
    return replace(s.turn, text=match["intent"].replace("_", " "), payload=None)


def chosen(s: Situation) -> Decision | None:
    """In words, one of the wishes that were offered in the turn before: by its number, its name, or nearly so."""
    if not s.state.offered or s.turn.payload is not None or s.question is not None:
        return None
    choices = tuple(Choice(value=intent, title=title) for intent, title in s.state.offered)
    if len(choices) == 1 and (only_data(s.turn) or read_boolean(s.turn.text) == Filled(True)):
        return start_of(s, choices[0].value)
    read = read_choice(s.turn.text, choices)
    if isinstance(read, Refused):
        return none_of_these(s.menu) if says_neither(s.turn.text) else None
    return start_of(s, str(read.value))
