"""A conversation sketched from the steps on a way through a flow: the counter-example beside a finding."""

from collections.abc import Mapping
from typing import Final

from bot.model.desk import IntentExamples
from bot.model.flow import CollectStep, Flow, SayStep, StepBase, UtterStep
from bot.model.slot import SlotSpec
from bot.rules.check.authored import Authored

Lines = tuple[str, ...]
SILENCE: Final = "desk: (nothing)"
_LONGEST: Final = 100
_ANSWERS: Final[Mapping[str, str]] = {
    "email": "ada@example.com",
    "phone": "+44 20 7946 0958",
    "url": "https://example.com",
    "integer": "3",
    "number": "2.5",
    "money": "20 EUR",
    "date": "next Tuesday",
    "time": "half past nine",
    "datetime": "tomorrow at nine",
    "duration": "two hours",
    "boolean": "no",
    "file": "(sends a file)",
}


def opening(authored: Authored, name: str, flow: Flow) -> Lines:
    """What the contact writes to begin a flow: an example of its intent."""
    wanted = {trigger.intent for trigger in flow.triggers if trigger.intent}
    for entry in authored.desk.nlu:
        if isinstance(entry, IntentExamples) and entry.intent in wanted and entry.examples:
            return (f"customer: {_short(entry.examples[0])}",)
    return (f"(the flow {name} begins)",)


def talk(authored: Authored, step: StepBase) -> Lines:
    """What is said in a step, and an answer that a contact may give."""
    match step:
        case SayStep():
            return (_desk(step.say.text),)
        case UtterStep():
            return (_desk(_words(authored, step.utter)),)
        case CollectStep():
            slot = step.slots[0]
            asked = step.ask.text if step.ask else _words(authored, step.utter or f"utter_ask_{slot}")
            return (_desk(asked), f"customer: {_answer(authored.desk.slots.get(slot), slot)}")
    return ()


def _desk(text: str | None) -> str:
    return f"desk: {_short(text or '...')}"


def _words(authored: Authored, response: str) -> str:
    variations = authored.desk.responses.get(response, ())
    return (variations[0].text if variations else None) or f"({response})"


def _answer(spec: SlotSpec | None, slot: str) -> str:
    if spec is not None and spec.type == "choice" and spec.values:
        last = spec.values[-1]
        return last.title or last.value
    return _ANSWERS.get(spec.type if spec else "", f"(the {slot})")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
