"""What of a conversation a prompt may see: the parts that it declares, with what is sensitive masked."""

from collections.abc import Iterable

from bot.model.base import Json, JsonObject
from bot.model.prompt import ContextPart
from bot.model.state import Frame, State
from bot.rules.advance.machine import Machine
from bot.rules.advance.packet import known_slots, summarise


def context_of(m: Machine, frame: Frame, parts: Iterable[ContextPart]) -> JsonObject:
    """Each declared part by its name; one that has nothing to say is left out."""
    found: JsonObject = {}
    for part in parts:
        name, value = _part(m, frame, part)
        if value:
            found[name] = value
    return found


def _part(m: Machine, frame: Frame, part: ContextPart) -> tuple[str, Json]:
    match part:
        case "message":
            return "message", _message(m.state)
        case "summary":
            return "summary", m.mask(_summary(m, frame))
        case "slots":
            return "slots", m.mask(known_slots(m))
        case "contact":
            return "contact", m.mask(m.state.contact)
        case {"last_turns": int(count)}:
            return "last_turns", _last_turns(m.state, count)
    return str(part), None


def _summary(m: Machine, frame: Frame) -> str:
    """A model's summary where there is one, else what has happened by rules; then where it stands now."""
    before = m.state.summary or ". ".join(m.state.story)
    return f"{before}. {summarise(m, frame)}" if before else summarise(m, frame)


def _message(state: State) -> str:
    """The contact's last words; they were masked when they were remembered."""
    return next((line.text for line in reversed(state.recent) if line.who == "contact"), "")


def _last_turns(state: State, count: int) -> list[str]:
    """The lines from the contact's n-th last message on. Only the last lines of a conversation are remembered."""
    lines = state.recent
    starts = [place for place, line in enumerate(lines) if line.who == "contact"]
    begin = starts[-count] if 0 < count <= len(starts) else 0
    return [f"{line.who}: {line.text}" for line in lines[begin:]] if count > 0 else []
