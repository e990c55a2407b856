"""Beginning a flow for a wish, or for each of several; and whether it may begin: its channels, rollout and ``if``."""

import re
from collections.abc import Mapping

from bot.model.base import JsonObject
from bot.model.decision import Decision, Later, StartFlow
from bot.model.flow import AnswerStep, Flow
from bot.model.slot import SlotSpec
from bot.model.state import State
from bot.model.trigger import PartialRollout
from bot.rules.advance.places import active_chain
from bot.rules.chitchat import is_question
from bot.rules.expression import EvaluationError, ExpressionError, compile_expression
from bot.rules.policy.patterns import SEARCH
from bot.rules.policy.situation import Part, Situation, Turn
from bot.rules.policy.sureness import ASKED_FROM, SURE_PART
from bot.rules.program import LoadedBundle

MOST_VALUES = 5
"""Numbers of one message for which its wish is done."""
_TAKEN_BACK = re.compile(
    r"\b(?:no|nope|sorry|oops|ups|i mean(?:t)?|rather|actually|nein|nee|ich mein(?:e|te)|quatsch|vielmehr|"
    r"entschuldigung)\b",
    re.IGNORECASE,
)
SMALL_TALK = frozenset("greet greeting hello thanks thank thank_you goodbye bye chitchat".split())
"""What desks call the intents that are no matter of their own beside a wish."""


def start_of(s: Situation, intent: str, slots: JsonObject | None = None) -> StartFlow | None:
    """Begin the intent's flow, if it has one that may start now."""
    name = s.menu.by_intent.get(intent)
    if name is None:
        return None
    hash_ = s.menu.bundle_of[name]
    bundle = s.bundles[hash_].bundle
    if not may_start(bundle.flows[name], bundle.slots, s.state, s.turn):
        return None
    return StartFlow(flow=name, bundle=hash_, slots=slots or {})


def sure_parts(turn: Turn) -> list[tuple[Part, str]]:
    """The parts that are surely wishes, and their intents."""
    return [
        (part, part.parse.intent)
        for part in turn.parts
        if part.parse.intent is not None and part.parse.confidence >= SURE_PART and not part.parse.reasons
    ]


def several_of(s: Situation) -> StartFlow | None:
    """The first of several wishes, and the others for later; None unless there are two that lead to different flows."""
    wishes: dict[str, tuple[StartFlow, Part]] = {}
    for part, intent in sure_parts(s.turn):
        if intent in SMALL_TALK or part.parse.confidence < s.menu.start_at.get(intent, 0.0):
            continue
        wish = start_of(s, intent)
        if wish is not None and not is_under_way(s.state, wish):
            wishes.setdefault(wish.flow, (wish, part))
    asked = _asked_as_well(s, {part.text for _, part in wishes.values()}) if wishes else ()
    if len(wishes) + len(asked) < 2:
        return None
    first, *rest = wishes.values()
    later = (*(_later(s, wish, part) for wish, part in rest), *asked)
    return first[0].model_copy(update={"later": later})


def for_each_value(s: Situation, wish: StartFlow) -> StartFlow:
    """The wish once for each number that it names: "where are A-2001 and A-2004?"; for the last, where that is put in
    place of the others: "A-2001, no sorry, A-2004"."""
    loaded, text = s.bundles[wish.bundle], s.turn.text
    specs = ((name, loaded.bundle.slots.get(name)) for name in loaded.uses.get(wish.flow, ()))
    named = {name for name, spec in specs if spec is not None and spec.prefill and spec.type == "pattern"}
    found = {(one.entity, str(one.value)): one for one in s.parse.entities if one.entity in named}
    if len(found) < 2 or len({name for name, _ in found}) > 1:
        return wish
    *_, (name, last) = found
    between = text[: text.rfind(found[name, last].text)]
    if _TAKEN_BACK.search(between[between.find(next(iter(found.values())).text) :]):
        return wish.model_copy(update={"slots": {name: last}})
    later = tuple(
        Later(
            flow=wish.flow, bundle=wish.bundle, title=one.text, text=one.text,
            parse=s.parse.model_copy(update={"entities": (one,)}),
        )
        for one in list(found.values())[1:MOST_VALUES]
    )  # fmt: skip
    return wish.model_copy(update={"later": later})


def _asked_as_well(s: Situation, wished: set[str]) -> tuple[Later, ...]:
    """The parts beside a wish that are questions, as far as words go likely ones to the articles."""
    if s.menu.fallback != SEARCH:
        return ()
    answering = {
        intent for intent, flow in s.menu.by_intent.items() if answers(s.bundles[s.menu.bundle_of[flow]], flow)
    }
    return tuple(
        Later(
            flow=SEARCH,
            bundle=s.menu.bundle_of[SEARCH],
            title=part.text.rstrip(" ?!."),
            text=part.text,
            parse=part.parse,
        )
        for part in s.turn.parts
        if part.text not in wished
        and is_question(part.text)
        and any(guess.intent in answering and guess.confidence >= ASKED_FROM for guess in part.parse.alternatives[:2])
    )


def answers(loaded: LoadedBundle, flow: str) -> bool:
    """Whether a flow answers from the articles."""
    return any(isinstance(node.step, AnswerStep) for node in loaded.programs[flow].nodes.values())


def _later(s: Situation, wish: StartFlow, part: Part) -> Later:
    title = s.bundles[wish.bundle].bundle.flows[wish.flow].titled(wish.flow, s.parse.language)
    return Later(flow=wish.flow, bundle=wish.bundle, title=title, text=part.text, parse=part.parse)


def is_under_way(state: State, wish: Decision) -> bool:
    """Whether the wish is for a flow that has the floor already."""
    return isinstance(wish, StartFlow) and any(frame.flow == wish.flow for frame in active_chain(state))


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
    if flow.channels and turn.conversation.get("channel") not in flow.channels:
        return False
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
