"""Going on with what has just come to its end: "and for schools?", "and A-2005?", "and on Sunday?"."""

from collections.abc import Collection
from typing import Final

from bot.model.base import JsonObject
from bot.model.decision import Decision, Misunderstood
from bot.model.remembered import Through
from bot.rules.follow_up import goes_on
from bot.rules.policy.beginning import start_of
from bot.rules.policy.offering import is_in_need, likeliest
from bot.rules.policy.patterns import SEARCH
from bot.rules.policy.situation import Situation, only_data
from bot.rules.policy.sureness import ASK_BACK_AT, START_AT
from bot.rules.program import LoadedBundle
from bot.rules.repair import meant_instead

MOST_OF_A_NAME: Final = 4
"""Words of "and per invoice?", "what about Pro": above it a sure wish is no question to the matter before."""


def going_on(s: Situation) -> Decision | None:
    """More of what has just come to its end: another question to an article's matter, or the same flow with another
    number, month or the like."""
    last = s.state.through
    if last is None or s.state.turn != last.turn or is_in_need(s.parse) or s.turn.files:
        return None
    if last.question:
        return _asked_further(s) if goes_on(s.turn.text) else None
    intent = next((intent for intent, flow in s.menu.by_intent.items() if flow == last.flow), None)
    return None if intent is None else _begun_again(s, last, intent)


def _asked_further(s: Situation) -> Decision | None:
    """Another question to the articles, unless a whole sentence is surely for a flow."""
    sure = s.parse.confidence >= s.menu.start_at.get(s.parse.intent or "", START_AT)
    if s.menu.fallback != SEARCH or (sure and len(s.turn.text.split()) > MOST_OF_A_NAME):
        return None
    return Misunderstood(flow=SEARCH, bundle=s.menu.bundle_of[SEARCH], choices=likeliest(s, ASK_BACK_AT))


def _begun_again(s: Situation, last: Through, intent: str) -> Decision | None:
    """The same flow with another value, with a day, or because the words are likeliest for it anyway."""
    on, loaded = goes_on(s.turn.text), s.bundles[s.menu.bundle_of[last.flow]]
    corrects = not last.wrote and (only_data(s.turn) or meant_instead(s.turn.text) is not None)
    anew = _told_anew(s, loaded, last.flow, on) if on or corrects else set()
    alike = any(guess.intent == intent and guess.confidence >= ASK_BACK_AT for guess in s.parse.alternatives[:1])
    when = not loaded.uses.get(last.flow) and any(one.entity in ("date", "time") for one in s.parse.entities)
    if not anew and not (on and (alike or when)):
        return None
    return start_of(s, intent, _answered_before(s, loaded, last, but=anew))


def _told_anew(s: Situation, loaded: LoadedBundle, flow: str, on: bool) -> set[str]:
    """The slots of the flow for which the message has another value; unless it goes on with the matter in so many
    words, of those that are filled by the way."""
    ended = s.state.ended
    before = s.state.slots | (ended.slots if ended is not None and ended.flow == flow else {})
    specs = {name: loaded.bundle.slots.get(name) for name in loaded.uses.get(flow, ())}
    named = {name for name, spec in specs.items() if spec is not None and (on or spec.prefill)}
    return {one.entity for one in s.parse.entities if one.entity in named and before.get(one.entity) != one.value}


def _answered_before(s: Situation, loaded: LoadedBundle, last: Through, but: Collection[str]) -> JsonObject:
    """What is still known of the matter: what was said by the way, and is not said otherwise now."""
    ended = s.state.ended
    if last.wrote or ended is None or ended.flow != last.flow:
        return {}
    specs, known = loaded.bundle.slots, ended.slots
    return {name: known[name] for name in known if known[name] is not None and specs[name].prefill and name not in but}
