"""What the interpreter may know of the world: a snapshot taken once, when the event arrived."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from pydantic import Field

from bot.model.base import JsonObject, Word
from bot.model.form import FormLimits
from bot.model.handoff import Owner


class Around(Word):
    """``instance`` and ``segment`` name the effects; ``conversation`` is what flows see as ``conversation.*``, empty in
    a run. ``speaks_first``: the channel can bring a contact something that is no answer.
    ``revisable``: messages can be edited there. ``forms``: what a form has room for there; None: it has none.
    """

    instance: str
    segment: int
    now: datetime
    timezone: str = "UTC"
    env: Mapping[str, str | None] = Field(default_factory=dict)
    conversation: JsonObject = Field(default_factory=dict)
    owner: Owner = "bot"
    turn_wait: timedelta = timedelta(seconds=2)
    speaks_first: bool = True
    revisable: bool = False
    forms: FormLimits | None = None

    @property
    def is_conversation(self) -> bool:
        return bool(self.conversation)

    @property
    def muted(self) -> bool:
        """A person has the floor: nothing runs and nothing is said."""
        return self.owner != "bot"
