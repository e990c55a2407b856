"""Asking back: which of two wishes, whether it is this one, for other words, and a person at the end."""

from typing import Final

from bot.model.decision import AskWhich, Decision, FetchPerson, Misunderstood
from bot.model.parse import Parse
from bot.rules.chitchat import is_question
from bot.rules.follow_up import leans
from bot.rules.policy.beginning import answers, start_of
from bot.rules.policy.patterns import CLARIFICATION, NOT_HANDLED, SEARCH
from bot.rules.policy.situation import Menu, Situation
from bot.rules.policy.sureness import ASK_BACK_AT, ASK_WHETHER_AT

NOT_UNDERSTOOD: Final = "not_understood"
MOST_OF_A_QUESTION: Final = 12
"""Words up to which a question is one to the articles before it is asked what it is about: above, it is a story."""


def ask_which(s: Situation) -> AskWhich | None:
    """The two likeliest wishes, if they lead anywhere and not to one place. An article that answers comes first."""
    choices, pattern = likeliest(s, 0.0), CLARIFICATION
    if not choices or pattern not in s.menu.bundle_of:
        return None
    if s.menu.fallback == SEARCH and not is_in_need(s.parse):
        return AskWhich(flow=SEARCH, bundle=s.menu.bundle_of[SEARCH], choices=choices)
    return AskWhich(flow=pattern, bundle=s.menu.bundle_of[pattern], choices=choices)


def likeliest(s: Situation, least: float) -> tuple[tuple[str, str], ...]:
    """Two wishes (intent, title) of at least this confidence that lead to different flows; nothing where there are not
    two."""
    by_intent = s.menu.by_intent
    close = [one.intent for one in s.parse.alternatives[:3] if one.intent in by_intent and one.confidence >= least][:2]
    if len({by_intent[intent] for intent in close}) < 2:
        return ()
    return tuple((intent, _title(s, intent)) for intent in close)


def is_in_need(parse: Parse) -> bool:
    """Who is upset or in a hurry is not helped by an article that may be about it."""
    return parse.sentiment == "negative" or parse.urgency == "high"


def none_of_these(menu: Menu) -> Decision:
    """The contact wants none of what was offered, in words that say nothing of what else it is."""
    if NOT_HANDLED not in menu.bundle_of:
        return FetchPerson(reason=NOT_UNDERSTOOD)
    return Misunderstood(flow=NOT_HANDLED, bundle=menu.bundle_of[NOT_HANDLED])


def misunderstood(s: Situation) -> Decision:
    """The next stage of the way to a person: at first the likeliest wishes are offered, where any are likely."""
    upset = s.parse.sentiment == "negative"
    pattern = NOT_HANDLED if is_in_need(s.parse) and NOT_HANDLED in s.menu.bundle_of else s.menu.fallback
    if pattern not in s.menu.bundle_of:
        return FetchPerson(reason=NOT_UNDERSTOOD)
    offers = s.state.misunderstood == 0 and "unfamiliar" not in s.parse.reasons
    choices = likeliest(s, ASK_BACK_AT) if offers else ()
    if offers and not choices and (one := _likely(s, pattern)) is not None:
        choices = (one,)
        asks = leans(s.turn.text) or (is_question(s.turn.text) and len(s.turn.text.split()) <= MOST_OF_A_QUESTION)
        if NOT_HANDLED in s.menu.bundle_of and not asks:
            pattern = NOT_HANDLED
    return Misunderstood(flow=pattern, bundle=s.menu.bundle_of[pattern], choices=choices, upset=upset)


def _likely(s: Situation, pattern: str) -> tuple[str, str] | None:
    """The one wish (intent, title) that is likely, and not sure enough to be followed. Where articles are searched, one
    that would itself only search them is not worth asking for."""
    intent = s.parse.intent
    if intent is None or s.parse.confidence < ASK_WHETHER_AT:
        return None
    wish = start_of(s, intent)
    if wish is None or (pattern == SEARCH and answers(s.bundles[wish.bundle], wish.flow)):
        return None
    return intent, _title(s, intent)


def _title(s: Situation, intent: str) -> str:
    return s.menu.titles.get(s.parse.language, {}).get(intent, intent)
