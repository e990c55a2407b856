"""Whether a turn mends the conversation itself: a command to cancel, repeat, skip or begin anew, or an earlier answer
taken back."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from bot.model.base import Json
from bot.model.decision import Correct, Decision, Repair
from bot.model.run import State
from bot.model.slot import SlotSpec
from bot.rules.advance.places import active_chain, open_question
from bot.rules.program import LoadedBundle
from bot.rules.repair import Command, command_of, meant_instead
from bot.rules.turn import Menu, Turn, asked_slot
from bot.rules.values import Refused, read_value

PATTERNS: Mapping[Command, str] = {
    "cancel": "pattern_cancel",
    "repeat": "pattern_repeat_bot_messages",
    "skip": "pattern_skip_question",
    "restart": "pattern_restart",
}
CORRECTION = "pattern_correction"
TELLING = ("email", "phone", "url", "pattern")
"""Types whose values can hardly be meant for another slot."""


def repair_of(
    state: State, turn: Turn, menu: Menu, bundles: Mapping[str, LoadedBundle], answers: bool
) -> Decision | None:
    """A command to mend the conversation, or an earlier answer taken back."""
    question = open_question(state)
    asked = asked_slot(question, bundles)
    command = command_of(turn.text)
    if command is not None and not (answers and asked is not None and asked.type == "choice"):
        return _command(state, command, menu, question is not None)
    if command is None and active_chain(state):
        return _correction(state, turn, menu, bundles, asked, answers)
    return None


def _command(state: State, command: Command, menu: Menu, asking: bool) -> Decision | None:
    """None where there is nothing to do it to: then the words may be a wish of their own."""
    pattern = PATTERNS[command]
    if pattern not in menu.bundle_of or (command == "skip" and not asking):
        return None
    if command == "cancel" and not active_chain(state):
        return None
    if command == "repeat" and not any(line.who == "bot" for line in state.recent):
        return None
    return Repair(do=command, flow=pattern, bundle=menu.bundle_of[pattern])


def _correction(
    state: State,
    turn: Turn,
    menu: Menu,
    bundles: Mapping[str, LoadedBundle],
    asked: SlotSpec | None,
    answers: bool,
) -> Decision | None:
    """Another value for a slot that was asked for before, in words that take something back, or in a form that says
    itself which slot it is for and does not answer the open question."""
    if CORRECTION not in menu.bundle_of:
        return None
    rest = meant_instead(turn.text)
    if rest is None and (asked is None or answers):
        return None
    for name, spec in _answered(state, bundles):
        if spec is asked or (rest is None and spec.type not in TELLING):
            continue
        value = _value_for(name, spec, turn if rest is None else replace(turn, text=rest), state)
        if value is not None and value != state.slots.get(name):
            return Correct(flow=CORRECTION, bundle=menu.bundle_of[CORRECTION], slot=name, value=value)
    return None


def _answered(state: State, bundles: Mapping[str, LoadedBundle]) -> Iterator[tuple[str, SlotSpec]]:
    """The filled slots that the flows with the floor have asked for, the latest first."""
    for frame in active_chain(state):
        loaded = bundles[frame.bundle]
        for name in reversed(state.slots):
            if name in loaded.collected and name in loaded.bundle.slots and state.slots[name] is not None:
                yield name, loaded.bundle.slots[name]


def _value_for(name: str, spec: SlotSpec, turn: Turn, state: State) -> Json:
    """The value in these words; free text only where the slot is named, as in "my name is Ada"."""
    if spec.type in ("text", "list", "object", "file", "boolean"):
        return _named_value(name, spec, turn.text)
    entities = tuple(entity for entity in turn.parse.entities if entity.text in turn.text)
    read = read_value(
        spec, turn.text, entities, now=turn.now, timezone=state.contact.get("timezone") or turn.timezone,
        language=turn.parse.language,
    )  # fmt: skip
    return None if isinstance(read, Refused) else read.value


def _named_value(name: str, spec: SlotSpec, text: str) -> Json:
    if spec.type != "text":
        return None
    words = re.escape(name.replace("_", " "))
    found = re.search(rf"\b{words}\b\s*(?:is|should be|ist|lautet|:)\s*(?P<value>\S.*)", text, re.IGNORECASE)
    return None if found is None else found["value"].strip(" .!\"'")
