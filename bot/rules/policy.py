"""What to do with a turn: answer the open question, begin a flow, ask back, or leave it to a person."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.model.base import Json, JsonObject
from bot.model.decision import (
    AskWhich,
    Continue,
    Correct,
    Decision,
    FetchPerson,
    Listen,
    Misunderstood,
    Repair,
    StartFlow,
    StillWorking,
)
from bot.model.flow import Flow, PartialRollout
from bot.model.handoff import Owner
from bot.model.parse import Parse
from bot.model.run import Cursor, Frame, State
from bot.model.slot import SlotSpec
from bot.rules.advance.places import active_chain, open_question, working
from bot.rules.expression import EvaluationError, ExpressionError, compile_expression
from bot.rules.program import LoadedBundle
from bot.rules.repair import Command, command_of, meant_instead
from bot.rules.values import Answer, Refused, read_value

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

PATTERNS: Mapping[Command, str] = {
    "cancel": "pattern_cancel",
    "repeat": "pattern_repeat_bot_messages",
    "skip": "pattern_skip_question",
    "restart": "pattern_restart",
}
CORRECTION = "pattern_correction"
TELLING = ("email", "phone", "url", "pattern")
"""Types whose values can hardly be meant for another slot."""

_COMMAND = re.compile(r"/(?P<intent>[A-Za-z][A-Za-z0-9_]*)\s*(?P<slots>\{.*\})?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Menu:
    """What can be begun now: flows by intent, the bundle of each flow, and each intent in words.

    start_at: intent -> the confidence from which its flow is begun by itself, where that is not START_AT.
    fallback: the pattern for what is not understood.
    """

    by_intent: Mapping[str, str]
    bundle_of: Mapping[str, str]
    titles: Mapping[str, str]
    start_at: Mapping[str, float] = field(default_factory=dict)
    fallback: str = "pattern_cannot_handle"


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn as policy sees it. ``draw`` is a number from 0 to 1 that stays the same for a conversation."""

    text: str
    payload: str | None
    parse: Parse
    owner: Owner
    now: datetime
    timezone: str
    draw: float
    conversation: JsonObject
    files: tuple[JsonObject, ...] = ()
    env: Mapping[str, str | None] = field(default_factory=dict)


def decide(state: State, turn: Turn, menu: Menu, bundles: Mapping[str, LoadedBundle]) -> Decision:
    """The one decision for this turn. A person can be asked for at any point, always."""
    if turn.owner != "bot":
        return Listen()
    if (pressed := _pressed(state, turn, menu, bundles)) is not None:
        return pressed
    question = open_question(state)
    asked = _asked(question, bundles)
    answers = asked is not None and _answers(asked, turn, state)
    repair = _repair(state, turn, menu, bundles, answers) if turn.payload is None else None
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
    if working(state) and (wish is None or _under_way(state, wish)):
        return StillWorking()
    return wish or _misunderstood(menu)


def is_unclear(state: State, turn: Turn, bundles: Mapping[str, LoadedBundle], decision: Decision) -> bool:
    """Whether a better understanding of these words could lead elsewhere: nothing fitted, two wishes are close, or the
    words answer the open question as little as anything else."""
    if turn.owner != "bot" or turn.payload is not None or not turn.text.strip() or is_secret(state, bundles):
        return False
    if isinstance(decision, Continue):
        asked = _asked(open_question(state), bundles)
        return asked is not None and not _answers(asked, turn, state)
    return isinstance(decision, Misunderstood | AskWhich) or (
        isinstance(decision, FetchPerson) and decision.reason == NOT_UNDERSTOOD
    )


def is_secret(state: State, bundles: Mapping[str, LoadedBundle]) -> bool:
    """Whether the contact is being asked for something sensitive: such words go to nobody else."""
    asked = _asked(open_question(state), bundles)
    return asked is not None and asked.sensitive


def _repair(
    state: State, turn: Turn, menu: Menu, bundles: Mapping[str, LoadedBundle], answers: bool
) -> Decision | None:
    """A command to mend the conversation, or an earlier answer taken back."""
    question = open_question(state)
    asked = _asked(question, bundles)
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


def _to_person(state: State, turn: Turn, menu: Menu, bundles: Mapping[str, LoadedBundle]) -> Decision:
    """The desk's own way to a person; who is on it already and asks again is not asked anything more."""
    way = _start(state, turn, menu, bundles, HUMAN_REQUEST)
    if way is None or _under_way(state, way):
        return FetchPerson(reason="asked_for_person")
    return way


def _under_way(state: State, wish: Decision) -> bool:
    """Whether the wish is for a flow that has the floor already."""
    return isinstance(wish, StartFlow) and any(frame.flow == wish.flow for frame in active_chain(state))


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
    return _start(state, turn, menu, bundles, match["intent"], {k: v for k, v in slots.items() if k in known})


def _asked(question: tuple[Frame, Cursor] | None, bundles: Mapping[str, LoadedBundle]) -> SlotSpec | None:
    """The slot that the contact is being asked for."""
    if question is None:
        return None
    frame, cursor = question
    return bundles[frame.bundle].bundle.slots.get((cursor.waiting.slot if cursor.waiting else None) or "")


def _answers(asked: SlotSpec, turn: Turn, state: State) -> bool:
    """Whether the words can be an answer, whatever else they may mean ("yes please" sounds like a wish, too)."""
    return bool(turn.files) or not isinstance(_read(asked, turn, state), Refused)


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
    wish = _start(state, turn, menu, bundles, turn.parse.intent)
    return Continue() if wish is None or _under_way(state, wish) else wish


def _needed_to_interrupt(spec: SlotSpec, answers: bool, text: str) -> float:
    """How sure another intent must be. Free text takes anything, so only a command or a person interrupts it."""
    if not answers:
        return INTERRUPT_AT
    if spec.type in ("text", "object", "list") or len(text.split()) < 4:
        return 2.0
    return OVERRULE_AT


def _read(spec: SlotSpec, turn: Turn, state: State) -> Answer:
    return read_value(
        spec,
        turn.text,
        turn.parse.entities,
        now=turn.now,
        timezone=state.contact.get("timezone") or turn.timezone,
        language=turn.parse.language,
    )


def _wish(state: State, turn: Turn, menu: Menu, bundles: Mapping[str, LoadedBundle]) -> Decision | None:
    parse = turn.parse
    if parse.intent is None or "unfamiliar" in parse.reasons:
        return None
    if "ambiguous" in parse.reasons and (which := _ask_which(menu, parse)) is not None:
        return which
    needed = menu.start_at.get(parse.intent, START_AT)
    return _start(state, turn, menu, bundles, parse.intent) if parse.confidence >= needed else None


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
    if menu.fallback not in menu.bundle_of:
        return FetchPerson(reason=NOT_UNDERSTOOD)
    return Misunderstood(flow=menu.fallback, bundle=menu.bundle_of[menu.fallback])


def _start(
    state: State,
    turn: Turn,
    menu: Menu,
    bundles: Mapping[str, LoadedBundle],
    intent: str,
    slots: JsonObject | None = None,
) -> StartFlow | None:
    """Begin the intent's flow, if it has one that may start now."""
    name = menu.by_intent.get(intent)
    if name is None:
        return None
    hash_ = menu.bundle_of[name]
    bundle = bundles[hash_].bundle
    if not may_start(bundle.flows[name], bundle.slots, state, turn):
        return None
    return StartFlow(flow=name, bundle=hash_, slots=slots or {})


def may_start(flow: Flow, slots: Mapping[str, SlotSpec], state: State, turn: Turn) -> bool:
    """Whether its rollout and its ``if`` let this conversation in. A condition that cannot be evaluated lets nobody."""
    scope = {
        "input": {"text": turn.text, "files": list(turn.files), "channel": turn.conversation.get("channel")},
        "parse": turn.parse.model_dump(mode="json"),
        "slots": {name: spec.initial for name, spec in slots.items()} | state.slots,
        "contact": {name: turn.conversation.get(name) for name in ("channel", "sender")} | state.contact,
        "conversation": turn.conversation,
        "env": turn.env,
    }
    return _rolled_out(flow, turn, scope) and (flow.if_ is None or _holds(flow.if_, scope, turn))


def _rolled_out(flow: Flow, turn: Turn, scope: JsonObject) -> bool:
    if not isinstance(flow.rollout, PartialRollout):
        return flow.rollout == "full"
    partial = flow.rollout.partial
    return turn.draw * 100 < partial.percent and (partial.condition is None or _holds(partial.condition, scope, turn))


def _holds(condition: str | bool, scope: JsonObject, turn: Turn) -> bool:
    if isinstance(condition, bool):
        return condition
    try:
        return compile_expression(condition).truth(scope, turn.now)
    except (EvaluationError, ExpressionError):
        return False
