"""What may come beside an open question: another flow, a question of the contact's own, small talk."""

from typing import Final

from bot.model.decision import Chat, Continue, Decision, Postpone, StartFlow
from bot.model.flow import CollectStep
from bot.model.slot import SlotSpec
from bot.rules.chitchat import chitchat_of, is_question
from bot.rules.follow_up import goes_on
from bot.rules.policy.beginning import is_under_way, start_of
from bot.rules.policy.offering import is_in_need
from bot.rules.policy.patterns import CHITCHAT, DIGRESSION, HUMAN_REQUEST, SEARCH
from bot.rules.policy.situation import MOST_CHATS, Situation, only_data
from bot.rules.policy.sureness import AS_AN_EXAMPLE, ASKED_AT, INTERRUPT_AT, OVERRULE_AT

ABOUT_THE_DESK: Final = ("bot", "language")
"""Small talk that no example of a desk's outdoes."""
ANSWERS: Final = ("nothing_else", "ok")
"""Small talk that is an answer, good or bad, while a question is open."""
NEVER: Final = 2.0


def to_question(s: Situation, asked: SlotSpec | None, answers: bool) -> Decision:
    """The open question comes first; a clear wish of another kind may interrupt it, and small talk a few times."""
    if asked is None or s.turn.payload is not None:
        return Continue()
    wish = _interrupting(s, asked, answers)
    if wish is not None:
        return admitted(s, wish)
    chat = chat_of(s) or _asked_beside(s) if not answers and s.state.chats < MOST_CHATS else None
    # A bare "no" to a question is meant for the question, also where it asks for no yes or no ("Send a file").
    return Continue() if chat is None or chat.about in ANSWERS else chat


def admitted(s: Situation, wish: StartFlow) -> Decision:
    """The wish itself, unless the open question lets nothing come in between. A person is always let in."""
    question = s.question
    if question is None or wish.flow == s.menu.by_intent.get(HUMAN_REQUEST) or is_under_way(s.state, wish):
        return wish
    frame, cursor = question
    step = s.bundles[frame.bundle].programs[frame.flow].nodes[cursor.at or ""].step
    if not isinstance(step, CollectStep) or step.digressions == "allow" or DIGRESSION not in s.menu.bundle_of:
        return wish
    title = s.bundles[wish.bundle].bundle.flows[wish.flow].titled(wish.flow, s.parse.language)
    return Postpone(do=step.digressions, flow=DIGRESSION, bundle=s.menu.bundle_of[DIGRESSION], wish=wish, title=title)


def chat_of(s: Situation) -> Chat | None:
    """Small talk, or a file that nobody has asked for."""
    about = chitchat_of(s.turn.text) if s.turn.payload is None and not s.turn.files else None
    if s.turn.files and not s.turn.text.strip():
        about = "file_beside"
    if about is None or CHITCHAT not in s.menu.bundle_of:
        return None
    return Chat(flow=CHITCHAT, bundle=s.menu.bundle_of[CHITCHAT], about=about)


def _asked_beside(s: Situation) -> Chat | None:
    """A question of the contact's own beside the open one, which an article may answer: a whole one, or one that goes
    on with what an article has just answered ("and PayPal?")."""
    last = s.state.through
    goes = last is not None and bool(last.question) and s.state.turn == last.turn and goes_on(s.turn.text)
    if s.menu.fallback != SEARCH or is_in_need(s.parse) or not (goes or is_question(s.turn.text)):
        return None
    return Chat(flow=SEARCH, bundle=s.menu.bundle_of[SEARCH], about="question")


def _interrupting(s: Situation, asked: SlotSpec, answers: bool) -> StartFlow | None:
    if chitchat_of(s.turn.text) in ABOUT_THE_DESK or (answers and only_data(s.turn)):
        return None
    intent = s.parse.intent
    if intent is None or "ambiguous" in s.parse.reasons:
        return None
    if s.parse.confidence < max(_needed_to_interrupt(asked, answers, s.turn.text), s.menu.start_at.get(intent, 0.0)):
        return None
    wish = start_of(s, intent)
    return None if wish is None or is_under_way(s.state, wish) else wish


def _needed_to_interrupt(spec: SlotSpec, answers: bool, text: str) -> float:
    """How sure another intent must be. Free text takes anything, so only a command, a person or a question that is
    surely for another flow interrupts it."""
    if not answers:
        return INTERRUPT_AT
    if spec.type == "text" and is_question(text):
        return ASKED_AT if text.rstrip().endswith("?") else AS_AN_EXAMPLE
    if spec.type in ("text", "object", "list") or len(text.split()) < 5:
        return NEVER
    return OVERRULE_AT
