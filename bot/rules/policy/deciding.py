"""What to do with a turn: answer the open question, begin a flow, ask back, or leave it to a person."""

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
    Repair,
    StartFlow,
    StillWorking,
)
from bot.rules.advance.filling import is_open
from bot.rules.advance.places import gives_way, working
from bot.rules.chitchat import Topic, chitchat_of
from bot.rules.policy.beginning import for_each_value, is_under_way, several_of, start_of, sure_parts
from bot.rules.policy.beside import ABOUT_THE_DESK, chat_of, to_question
from bot.rules.policy.going_on import going_on
from bot.rules.policy.offering import NOT_UNDERSTOOD, ask_which, is_in_need, misunderstood
from bot.rules.policy.patterns import CHITCHAT, HUMAN_REQUEST
from bot.rules.policy.pressing import chosen, pressed, pressed_in_words, typed_command
from bot.rules.policy.repairing import repair_of
from bot.rules.policy.situation import Situation, only_data
from bot.rules.policy.sureness import AS_AN_EXAMPLE, FETCH_AT, NEEDED_AT, OVERRULE_AT, START_AT
from bot.rules.repair import meant_instead


def decide(s: Situation) -> Decision:
    """The one decision for this turn. A person can be asked for at any point, always."""
    if s.turn.owner != "bot":
        return Listen()
    if s.turn.form is not None:
        return FillForm() if is_open(s.state, s.turn.form) else LateForm()
    known = pressed(s) or chosen(s) or pressed_in_words(s)
    if known is not None:
        return known
    question, asked = s.question, s.asked
    answers = asked is not None and s.answers(asked)
    if question is not None and gives_way(question[0]) and not answers and s.turn.payload is None:
        question = asked = None
    mended = _mended(s, answers)
    if mended is not None:
        return mended
    return _to_nothing(s) if question is None else to_question(s, asked, answers)


def is_unclear(s: Situation, decision: Decision) -> bool:
    """Whether a better understanding of these words could lead elsewhere: nothing fitted, two wishes are close, or the
    words answer the open question as little as anything else."""
    if s.turn.owner != "bot" or s.turn.payload is not None or not s.turn.text.strip() or is_secret(s):
        return False
    if isinstance(decision, Continue):
        asked = s.asked
        return asked is not None and not s.answers(asked)
    return isinstance(decision, Misunderstood | AskWhich) or (
        isinstance(decision, FetchPerson) and decision.reason == NOT_UNDERSTOOD
    )


def is_secret(s: Situation) -> bool:
    """Whether the contact is being asked for something sensitive: such words go to nobody else."""
    asked = s.asked
    return asked is not None and asked.sensitive


def _mended(s: Situation, answers: bool) -> Decision | None:
    """A repair, or the way to a person: both come before everything else."""
    words = s.turn if s.turn.payload is None else typed_command(s)
    repair = repair_of(replace(s, turn=words), answers) if words is not None else None
    if isinstance(repair, Repair):
        return repair  # the whole message is a command, whatever else it resembles
    if chitchat_of(s.turn.text) in ABOUT_THE_DESK:
        return None  # "are you human?" is a question, whatever it resembles
    taken_back = meant_instead(s.turn.text) is not None
    needed = OVERRULE_AT if answers or repair is not None or taken_back else FETCH_AT
    if s.parse.intent == HUMAN_REQUEST and s.parse.confidence >= needed:
        return _to_person(s)
    if any(intent == HUMAN_REQUEST for _, intent in sure_parts(s.turn)):
        return _to_person(s)
    return repair


def _to_person(s: Situation) -> Decision:
    """The desk's own way to a person; who is on it already and asks again is not asked anything more."""
    way = start_of(s, HUMAN_REQUEST)
    if way is None or is_under_way(s.state, way):
        return FetchPerson(reason="asked_for_person")
    return way


def _to_nothing(s: Situation) -> Decision:
    """No question is open: one wish or several, small talk, or nothing that was understood."""
    if s.turn.payload is None and (more := going_on(s)) is not None:
        return more
    if s.turn.payload is None and (about := _without_wish(s)) is not None and CHITCHAT in s.menu.bundle_of:
        return Chat(flow=CHITCHAT, bundle=s.menu.bundle_of[CHITCHAT], about=about)
    if (several := several_of(s)) is not None:
        return several
    wish = None if chitchat_of(s.turn.text) in ABOUT_THE_DESK else _wish(s)
    new = wish is not None and not is_under_way(s.state, wish)
    if new and isinstance(wish, StartFlow):
        return for_each_value(s, wish)
    if working(s.state) and not new:
        return StillWorking()
    return chat_of(s) or wish or misunderstood(s)


def _without_wish(s: Situation) -> Topic | None:
    """A file, or an address or number, with no word of what it is for."""
    if s.turn.files and not s.turn.text.strip():
        return "file"
    return "data" if only_data(s.turn) and s.parse.confidence < AS_AN_EXAMPLE else None


def _wish(s: Situation) -> Decision | None:
    parse = s.parse
    if parse.intent is None or "unfamiliar" in parse.reasons:
        return None
    if "ambiguous" in parse.reasons and s.state.misunderstood == 0 and (which := ask_which(s)) is not None:
        return which
    needed = s.menu.start_at.get(parse.intent, START_AT)
    if is_in_need(parse):  # to be asked for other words costs them more than a flow that is soon left again
        needed = min(needed, NEEDED_AT)
    return start_of(s, parse.intent) if parse.confidence >= needed else None
