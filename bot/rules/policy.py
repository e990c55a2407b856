"""What to do with a turn: answer the open question, begin a flow, ask back, or leave it to a person."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace

from bot.model.decision import (
    AskWhich,
    Chat,
    Continue,
    Decision,
    FetchPerson,
    FillForm,
    LateForm,
    Listen,
    Misunderstood,
    Postpone,
    Repair,
    StartFlow,
    StillWorking,
)
from bot.model.flow import CollectStep
from bot.model.parse import Parse
from bot.model.run import State
from bot.model.slot import Choice, SlotSpec
from bot.rules.advance.filling import is_open
from bot.rules.advance.places import gives_way, open_question, working
from bot.rules.chitchat import Topic, chitchat_of, is_question
from bot.rules.follow_up import goes_on, leans
from bot.rules.program import LoadedBundle
from bot.rules.repair import meant_instead, says_neither
from bot.rules.repair_decisions import repair_of
from bot.rules.starting import (
    answered_before,
    answers,
    for_each_value,
    is_under_way,
    may_start,
    several_of,
    start_of,
    sure_parts,
    told_anew,
)
from bot.rules.turn import MOST_CHATS, Menu, Turn, asked_slot, is_answer, only_data
from bot.rules.values import Filled, Refused
from bot.rules.values.agreement import read_boolean
from bot.rules.values.choices import read_choice

__all__ = ["Menu", "Turn", "decide", "is_secret", "is_unclear", "may_start"]

HUMAN_REQUEST = "human_request"
NOT_UNDERSTOOD = "not_understood"
NOT_HANDLED = "pattern_cannot_handle"
CLARIFICATION = "pattern_clarification"
SEARCH = "pattern_search"
START_AT = 0.55
"""Confidence from which a flow is begun, outside any question, where the classifier has solved none for its intent."""
INTERRUPT_AT = 0.65
"""Confidence from which another flow may interrupt an open question that the words do not answer."""
ASKED_AT = 0.9
"""The same for a question, where free text is asked for."""
OVERRULE_AT = 0.85
"""Confidence from which it may do so although the words could be an answer, in a sentence of its own."""
NEEDED_AT = 0.85
"""Confidence from which a flow is begun at the latest for who is upset or in a hurry, whatever was solved."""
FETCH_AT = 0.5
"""Confidence from which a wish for a person is followed: a needless colleague is cheaper than an ignored wish."""
AS_AN_EXAMPLE = 0.98
"""Confidence that only the words of an example have: nothing less makes a wish of a lone address or date, or of a
question without its mark where free text is asked for."""
ASK_BACK_AT = 0.15
"""Confidence from which a wish is worth offering to somebody who was not understood."""
ASK_WHETHER_AT = 0.45
"""Confidence from which one wish alone is worth asking for."""
MOST_OF_A_QUESTION = 12
"""Words up to which a question is one to the articles before it is asked what it is about: above, it is a story."""
MOST_OF_A_NAME = 4
"""Words of "and per invoice?", "what about Pro": above it a sure wish is no question to the matter before."""
CHITCHAT = "pattern_chitchat"
ABOUT_THE_DESK = ("bot", "language")
"""Small talk that no example of a desk's outdoes."""
ANSWERS = ("nothing_else", "ok")
"""Small talk that is an answer, good or bad, while a question is open."""
DIGRESSION = "pattern_handle_digressions"
GREETING = "pattern_session_start"
OPENINGS = ("session_start", "help")
_COMMAND = re.compile(r"/(?P<intent>[A-Za-z][A-Za-z0-9_]*)\s*(?P<slots>\{.*\})?", re.DOTALL)


def decide(state: State, turn: Turn, menu: Menu, bundles: Mapping[str, LoadedBundle]) -> Decision:
    """The one decision for this turn. A person can be asked for at any point, always."""
    if turn.owner != "bot":
        return Listen()
    if turn.form is not None:
        return FillForm() if is_open(state, turn.form) else LateForm()
    known = _pressed(state, turn, menu, bundles) or _chosen(state, turn, menu, bundles)
    if known is not None:
        return known
    question = open_question(state)
    asked = asked_slot(question, bundles)
    answers = asked is not None and is_answer(asked, turn, state)
    if question is not None and gives_way(question[0]) and not answers and turn.payload is None:
        question = asked = None
    mended = _mended(state, turn, menu, bundles, answers)
    if mended is not None:
        return mended
    if question is not None:
        return _to_question(state, turn, menu, bundles, asked, answers)
    return _to_nothing(state, turn, menu, bundles)


def _mended(
    state: State, turn: Turn, menu: Menu, bundles: Mapping[str, LoadedBundle], answers: bool
) -> Decision | None:
    """A repair, or the way to a person: both come before everything else."""
    words = turn if turn.payload is None else _typed_command(turn, menu)
    repair = repair_of(state, words, menu, bundles, answers) if words is not None else None
    if isinstance(repair, Repair):
        return repair  # the whole message is a command, whatever else it resembles
    if chitchat_of(turn.text) in ABOUT_THE_DESK:
        return None  # "are you human?" is a question, whatever it resembles
    taken_back = meant_instead(turn.text) is not None
    needed = OVERRULE_AT if answers or repair is not None or taken_back else FETCH_AT
    if turn.parse.intent == HUMAN_REQUEST and turn.parse.confidence >= needed:
        return _to_person(state, turn, menu, bundles)
    if any(intent == HUMAN_REQUEST for _, intent in sure_parts(turn)):
        return _to_person(state, turn, menu, bundles)
    return repair


def _to_nothing(state: State, turn: Turn, menu: Menu, bundles: Mapping[str, LoadedBundle]) -> Decision:
    """No question is open: one wish or several, small talk, or nothing that was understood."""
    if turn.payload is None and (more := _going_on(state, turn, menu, bundles)) is not None:
        return more
    if turn.payload is None and (about := _without_wish(turn, menu)) is not None and CHITCHAT in menu.bundle_of:
        return Chat(flow=CHITCHAT, bundle=menu.bundle_of[CHITCHAT], about=about)
    if (several := several_of(state, turn, menu, bundles)) is not None:
        return several
    wish = None if chitchat_of(turn.text) in ABOUT_THE_DESK else _wish(state, turn, menu, bundles)
    new = wish is not None and not is_under_way(state, wish)
    if wish is not None and new and isinstance(wish, StartFlow):
        return for_each_value(wish, turn, bundles)
    if working(state) and not new:
        return StillWorking()
    return _chat(turn, menu) or wish or _misunderstood(state, turn, menu, bundles)


def _going_on(state: State, turn: Turn, menu: Menu, bundles: Mapping[str, LoadedBundle]) -> Decision | None:
    """More of what has just come to its end: another question to an article's matter, or the same flow with another
    number, month or the like ("and A-2005?", "and on Sunday?")."""
    last = state.through
    if last is None or state.turn != last.turn or _is_in_need(turn.parse) or turn.files:
        return None
    on, intent = goes_on(turn.text), next((i for i, flow in menu.by_intent.items() if flow == last.flow), None)
    if last.question:
        sure = turn.parse.confidence >= menu.start_at.get(turn.parse.intent or "", START_AT)
        if not on or menu.fallback != SEARCH or (sure and len(turn.text.split()) > MOST_OF_A_NAME):
            return None
        choices = _likeliest(menu, turn.parse, ASK_BACK_AT)
        return Misunderstood(flow=SEARCH, bundle=menu.bundle_of[SEARCH], choices=choices)
    if intent is None:
        return None
    loaded, corrects = bundles[menu.bundle_of[last.flow]], only_data(turn) or meant_instead(turn.text) is not None
    anew = told_anew(state, turn, loaded, last.flow, on) if on or (corrects and not last.wrote) else None
    alike = any(guess.intent == intent and guess.confidence >= ASK_BACK_AT for guess in turn.parse.alternatives[:1])
    when = not loaded.uses.get(last.flow) and any(one.entity in ("date", "time") for one in turn.parse.entities)
    if anew or (on and (alike or when)):
        return start_of(state, turn, menu, bundles, intent, answered_before(state, loaded, last, but=anew or ()))
    return None


def _without_wish(turn: Turn, menu: Menu) -> Topic | None:
    """A file, or an address or number, with no word of what it is for."""
    if turn.files and not turn.text.strip():
        return "file"
    return "data" if only_data(turn) and turn.parse.confidence < AS_AN_EXAMPLE else None


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
    """A button's payload in Rasa's form, ``/intent{"slot": "value"}``; ``/session_start`` is what opens a chat, and
    ``/help`` is typed by who knows bots."""
    match = _COMMAND.fullmatch((turn.payload or turn.text).strip())
    if match is None:
        return None
    if match["intent"] in OPENINGS and match["intent"] not in menu.by_intent and GREETING in menu.bundle_of:
        return StartFlow(flow=GREETING, bundle=menu.bundle_of[GREETING])
    if match["intent"] not in menu.by_intent:
        return None
    try:
        slots = json.loads(match["slots"] or "{}")
    except (ValueError, RecursionError):
        return None
    flow = menu.by_intent[match["intent"]]
    known = bundles[menu.bundle_of[flow]].bundle.slots
    filled = {name: value for name, value in slots.items() if name in known}
    wish = start_of(state, turn, menu, bundles, match["intent"], filled)
    return None if wish is None else _admitted(state, turn, menu, bundles, wish)


def _typed_command(turn: Turn, menu: Menu) -> Turn | None:
    """A command of no intent's, as ``/cancel`` is typed where a channel has commands, as words."""
    match = _COMMAND.fullmatch((turn.payload or "").strip())
    if match is None or match["slots"] is not None or match["intent"] in menu.by_intent:
        return None
    return replace(turn, text=match["intent"].replace("_", " "), payload=None)


def _chosen(state: State, turn: Turn, menu: Menu, bundles: Mapping[str, LoadedBundle]) -> Decision | None:
    """In words, one of the wishes that were offered in the turn before: by its number, its name, or nearly so."""
    if not state.offered or turn.payload is not None or open_question(state) is not None:
        return None
    choices = tuple(Choice(value=intent, title=title) for intent, title in state.offered)
    if len(choices) == 1 and (only_data(turn) or read_boolean(turn.text) == Filled(True)):
        return start_of(state, turn, menu, bundles, choices[0].value)
    read = read_choice(turn.text, choices)
    if isinstance(read, Refused):
        return _none_of_these(menu) if says_neither(turn.text) else None
    return start_of(state, turn, menu, bundles, str(read.value))


def _admitted(state: State, turn: Turn, menu: Menu, bundles: Mapping[str, LoadedBundle], wish: StartFlow) -> Decision:
    """The wish itself, unless the open question lets nothing come in between. A person is always let in."""
    question = open_question(state)
    if question is None or wish.flow == menu.by_intent.get(HUMAN_REQUEST) or is_under_way(state, wish):
        return wish
    frame, cursor = question
    step = bundles[frame.bundle].programs[frame.flow].nodes[cursor.at or ""].step
    if not isinstance(step, CollectStep) or step.digressions == "allow" or DIGRESSION not in menu.bundle_of:
        return wish
    title = bundles[wish.bundle].bundle.flows[wish.flow].titled(wish.flow, turn.parse.language)
    return Postpone(do=step.digressions, flow=DIGRESSION, bundle=menu.bundle_of[DIGRESSION], wish=wish, title=title)


def _chat(turn: Turn, menu: Menu) -> Chat | None:
    about = chitchat_of(turn.text) if turn.payload is None and not turn.files else None
    if turn.files and not turn.text.strip():
        about = "file_beside"
    if about is None or CHITCHAT not in menu.bundle_of:
        return None
    return Chat(flow=CHITCHAT, bundle=menu.bundle_of[CHITCHAT], about=about)


def _to_question(
    state: State,
    turn: Turn,
    menu: Menu,
    bundles: Mapping[str, LoadedBundle],
    asked: SlotSpec | None,
    answers: bool,
) -> Decision:
    """The open question comes first; a clear wish of another kind may interrupt it, and small talk a few times."""
    if asked is None or turn.payload is not None:
        return Continue()
    wish = _interrupting(state, turn, menu, bundles, asked, answers)
    if wish is not None:
        return _admitted(state, turn, menu, bundles, wish)
    chat = _chat(turn, menu) or _asked_beside(state, turn, menu) if not answers and state.chats < MOST_CHATS else None
    # A bare "no" to a question is meant for the question, also where it asks for no yes or no ("Send a file").
    return Continue() if chat is None or chat.about in ANSWERS else chat


def _asked_beside(state: State, turn: Turn, menu: Menu) -> Chat | None:
    """A question of the contact's own beside the open one, which an article may answer: a whole one, or one that goes
    on with what an article has just answered ("and PayPal?")."""
    last = state.through
    goes = last is not None and bool(last.question) and state.turn == last.turn and goes_on(turn.text)
    if menu.fallback != SEARCH or _is_in_need(turn.parse) or not (goes or is_question(turn.text)):
        return None
    return Chat(flow=SEARCH, bundle=menu.bundle_of[SEARCH], about="question")


def _interrupting(
    state: State,
    turn: Turn,
    menu: Menu,
    bundles: Mapping[str, LoadedBundle],
    asked: SlotSpec,
    answers: bool,
) -> StartFlow | None:
    if chitchat_of(turn.text) in ABOUT_THE_DESK or (answers and only_data(turn)):
        return None
    needed = _needed_to_interrupt(asked, answers, turn.text)
    needed = max(needed, menu.start_at.get(turn.parse.intent or "", 0.0))
    if turn.parse.confidence < needed or turn.parse.intent is None or "ambiguous" in turn.parse.reasons:
        return None
    wish = start_of(state, turn, menu, bundles, turn.parse.intent)
    return None if wish is None or is_under_way(state, wish) else wish


def _needed_to_interrupt(spec: SlotSpec, answers: bool, text: str) -> float:
    """How sure another intent must be. Free text takes anything, so only a command, a person or a question that is
    surely for another flow interrupts it."""
    if not answers:
        return INTERRUPT_AT
    if spec.type == "text" and is_question(text):
        return ASKED_AT if text.rstrip().endswith("?") else AS_AN_EXAMPLE
    if spec.type in ("text", "object", "list") or len(text.split()) < 5:
        return 2.0
    return OVERRULE_AT


def _wish(state: State, turn: Turn, menu: Menu, bundles: Mapping[str, LoadedBundle]) -> Decision | None:
    parse = turn.parse
    if parse.intent is None or "unfamiliar" in parse.reasons:
        return None
    if "ambiguous" in parse.reasons and state.misunderstood == 0 and (which := _ask_which(menu, parse)) is not None:
        return which
    needed = menu.start_at.get(parse.intent, START_AT)
    if _is_in_need(parse):  # to be asked for other words costs them more than a flow that is soon left again
        needed = min(needed, NEEDED_AT)
    return start_of(state, turn, menu, bundles, parse.intent) if parse.confidence >= needed else None


def _ask_which(menu: Menu, parse: Parse) -> AskWhich | None:
    """The two likeliest wishes, if they lead anywhere and not to one place. An article that answers comes first."""
    choices, pattern = _likeliest(menu, parse, 0.0), CLARIFICATION
    if not choices or pattern not in menu.bundle_of:
        return None
    if menu.fallback == SEARCH and not _is_in_need(parse):
        pattern = SEARCH
    return AskWhich(flow=pattern, bundle=menu.bundle_of[pattern], choices=choices)


def _likeliest(menu: Menu, parse: Parse, least: float) -> tuple[tuple[str, str], ...]:
    """Two wishes (intent, title) of at least this confidence that lead to different flows; nothing where there are not
    two."""
    close = [g.intent for g in parse.alternatives[:3] if g.intent in menu.by_intent and g.confidence >= least][:2]
    if len({menu.by_intent[intent] for intent in close}) < 2:
        return ()
    titles = menu.titles.get(parse.language, {})
    return tuple((intent, titles.get(intent, intent)) for intent in close)


def _likely(menu: Menu, parse: Parse) -> tuple[str, str] | None:
    """The one wish (intent, title) that is likely, and not sure enough to be followed."""
    if parse.intent is None or parse.intent not in menu.by_intent or parse.confidence < ASK_WHETHER_AT:
        return None
    return parse.intent, menu.titles.get(parse.language, {}).get(parse.intent, parse.intent)


def _is_in_need(parse: Parse) -> bool:
    """Who is upset or in a hurry is not helped by an article that may be about it."""
    return parse.sentiment == "negative" or parse.urgency == "high"


def _none_of_these(menu: Menu) -> Decision:
    """The contact wants none of what was offered, in words that say nothing of what else it is."""
    if NOT_HANDLED not in menu.bundle_of:
        return FetchPerson(reason=NOT_UNDERSTOOD)
    return Misunderstood(flow=NOT_HANDLED, bundle=menu.bundle_of[NOT_HANDLED])


def _misunderstood(state: State, turn: Turn, menu: Menu, bundles: Mapping[str, LoadedBundle]) -> Decision:
    """The next stage of the way to a person: at first the likeliest wishes are offered, where any are likely."""
    upset = turn.parse.sentiment == "negative"
    pattern = NOT_HANDLED if _is_in_need(turn.parse) and NOT_HANDLED in menu.bundle_of else menu.fallback
    if pattern not in menu.bundle_of:
        return FetchPerson(reason=NOT_UNDERSTOOD)
    offers = state.misunderstood == 0 and "unfamiliar" not in turn.parse.reasons
    choices = _likeliest(menu, turn.parse, ASK_BACK_AT) if offers else ()
    one = _likely(menu, turn.parse) if offers and not choices else None
    wish = start_of(state, turn, menu, bundles, one[0]) if one is not None else None
    if one is not None and wish is not None and (pattern != SEARCH or not answers(bundles[wish.bundle], wish.flow)):
        choices = (one,)
        asks = leans(turn.text) or (is_question(turn.text) and len(turn.text.split()) <= MOST_OF_A_QUESTION)
        if NOT_HANDLED in menu.bundle_of and not asks:
            pattern = NOT_HANDLED
    return Misunderstood(flow=pattern, bundle=menu.bundle_of[pattern], choices=choices, upset=upset)
