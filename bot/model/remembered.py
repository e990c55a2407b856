"""What a conversation keeps beside its flows: what was put off, and the last turn as it can still be taken back."""

from pydantic import Field

from bot.model.base import Draftable, JsonObject
from bot.model.message import FileRef
from bot.model.parse import Parse


class Deferred(Draftable):
    """A flow that is to begin when another (by its root frame) is through. turn: in which it was wished for, and parse:
    what was understood of the wish."""

    flow: str
    bundle: str
    input: JsonObject = Field(default_factory=dict)
    behind: int
    turn: int = 0
    parse: Parse | None = None


class Ended(Draftable):
    """The flow that ended last, as long as its answers may still be taken back.

    slots:   what it was answered. Null for each where ``frame`` is None.
    frame:   the flow as it stood at its end, to be done once more; None where it has changed something in the world.
    turn:    the contact's turn in which it ended.
    """

    flow: str
    bundle: str
    slots: JsonObject
    frame: JsonObject | None = None
    turn: int = 0


class Through(Draftable):
    """What the last turn's matter was: the flow that came to its end in it, and the question that an article answered,
    with the passage that did.

    wrote: the flow has changed something in the world.
    """

    turn: int
    flow: str = ""
    wrote: bool = False
    question: str = ""
    passage: str = ""


class UndoMessage(Draftable):
    """A message of the last turn, under the id by which an edit or a deletion names it."""

    id: str
    text: str = ""
    files: tuple[FileRef, ...] = ()


class Undo(Draftable):
    """The last turn as it can still be taken back: the state before it, its messages, and what was answered."""

    state: JsonObject
    messages: list[UndoMessage]
    said: list[str] = Field(default_factory=list)
