"""All that policy decides from: the conversation so far, the turn, and what can be begun in it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.model.base import JsonObject
from bot.model.handoff import Owner
from bot.model.parse import Parse
from bot.model.slot import SlotSpec
from bot.model.state import Cursor, Frame, State
from bot.rules.advance.places import open_question
from bot.rules.program import LoadedBundle
from bot.rules.values import Answer, Refused, read_value

MOST_CHATS = 3
"""Small talk in a row beside an open question. More of it counts as no answer, so that every question ends."""


@dataclass(frozen=True, slots=True)
class Menu:
    """What can be begun now: flows by intent, the bundle of each flow, and by language each intent in words.

    start_at: intent -> the confidence from which its flow is begun by itself, where that is not START_AT.
    fallback: the pattern for what is not understood.
    """

    by_intent: Mapping[str, str]
    bundle_of: Mapping[str, str]
    titles: Mapping[str, Mapping[str, str]]
    start_at: Mapping[str, float] = field(default_factory=dict)
    fallback: str = "pattern_cannot_handle"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a message, understood by itself."""

    text: str
    parse: Parse


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn as policy sees it. ``draw`` is a number from 0 to 1 that stays the same for a conversation.

    parts: where the message has several that may be wishes of their own. form: the id of the form that it fills in.
    """

    text: str
    payload: str | None
    parse: Parse
    owner: Owner
    now: datetime
    timezone: str
    draw: float
    conversation: JsonObject
    files: tuple[JsonObject, ...] = ()
    form: str | None = None
    env: Mapping[str, str | None] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Situation:
    """A turn in its conversation. bundles: those that the state and the menu name, at least."""

    state: State
    turn: Turn
    menu: Menu
    bundles: Mapping[str, LoadedBundle]

    @property
    def parse(self) -> Parse:
        return self.turn.parse

    @property
    def question(self) -> tuple[Frame, Cursor] | None:
        """The open question, as the flow and the place in it that ask."""
        return open_question(self.state)

    @property
    def asked(self) -> SlotSpec | None:
        """The slot that the contact is being asked for."""
        question = self.question
        if question is None:
            return None
        frame, cursor = question
        return self.bundles[frame.bundle].bundle.slots.get((cursor.waiting.slot if cursor.waiting else None) or "")

    def answers(self, asked: SlotSpec) -> bool:
        """Whether the words can be an answer, whatever else they may mean ("yes please" sounds like a wish, too)."""
        if self.turn.files and asked.type == "file":
            return True
        return not isinstance(_read_answer(asked, self.turn, self.state), Refused)


_WORD = re.compile(r"[^\W\d_]{2,}")


def in_language(parse: Parse, text: str, payload: str | None, before: str | None) -> Parse:
    """The parse, in the language spoken before where these words are of none: a button, an address, a number."""
    if before is None or parse.language == before:
        return parse
    rest = text
    for entity in parse.entities:
        rest = rest.replace(entity.text, " ")
    told = payload is None and _WORD.search(rest) is not None
    return parse if told else parse.model_copy(update={"language": before})


_AROUND_DATA = frozenset(
    "my is it its it's the this that here hi hello hey number address email e-mail mail phone name order ticket account"
    " for please pls thanks thx ok and i am i'm meine mein ist es das die der hier nummer adresse bestellung konto"
    " hallo bitte danke und bestellnummer mailadresse lautet no nope wait sorry oh oops actually rather it's try use"
    " nein nee moment warte doch stattdessen nochmal versuch nimm mit am um uhr gegen ab den vom on at by".split()
)
_DATA = frozenset("email phone url number date time".split())


def only_data(turn: Turn) -> bool:
    """Whether the words hold an address, a number or the like, and no wish: "my email is bob@example.com"."""
    told = [
        entity for entity in turn.parse.entities if entity.entity in ("email", "phone", "url", "number", "date", "time")
    ]
    rest = turn.text
    for entity in told:
        rest = rest.replace(entity.text, " ")
    return bool(told) and set(re.findall(r"[^\W\d_][\w'-]*", rest.lower())) <= _AROUND_DATA


def _read_answer(spec: SlotSpec, turn: Turn, state: State) -> Answer:
    return read_value(
        spec,
        turn.text,
        turn.parse.entities,
        now=turn.now,
        timezone=state.contact.get("timezone") or turn.timezone,
        language=turn.parse.language,
        heard=_heard_before(open_question(state)),
    )


def _heard_before(question: tuple[Frame, Cursor] | None) -> str | None:
    """The answer before to this question, where it only lacked a part."""
    waiting = question[1].waiting if question is not None else None
    return None if waiting is None else waiting.heard
