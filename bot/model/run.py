"""What a running instance is made of: its state, the events that start a segment, and the effects that come out."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from bot.model.action import ActionResult, Failure
from bot.model.base import Draftable, Json, JsonObject, Word
from bot.model.decision import Decision
from bot.model.flow import Priority, Retries
from bot.model.form import FormSent, OpenForm
from bot.model.handoff import Packet, Tried
from bot.model.llm import Round
from bot.model.message import Address, FileRef, Reply
from bot.model.parse import Parse
from bot.model.remembered import Deferred, Ended, Through, Undo, UndoMessage
from bot.model.response import Say as SayWords

# --- state ----------------------------------------------------------------------------------------------------------

WaitKind = Literal["effect", "retry", "collect", "review", "timer", "event", "call", "handoff", "failed", "branches"]


class Waiting(Draftable):
    """What a cursor waits for.

    key:      the idempotency key of an effect or the id of a review.
    until:    when time alone ends the wait (a timer, a retry, a time limit).
    attempt:  tries so far of an effect, or refused answers of a collect.
    detached: the turn has ended without this effect; its outcome comes in as an event.
    call:     the effect as it was asked for, so that another attempt asks for exactly the same.
    reminded: the contact kept silent, and the question was put once more.
    found:    what an ``answer`` step has found, while a model puts it into words.
    heard:    an answer that lacked a part, such as the time of a day: the next one may bring only that.
    form:     the question was put as a form, too.
    """

    kind: WaitKind
    key: str | None = None
    until: datetime | None = None
    attempt: int = 0
    slot: str | None = None
    name: str | None = None
    frame: int | None = None
    detached: bool = False
    call: JsonObject | None = None
    reminded: bool = False
    found: JsonObject | None = None
    heard: str | None = None
    form: OpenForm | None = None


class LoopPlace(Draftable):
    """One turn of a loop: the items (None for while), which one is on, and the last output of each finished one."""

    node: str
    items: list[Any] | None = None
    index: int = 0
    outputs: list[Any] = Field(default_factory=list)


class Cursor(Draftable):
    """A place in a flow. A parallel step gives its cursor children, one a branch."""

    at: str | None
    loops: list[LoopPlace] = Field(default_factory=list)
    waiting: Waiting | None = None
    children: "list[Cursor]" = Field(default_factory=list)
    last_output: Json = None


class Frame(Draftable):
    """A flow in progress, pinned to its bundle.

    root:    the number of the frame that (through calls) began it.
    touched: slots that it filled and that are emptied again when it ends.
    wrote:   nodes that have changed something in the world, so that nothing before them can be taken back.
    turn:    the contact's turn in which it began. left_in_turn: in which another flow came in between.
    """

    number: int
    root: int
    flow: str
    bundle: str
    input: JsonObject = Field(default_factory=dict)
    steps: JsonObject = Field(default_factory=dict)
    vars: JsonObject = Field(default_factory=dict)
    visits: dict[str, int] = Field(default_factory=dict)
    error: JsonObject | None = None
    caller: int | None = None
    touched: list[str] = Field(default_factory=list)
    wrote: list[str] = Field(default_factory=list)
    interrupted: bool = False
    turn: int = 0
    left_in_turn: int | None = None
    cursor: Cursor


class Line(Draftable):
    """One line of the recent transcript."""

    who: Literal["contact", "bot", "agent"]
    text: str


class State(Draftable):
    """All that an instance remembers. ``frames`` is a stack; the flow on top has the floor.

    recent: the last lines said (bounded), for packets and prompts.
    story:  the running summary by rules, one line for each thing that happened (bounded).
    summary: the running summary by a model, where one makes it; summarised_turn: when it did.
    tried:  the last steps that touched the world (bounded), for packets.
    offered: the wishes (intent, title) to choose from, of the turn before; unclear: what was said in it.
    asked_back, chats: of the way to a person: such a choice was offered; small talk in a row beside a question.
    files: what was sent without a word of what it is for; the next flow that begins has it.
    through: what came to its end last, while the next message may lean on it.
    ended: the flow that ended last, while its answers may be taken back.
    undo: of channels where messages can be edited, the last turn while it can be taken back.
    secret_messages: ids of the last messages whose words are not kept.
    satisfaction: the last score, with what it was about.
    responded, finished, failed: of a run, the answer to its caller and how it ended.
    """

    frames: list[Frame] = Field(default_factory=list)
    slots: JsonObject = Field(default_factory=dict)
    contact: JsonObject = Field(default_factory=dict)
    language: str | None = None
    parse: Parse = Parse()
    wish: Parse = Parse()
    turn: int = 0
    next_frame: int = 1
    misunderstood: int = 0
    asked_back: bool = False
    chats: int = 0
    offered: list[tuple[str, str]] = Field(default_factory=list)
    unclear: str = ""
    deferred: list[Deferred] = Field(default_factory=list)
    files: list[FileRef] = Field(default_factory=list)
    through: Through | None = None
    ended: Ended | None = None
    undo: Undo | None = None
    secret_messages: list[str] = Field(default_factory=list)
    satisfaction: JsonObject | None = None
    satisfaction_asked_at: datetime | None = None
    turn_began_at: datetime | None = None
    told_waiting: bool = False
    labels: list[str] = Field(default_factory=list)
    recent: list[Line] = Field(default_factory=list)
    story: list[str] = Field(default_factory=list)
    summary: str | None = None
    summarised_turn: int = 0
    tried: list[Tried] = Field(default_factory=list)
    responded: JsonObject | None = None
    finished: JsonObject | None = None
    failed: JsonObject | None = None


# --- what starts or continues a segment
# --------------------------------------------------------------------------------


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
    decision: "Decision"
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
Said.model_rebuild()


# --- effects --------------------------------------------------------------------------------------------------------


class Say(Word):
    """Put a reply into the outbox: of this conversation, or of the one at another address."""

    reply: Reply
    to: Address | None = None


class Act(Word):
    """Call an action. ``attempt`` counts from 1; ``retries`` is None where the step has none."""

    key: str
    frame: int
    node: str
    action: str
    args: JsonObject
    timeout_seconds: float | None = None
    connection: str | None = None
    attempt: int = 1
    retries: Retries | None = None
    shown: JsonObject | None = None
    """The args as people may see them, where that is not as they are."""


class Think(Word):
    """Ask a prompt. ``spec`` is the prompt, its texts filled in and fenced already; ``inputs`` are what it was handed;
    ``context`` are the parts of the conversation that it declares, and nothing else of it. ``rounds``: this is one
    request of a prompt with tools, and what was called before it."""

    key: str
    frame: int
    node: str
    spec: JsonObject
    inputs: JsonObject
    context: JsonObject = Field(default_factory=dict)
    timeout_seconds: float | None = None
    attempt: int = 1
    rounds: tuple[Round, ...] | None = None


class AskReview(Word):
    """Put a review into the inbox; the cursor waits for its decision."""

    review_id: str
    team: str | None
    title: str
    show: Json
    editable: Json
    expires_at: datetime


class CloseReview(Word):
    """The wait for this review is over without a decision."""

    review_id: str
    status: Literal["expired", "withdrawn"]


class HandOff(Word):
    """Give the floor to a person."""

    team: str | None
    priority: Priority
    packet: Packet


class Respond(Word):
    """The answer to the caller of a webhook or form."""

    status: int
    json_: Json = None


class Finish(Word):
    """A run has ended well."""

    outcome: str
    outputs: JsonObject


class Fail(Word):
    """A run has ended in a failure that nobody handled: it goes to the dead letters."""

    failure: Failure
    flow: str
    step: str


class AddNote(Word):
    """Leave a private note beside the conversation."""

    text: str


class Record(Word):
    """Append a fact to the instance's events."""

    event: str
    data: JsonObject = Field(default_factory=dict)


Effect = Say | Act | Think | AskReview | CloseReview | HandOff | AddNote | Respond | Finish | Fail | Record
