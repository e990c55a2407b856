"""What a running instance remembers: the flows under way, what each of them waits for, and what was said."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from bot.model.base import Draftable, Json, JsonObject
from bot.model.form import OpenForm
from bot.model.handoff import Tried
from bot.model.message import FileRef
from bot.model.parse import Parse
from bot.model.remembered import Deferred, Ended, Through, Undo

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
    buttons: what the buttons shown since the last turn are called, and the command that each stands for.
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
    buttons: list[tuple[str, str]] = Field(default_factory=list)
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
