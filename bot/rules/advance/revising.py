"""Edits and deletions: the last turn taken back, as long as nothing has been done that cannot be undone."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.model.effect import Act, AskReview, Effect, HandOff, Respond, Say, Think
from bot.model.incoming import EffectDone, Incoming, Said, WaitedLong
from bot.model.message import FileRef
from bot.model.remembered import Undo, UndoMessage
from bot.model.state import State
from bot.rules.advance.around import Around
from bot.rules.advance.places import working

_FINAL = HandOff | AskReview | Respond


@dataclass(frozen=True, slots=True)
class Revision:
    """The state before the turn, and the messages that the turn has now. ``said``: what it was answered with."""

    state: State
    messages: tuple[UndoMessage, ...]
    said: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join(message.text for message in self.messages if message.text)

    @property
    def files(self) -> tuple[FileRef, ...]:
        return tuple(file for message in self.messages for file in message.files)


def revised(state: State, kind: str, refers_to: str | None, text: str) -> Revision | None:
    """What the last turn becomes by this change; None when it is too late, or another turn is meant.

    Too late: something was changed in the world, a person was asked, or an effect is under way.
    """
    undo = state.undo
    if undo is None or working(state) or all(message.id != refers_to for message in undo.messages):
        return None
    changed = [
        message.model_copy(update={"text": text}) if message.id == refers_to else message
        for message in undo.messages
        if kind == "edit" or message.id != refers_to
    ]
    before = State.model_validate(undo.state)
    before.next_frame = state.next_frame  # the same turn, but no flow takes the number of another
    before.contact = before.contact | state.contact
    return Revision(before, tuple(changed), tuple(undo.said))


def remember_turn(before: State, after: State, event: Incoming, effects: Sequence[Effect], around: Around) -> None:
    """Keep in ``after`` what taking the turn back needs, or forget it where that is not possible any more."""
    if not around.revisable or around.muted or any(isinstance(effect, _FINAL) for effect in effects):
        after.undo = None
        return
    words = [effect.reply.text or "" for effect in effects if isinstance(effect, Say)]
    if isinstance(event, Said):
        after.undo = _undo(before, event, words) if _is_plain(after, event) else None
    elif isinstance(event, EffectDone | WaitedLong) and after.undo is not None:
        wrote = isinstance(event, EffectDone) and event.wrote
        after.undo = None if wrote else after.undo.model_copy(update={"said": [*after.undo.said, *words]})
    else:
        after.undo = None


def is_silent(effects: Sequence[Effect], revision: Revision) -> bool:
    """Whether the changed turn is answered in the same words and does nothing else: then nothing is said again."""
    words = tuple(effect.reply.text or "" for effect in effects if isinstance(effect, Say))
    return words == revision.said and not any(isinstance(effect, Act | Think | _FINAL) for effect in effects)


def _undo(before: State, event: Said, words: list[str]) -> Undo:
    messages = event.messages or tuple(UndoMessage(id=id_, text=event.text) for id_ in event.message_ids[:1])
    return Undo(state=before.model_dump(mode="json", exclude={"undo"}), messages=list(messages), said=words)


def _is_plain(after: State, event: Said) -> bool:
    """Whether the words may be kept: an answer that is to be kept secret is not."""
    return not set(event.message_ids) & set(after.secret_messages)
