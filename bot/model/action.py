"""Actions as the desk sees them: what they take and give, and what they do to the world."""

from typing import Literal

from pydantic import Field

from bot.model.base import Json, JsonObject, Word
from bot.model.flow import FailureKind
from bot.model.message import Reply

Effect = Literal["read", "write", "send"]

OUTPUT_SLOT = "frontdesk_output"
"""How an output crosses rasa_sdk's interface: an action returns ``SlotSet(OUTPUT_SLOT, {...})``. It is no slot of
the desk."""
FAILURE_SLOT = "frontdesk_failure"
"""How a Failure crosses it with its kind: ``SlotSet(FAILURE_SLOT, {"kind": ..., "message": ...})``."""
CALL_METADATA = "frontdesk"
"""Where an action finds its call: ``tracker.latest_message["metadata"][CALL_METADATA]`` is
``{"action", "key", "args", "timeout_seconds", "connection"}``, in process and on a remote action server alike."""


class ActionSpec(Word):
    """What an action declares.

    params, outputs: JSON Schemas of the object it takes and gives; None when it says nothing (a plain rasa_sdk action).
    idempotent:      calling it twice with one idempotency key shows once.
    timeout_seconds: the longest that one call may take.
    remote:          it runs on an action server; whatever it does there cannot end the desk's process.
    """

    name: str
    description: str = ""
    params: JsonObject | None = None
    outputs: JsonObject | None = None
    effect: Effect = "write"
    idempotent: bool = False
    timeout_seconds: float = Field(default=10.0, gt=0, le=600)
    connection: str | None = None
    remote: bool = False


class ActionCall(Word):
    """One call. ``key`` is the same for every attempt at the same effect, so a service can recognise a repeat."""

    action: str
    key: str
    args: JsonObject = Field(default_factory=dict)
    timeout_seconds: float | None = None
    tracker: JsonObject = Field(default_factory=dict)
    connection: str | None = None


class ActionResult(Word):
    """What came back: the declared output, and for rasa_sdk actions the slots they set and the replies they asked
    for."""

    output: Json = None
    slots: JsonObject = Field(default_factory=dict)
    replies: tuple[Reply, ...] = ()
    utter: tuple[tuple[str, JsonObject], ...] = ()
    events: tuple[JsonObject, ...] = ()


class Failure(Word):
    """Why something did not work, in words that may be shown to an agent (never to a customer)."""

    kind: FailureKind
    message: str
    retry_after_seconds: float | None = None
    uncertain: bool = False
