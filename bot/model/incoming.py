"""What starts or continues a segment: a turn, a trigger, an outcome, time, or what a person decides."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from bot.model.action import ActionResult, Failure
from bot.model.base import Json, JsonObject, Word
from bot.model.decision import Decision
from bot.model.form import FormSent
from bot.model.message import FileRef
from bot.model.parse import Parse
from bot.model.remembered import UndoMessage
from bot.model.response import Say as SayWords


class Said(Word):
    """A turn of the contact, as understood: the messages joined, the parse, and what policy made of it.

    messages: each message of the turn, on channels where it can be edited.
    revises: of a turn that takes the place of the last one, what was edited or deleted.
    asked: what a model took for reading it, where one was asked.
    summarised: a new summary of what came before, ``{summary, asked}``, where one was due.
    contact: what the channel vouches for about whoever writes.
    form: of a form that was filled in, its fields; ``text`` is empty then.
    """

    type: Literal["said"] = "said"
    text: str
    payload: str | None = None
    files: tuple[FileRef, ...] = ()
    channel: str
    parse: Parse
    decision: Decision
    message_ids: tuple[str, ...] = ()
    messages: tuple[UndoMessage, ...] = ()
    revises: JsonObject | None = None
    asked: JsonObject | None = None
    summarised: JsonObject | None = None
    contact: JsonObject = Field(default_factory=dict)
    form: FormSent | None = None


class Started(Word):
    """A trigger other than a message starts a run."""

    type: Literal["started"] = "started"
    flow: str
    bundle: str
    input: JsonObject = Field(default_factory=dict)


class EffectDone(Word):
    """An effect has an outcome: a result or a failure, never both. ``at`` is when it was had.

    wrote:     it has changed something in the world, or may have.
    responses: the desk's responses that the action asked for by name (rasa_sdk actions do) and no step names.
    """

    type: Literal["effect_done"] = "effect_done"
    key: str
    result: ActionResult | None = None
    failure: Failure | None = None
    at: datetime
    jitter: float = 0.0
    wrote: bool = False
    responses: dict[str, tuple[SayWords, ...]] = Field(default_factory=dict)


class WaitedLong(Word):
    """The turn has waited for these effects as long as it may; they go on without it."""

    type: Literal["waited_long"] = "waited_long"
    keys: tuple[str, ...]


class TimeCame(Word):
    """The clock has passed the instance's ``wake_at``."""

    type: Literal["time_came"] = "time_came"


class ReviewDecided(Word):
    type: Literal["review_decided"] = "review_decided"
    review_id: str
    decision: Literal["approve", "reject", "edit"]
    by: str
    note: str | None = None
    edited: Json = None


class EventCame(Word):
    """Something named happened elsewhere in the desk, for ``wait: {event}``."""

    type: Literal["event_came"] = "event_came"
    name: str
    payload: JsonObject = Field(default_factory=dict)


class Returned(Word):
    """A person gives the conversation back. ``step``: go on at this step id of the flow on top; None: behind the
    handoff."""

    type: Literal["returned"] = "returned"
    by: str
    step: str | None = None


class Corrected(Word):
    """A person set slots, or the intent with the flow that it starts (None: no flow handles it)."""

    type: Literal["corrected"] = "corrected"
    by: str
    slots: JsonObject = Field(default_factory=dict)
    intent: str | None = None
    flow: str | None = None
    bundle: str | None = None


class Retried(Word):
    """A person wants a failed step tried again."""

    type: Literal["retried"] = "retried"
    by: str


class Cancelled(Word):
    """Drop what is under way. ``resolved``: the handoff whose matter a person has settled by that."""

    type: Literal["cancelled"] = "cancelled"
    by: str
    resolved: str | None = None


Incoming = (
    Said
    | Started
    | EffectDone
    | WaitedLong
    | TimeCame
    | ReviewDecided
    | EventCame
    | Returned
    | Corrected
    | Retried
    | Cancelled
)
