"""What policy decides to do with a turn."""

from typing import Literal

from pydantic import Field

from bot.model.base import Json, JsonObject, Word
from bot.model.flow import Priority
from bot.model.parse import Parse


class Later(Word):
    """What else was wished for in the same message, and in which words."""

    flow: str
    bundle: str
    title: str
    text: str
    parse: Parse


class StartFlow(Word):
    """Begin a flow; what was under way waits below it. later: what is to begin when it is through."""

    do: Literal["start_flow"] = "start_flow"
    flow: str
    bundle: str
    slots: JsonObject = Field(default_factory=dict)
    instead: bool = False
    later: tuple[Later, ...] = ()


class Continue(Word):
    """The message answers the open question."""

    do: Literal["continue"] = "continue"


class FillForm(Word):
    """The message is the open form, filled in."""

    do: Literal["fill_form"] = "fill_form"


class LateForm(Word):
    """The message is a form that nothing waits for any more."""

    do: Literal["late_form"] = "late_form"


class AskWhich(Word):
    """Two intents are too close: ask which one is meant."""

    do: Literal["ask_which"] = "ask_which"
    flow: str
    bundle: str
    choices: tuple[tuple[str, str], ...]


class Misunderstood(Word):
    """Nothing fits: ask back with the likeliest wishes, then for other words, then fetch a person. upset: at once."""

    do: Literal["misunderstood"] = "misunderstood"
    flow: str
    bundle: str
    choices: tuple[tuple[str, str], ...] = ()
    upset: bool = False


class Chat(Word):
    """Small talk that no flow of the desk's answers: a greeting, thanks, "are you a bot?"; a question beside the open
    one, which an article may answer."""

    do: Literal["chitchat"] = "chitchat"
    flow: str
    bundle: str
    about: str


class Postpone(Word):
    """The open question lets no other flow in between: the wish is kept for later (defer), or not followed (deny)."""

    do: Literal["defer", "deny"]
    flow: str
    bundle: str
    wish: StartFlow
    title: str


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
    """Mend the conversation itself: drop what is under way, say it again, leave a question out, begin anew, say what a
    question is for."""

    do: Literal["cancel", "repeat", "skip", "restart", "explain"]
    flow: str
    bundle: str


class Correct(Word):
    """The contact takes back earlier answers: these slots have these values instead; null: it is to be asked again.

    ended: they were answers of the flow that has just ended.
    """

    do: Literal["correct"] = "correct"
    flow: str
    bundle: str
    slots: dict[str, Json]
    ended: bool = False


Decision = (
    StartFlow
    | Continue
    | FillForm
    | LateForm
    | AskWhich
    | Misunderstood
    | Chat
    | Postpone
    | StillWorking
    | Listen
    | FetchPerson
    | Repair
    | Correct
)
