"""What to do with a turn: answer the open question, begin a flow, ask back, or leave it to a person."""

import json
import re
from collections.abc import Mapping

from bot.model.decision import (
    AskWhich,
    Continue,
    Decision,
    FetchPerson,
    Listen,
    Misunderstood,
    Repair,
    StillWorking,
)
from bot.model.parse import Parse
from bot.model.run import State
from bot.model.slot import SlotSpec
from bot.rules.advance.places import open_question, working
from bot.rules.program import LoadedBundle
from bot.rules.repair_decisions import repair_of
from bot.rules.starting import is_under_way, may_start, start_of
from bot.rules.turn import Menu, Turn, asked_slot, is_answer

__all__ = ["Menu", "Turn", "decide", "is_secret", "is_unclear", "may_start"]

HUMAN_REQUEST = "human_request"
NOT_UNDERSTOOD = "not_understood"
START_AT = 0.55
"""Confidence from which a flow is begun, outside any question, where the classifier has solved none for its intent."""
INTERRUPT_AT = 0.65
"""Confidence from which another flow may interrupt an open question that the words do not answer."""
OVERRULE_AT = 0.85
"""Confidence from which it may do so although the words could be an answer, in a sentence of its own."""
FETCH_AT = 0.5
"""Confidence from which a wish for a person is followed: a needless colleague is cheaper than an ignored wish."""
_COMMAND = re.compile(r"/(?P<intent>[A-Za-z][A-Za-z0-9_]*)\s*(?P<slots>\{.*\})?", re.DOTALL)


def decide(state: State, turn: Turn, menu: Menu, bundles: Mapping[str, LoadedBundle]) -> Decision:
    """The one decision for this turn. A person can be asked for at any point, always."""
    if turn.owner != "bot":
        return Listen()
    if (pressed := _pressed(state, turn, menu, bundles)) is not None:
        return pressed
    question = open_question(state)
    asked = asked_slot(question, bundles)
    answers = asked is not None and is_answer(asked, turn, state)
    repair = repair_of(state, turn, menu, bundles, answers) if turn.payload is None else None
    if isinstance(repair, Repair):
        return repair  # the whole message is a command, whatever else it resembles
    needed = OVERRULE_AT if answers or repair is not None else FETCH_AT
    if turn.parse.intent == HUMAN_REQUEST and turn.parse.confidence >= needed:
        return _to_person(state, turn, menu, bundles)
    if repair is not None:
        return repair
    if question is not None:
        return _to_question(state, turn, menu, bundles, asked, answers)
    wish = _wish(state, turn, menu, bundles)
    if working(state) and (wish is None or is_under_way(state, wish)):
        return StillWorking()
    return wish or _misunderstood(menu)


def is_unclear(state: State, turn: Turn, bundles: Mapping[str, LoadedBundle], decision: Decision) -> bool:
    """Whether a better understanding of these words could lead elsewhere: nothing fitted, two wishes are close, or the
    words answer the open question as little as anything else."""
    if turn.owner != "bot" or turn.payload is not None or not turn.text.strip() or is_secret(state, bundles):
        return False
    if isinstance(decision, Continue):
        asked = asked_slot(open_question(state), bundles)
        return asked is not None and not is_answer(asked, turn, state)
    return isinstance(decision, Misunderstood | AskWhich) or (
        isinstance(decision, FetchPerson) and decision.reason == NOT_UNDERSTOOD
    )


def is_secret(state: State, bundles: Mapping[str, LoadedBundle]) -> bool:
    """Whether the contact is being asked for something sensitive: such words go to nobody else."""
    asked = asked_slot(open_question(state), bundles)
    return asked is not None and asked.sensitive


def _to_person(state: State, turn: Turn, menu: Menu, bundles: Mapping[str, LoadedBundle]) -> Decision:
    """The desk's own way to a person; who is on it already and asks again is not asked anything more."""
    way = start_of(state, turn, menu, bundles, HUMAN_REQUEST)
    if way is None or is_under_way(state, way):
        return FetchPerson(reason="asked_for_person")
    return way


def _pressed(state: State, turn: Turn, menu: Menu, bundles: Mapping[str, LoadedBundle]) -> Decision | None:
    """A button's payload in Rasa's form, ``/intent{"slot": "value"}``."""
    match = _COMMAND.fullmatch((turn.payload or turn.text).strip())
    if match is None or match["intent"] not in menu.by_intent:
        return None
    try:
        slots = json.loads(match["slots"] or "{}")
    except (ValueError, RecursionError):
        return None
    flow = menu.by_intent[match["intent"]]
    known = bundles[menu.bundle_of[flow]].bundle.slots
    return start_of(state, turn, menu, bundles, match["intent"], {k: v for k, v in slots.items() if k in known})


def _to_question(
    state: State,
    turn: Turn,
    menu: Menu,
    bundles: Mapping[str, LoadedBundle],
    asked: SlotSpec | None,
    answers: bool,
) -> Decision:
    """The open question comes first; a clear wish of another kind may interrupt it."""
    if asked is None or turn.payload is not None:
        return Continue()
    needed = _needed_to_interrupt(asked, answers, turn.text)
    needed = max(needed, menu.start_at.get(turn.parse.intent or "", 0.0))
    if turn.parse.confidence < needed or turn.parse.intent is None or "ambiguous" in turn.parse.reasons:
        return Continue()
    wish = start_of(state, turn, menu, bundles, turn.parse.intent)
    return Continue() if wish is None or is_under_way(state, wish) else wish


def _needed_to_interrupt(spec: SlotSpec, answers: bool, text: str) -> float:
    """How sure another intent must be. Free text takes anything, so only a command or a person interrupts it."""
    if not answers:
        return INTERRUPT_AT
    if spec.type in ("text", "object", "list") or len(text.split()) < 4:
        return 2.0
    return OVERRULE_AT


def _wish(state: State, turn: Turn, menu: Menu, bundles: Mapping[str, LoadedBundle]) -> Decision | None:
    parse = turn.parse
    if parse.intent is None or "unfamiliar" in parse.reasons:
        return None
    if "ambiguous" in parse.reasons and (which := _ask_which(menu, parse)) is not None:
        return which
    needed = menu.start_at.get(parse.intent, START_AT)
    return start_of(state, turn, menu, bundles, parse.intent) if parse.confidence >= needed else None


def _ask_which(menu: Menu, parse: Parse) -> AskWhich | None:
    """The two likeliest wishes, if both lead anywhere and not to the same place."""
    close = [guess.intent for guess in parse.alternatives[:3] if guess.intent in menu.by_intent][:2]
    flows = {menu.by_intent[intent] for intent in close}
    pattern = "pattern_clarification"
    if len(flows) < 2 or pattern not in menu.bundle_of:
        return None
    choices = tuple((intent, menu.titles.get(intent, intent)) for intent in close)
    return AskWhich(flow=pattern, bundle=menu.bundle_of[pattern], choices=choices)


def _misunderstood(menu: Menu) -> Decision:
    pattern = "pattern_cannot_handle"
    if pattern not in menu.bundle_of:
        return FetchPerson(reason=NOT_UNDERSTOOD)
    return Misunderstood(flow=pattern, bundle=menu.bundle_of[pattern])
