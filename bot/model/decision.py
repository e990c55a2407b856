"""What policy decides to do with a turn."""

from typing import Literal

from pydantic import Field

from bot.model.base import Json, JsonObject, Word
from bot.model.flow import Priority


class StartFlow(Word):
    """Begin a flow; what was under way waits below it."""

    do: Literal["start_flow"] = "start_flow"
    flow: str
    bundle: str
    slots: JsonObject = Field(default_factory=dict)
    instead: bool = False


class Continue(Word):
    """The message answers the open question."""

    do: Literal["continue"] = "continue"


class AskWhich(Word):
    """Two intents are too close: ask which one is meant."""

    do: Literal["ask_which"] = "ask_which"
    flow: str
    bundle: str
    choices: tuple[tuple[str, str], ...]


class Misunderstood(Word):
    """Nothing fits: ask back, then fetch a person."""

    do: Literal["misunderstood"] = "misunderstood"
    flow: str
    bundle: str


class StillWorking(Word):
    """An action is under way and the message is no request of its own."""

    do: Literal["still_working"] = "still_working"


class Listen(Word):
    """A person has the floor: the bot writes down and keeps quiet."""

    do: Literal["listen"] = "listen"


class FetchPerson(Word):
    """Hand over at once."""

    do: Literal["fetch_person"] = "fetch_person"
    reason: str
    priority: Priority = "normal"


class Repair(Word):
    """Mend the conversation itself: drop what is under way, say it again, leave a question out, begin anew."""

    do: Literal["cancel", "repeat", "skip", "restart"]
    flow: str
    bundle: str


class Correct(Word):
    """The contact takes back an earlier answer: this slot has this value instead."""

    do: Literal["correct"] = "correct"
    flow: str
    bundle: str
    slot: str
    value: Json


Decision = StartFlow | Continue | AskWhich | Misunderstood | StillWorking | Listen | FetchPerson | Repair | Correct
