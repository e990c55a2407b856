"""What a segment wants done in the world, and what of it is to be kept as a fact."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from bot.model.action import Failure
from bot.model.base import Json, JsonObject, Word
from bot.model.flow import Priority, Retries
from bot.model.handoff import Packet
from bot.model.llm import Round
from bot.model.message import Address, Reply


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
