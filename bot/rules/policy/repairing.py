"""Whether a turn mends the conversation itself: a command to cancel, repeat, skip or begin anew, or an earlier answer
taken back."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from bot.model.base import Json
from bot.model.decision import Correct, Decision, Repair
from bot.model.parse import Entity
from bot.model.slot import SlotSpec
from bot.model.state import State
from bot.rules.advance.places import active_chain, chains, gives_way
from bot.rules.advance.redoing import TURNS_KEPT
from bot.rules.policy.beginning import start_of
from bot.rules.policy.patterns import CORRECTION
from bot.rules.policy.situation import MOST_CHATS, Situation, Turn
from bot.rules.policy.sureness import SURE_OF_ANOTHER
from bot.rules.program import LoadedBundle
from bot.rules.repair import Command, cannot_answer, command_of, meant_instead, wants_changed
from bot.rules.values import LACKING, Answer, Refused, read_value

PATTERNS: Mapping[Command, str] = {
    "cancel": "pattern_cancel",
    "repeat": "pattern_repeat_bot_messages",
    "skip": "pattern_skip_question",
    "restart": "pattern_restart",
    "explain": "pattern_why_asked",
}
TELLING = ("email", "phone", "url", "pattern")
"""Types whose values can hardly be meant for another slot."""
CALLED: Mapping[str, frozenset[str]] = {
    "email": frozenset("email e-mail mail address adresse mailadresse account konto".split()),
    "phone": frozenset("phone telephone mobile number telefon telefonnummer handynummer nummer".split()),
    "url": frozenset("url link site website address adresse".split()),
    "date": frozenset("date day datum tag".split()),
    "time": frozenset("time hour uhrzeit zeit".split()),
    "datetime": frozenset("date day time datum tag termin uhrzeit".split()),
    "money": frozenset("amount price sum betrag preis summe".split()),
    "pattern": frozenset("number code id nummer kennung".split()),
    "file": frozenset("file attachment datei anhang".split()),
}
"""What people call a slot of this type."""
_OTHER = re.compile(r"\b(?:other|ander[enrsm]+)\b", re.IGNORECASE)


def repair_of(s: Situation, answers: bool) -> Decision | None:
    """A command to mend the conversation, or an earlier answer taken back."""
    question, asked = s.question, s.asked
    command = command_of(s.turn.text)
    if command is None and question is not None and not answers and cannot_answer(s.turn.text):
        command = "skip"
    if command is not None and not (answers and asked is not None and asked.type == "choice"):
        if command == "cancel" and not active_chain(s.state) and _is_wish(s):
            return None  # "I want to cancel", with nothing under way that could be meant
        return _command(s, command)
    if command is not None:
        return None
    under_way = _correction(s, asked, answers) if active_chain(s.state) else None
    asks = question is not None and not gives_way(question[0])
    return under_way if under_way is not None or asks else _after_end(s)


def _after_end(s: Situation) -> Decision | None:
    """An answer of the flow that has just ended, taken back in words that say so."""
    state, turn, ended = s.state, s.turn, s.state.ended
    if ended is None or CORRECTION not in s.menu.bundle_of or state.turn - ended.turn >= TURNS_KEPT:
        return None
    specs = s.bundles[ended.bundle].bundle.slots
    candidates = [(name, specs[name]) for name in reversed(ended.slots) if name in specs]
    before = state.model_copy(update={"slots": state.slots | ended.slots})
    rest = meant_instead(turn.text)
    slots = _meant(before, turn, candidates, rest) if rest is not None else {}
    slots = slots or _to_be_asked_again(before, turn, candidates, rest)
    if not slots:
        return None
    return Correct(flow=CORRECTION, bundle=s.menu.bundle_of[CORRECTION], slots=slots, ended=True)


def _is_wish(s: Situation) -> bool:
    """Whether the words begin a flow of the desk as well."""
    intent = s.parse.intent
    if intent is None or s.parse.confidence < s.menu.start_at.get(intent, SURE_OF_ANOTHER):
        return False
    return start_of(s, intent) is not None


def _command(s: Situation, command: Command) -> Decision | None:
    """None where there is nothing to do it to: then the words may be a wish of their own."""
    pattern = PATTERNS[command]
    if pattern not in s.menu.bundle_of or (command in ("skip", "explain") and s.question is None):
        return None
    if command == "explain" and s.state.chats >= MOST_CHATS:
        return None
    if command == "repeat" and not any(line.who == "bot" for line in s.state.recent):
        return None
    return Repair(do=command, flow=pattern, bundle=s.menu.bundle_of[pattern])


def _correction(s: Situation, asked: SlotSpec | None, answers: bool) -> Decision | None:
    """Other values for slots that were asked for before, in words that take something back, or in a form that says
    itself which slot it is for and does not answer the open question. Without a value: the slot that is to be asked
    for again."""
    if CORRECTION not in s.menu.bundle_of:
        return None
    state, turn, rest = s.state, s.turn, meant_instead(s.turn.text)
    if rest is None and (asked is None or answers):
        return None
    candidates = [(name, spec) for name, spec in _answered(state, s.bundles) if spec is not asked]
    slots = _meant(state, turn, candidates, rest) or _to_be_asked_again(state, turn, candidates, rest)
    return Correct(flow=CORRECTION, bundle=s.menu.bundle_of[CORRECTION], slots=slots) if slots else None


def _meant(state: State, turn: Turn, candidates: Sequence[tuple[str, SlotSpec]], rest: str | None) -> dict[str, Json]:
    """New values: of what is named first, then of the latest; several where their types cannot be mixed up."""
    words = turn if rest is None else replace(turn, text=rest)
    found: dict[str, Json] = {}
    types: set[str] = set()
    for name, spec in sorted(candidates, key=lambda one: not is_named(one[0], one[1], words.text)):
        if spec.type in types or (rest is None and spec.type not in TELLING):
            continue
        if found and spec.type not in (*TELLING, "choice"):
            continue
        if spec.type == "boolean" and (rest is None or name != candidates[0][0]):
            continue  # a yes or no is of the question before, or of any
        value = _value_for(name, spec, words, state)
        if value is not None and value != state.slots.get(name):
            found[name] = value
            types.add(spec.type)
    return found or _lacking(words, candidates, state)


def _lacking(words: Turn, candidates: Sequence[tuple[str, SlotSpec]], state: State) -> dict[str, Json]:
    """The slot that is to be asked for again, because a part of its new value was said: "no, on friday"."""
    for name, spec in candidates:
        if spec.type in ("date", "datetime", "duration"):
            read = _read(spec, words, (), state)
            if isinstance(read, Refused) and read.code in LACKING:
                return {name: None}
    return {}


def _to_be_asked_again(
    state: State, turn: Turn, candidates: Sequence[tuple[str, SlotSpec]], rest: str | None
) -> dict[str, Json]:
    """The slot that "no, the other address" or "the date is wrong" names; of two values, the other one."""
    sure_of_another = turn.parse.intent is not None and turn.parse.confidence >= SURE_OF_ANOTHER
    words = rest or (None if sure_of_another else wants_changed(turn.text))
    if words is None or len(words.split()) > 6:
        return {}
    found = next(((name, spec) for name, spec in candidates if is_named(name, spec, words)), None)
    if found is None:
        return {}
    name, spec = found
    others = [choice.value for choice in spec.values if choice.value != state.slots.get(name)]
    return {name: others[0] if len(others) == 1 and _OTHER.search(words) else None}


def is_named(name: str, spec: SlotSpec, words: str) -> bool:
    """Whether the words name this slot: by its own name, or by what people call its type."""
    said = set(re.findall(r"[\w-]+", words.lower()))
    return set(name.lower().split("_")) <= said or bool(said & CALLED.get(spec.type, frozenset()))


def _answered(state: State, bundles: Mapping[str, LoadedBundle]) -> Iterator[tuple[str, SlotSpec]]:
    """The filled slots that the flows under way have asked for, of those with the floor first, the latest first."""
    below = [frame for chain in chains(state) for frame in chain]
    for frame in (*active_chain(state), *below):
        loaded = bundles[frame.bundle]
        for name in reversed(state.slots):
            if name in loaded.collected and name in loaded.bundle.slots and state.slots[name] is not None:
                yield name, loaded.bundle.slots[name]


def _value_for(name: str, spec: SlotSpec, turn: Turn, state: State) -> Json:
    """The value in these words; free text only where the slot is named, as in "my name is Ada"."""
    if spec.type in ("text", "list", "object", "file"):
        return _named_value(name, spec, turn.text)
    entities = tuple(entity for entity in turn.parse.entities if entity.text in turn.text)
    read = _read(spec, turn, entities, state)
    before = state.slots.get(name)
    if isinstance(read, Refused) and read.code == "needs_a_time" and isinstance(before, str):
        read = _read(spec, turn, entities, state, heard=before[11:16])  # another day keeps the time: "no, on friday"
    return None if isinstance(read, Refused) else read.value


def _read(spec: SlotSpec, turn: Turn, entities: tuple[Entity, ...], state: State, heard: str | None = None) -> Answer:
    return read_value(
        spec, turn.text, entities, now=turn.now, timezone=state.contact.get("timezone") or turn.timezone,
        language=turn.parse.language, heard=heard,
    )  # fmt: skip


def _named_value(name: str, spec: SlotSpec, text: str) -> Json:
    if spec.type != "text":
        return None
    words = re.escape(name.replace("_", " "))
    found = re.search(rf"\b{words}\b\s*(?:is|should be|ist|lautet|:)\s*(?P<value>\S.*)", text, re.IGNORECASE)
    return None if found is None else found["value"].strip(" .!\"'")
