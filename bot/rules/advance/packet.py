"""The handoff packet: what a person needs to go on where the bot stopped."""

from collections.abc import Mapping
from typing import Final

from bot.model.action import Failure
from bot.model.base import JsonObject
from bot.model.effect import HandOff
from bot.model.flow import HandoffSpec
from bot.model.handoff import Packet
from bot.model.state import Cursor, Frame, State
from bot.rules.advance.machine import Machine, frame_numbered
from bot.rules.advance.places import chains
from bot.rules.masking import MASK, as_text
from bot.rules.program import Node

SUMMARY_CHARACTERS = 400
_LABELS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {"below": "Under way", "said": "In their words", "known": "Known", "last": "Last step"},
    "de": {"below": "Noch offen", "said": "In eigenen Worten", "known": "Bekannt", "last": "Letzter Schritt"},
}
"""Colleagues read them: in the desk's own language."""


def hand_over(
    m: Machine,
    frame: Frame | None,
    cursor: Cursor | None,
    spec: HandoffSpec,
    *,
    node: Node | None = None,
    failure: Failure | None = None,
) -> None:
    """Ask for a person. Nothing more happens in this segment: from its commit on the bot has no floor."""
    team, reason, note = (_words(m, text, frame, cursor) for text in (spec.team, spec.reason, spec.note))
    packet = _packet(m, frame, reason or "requested_by_flow", note)
    if node is not None and frame is not None:
        packet = packet.model_copy(update={"failing_step": f"{frame.flow}.{m.step_name(node)}"})
    elif frame is not None and frame.error is not None and _is_about_error(m, frame, cursor):
        packet = packet.model_copy(update=_failed(m, frame, frame.error))
    if failure is not None:
        packet = packet.model_copy(update={"failure": f"{failure.kind}: {failure.message}"})
    m.record("HandoffRequested", reason=packet.reason, team=team, priority=spec.priority, flow=packet.flow)
    m.emit(HandOff(team=team, priority=spec.priority, packet=packet))
    m.handed_off = True


def _is_about_error(m: Machine, frame: Frame, cursor: Cursor | None) -> bool:
    """Whether the flow hands over because of a failure: in an ``on_error``, or as the pattern of failures."""
    place = m.node(frame, cursor).path if cursor is not None and cursor.at is not None else ()
    return "on_error" in place or "frame" in frame.input


def _failed(m: Machine, frame: Frame, error: JsonObject) -> JsonObject:
    failure = f"{error.get('kind')}: {error.get('message')}"
    step = str(error.get("step"))
    return {"failing_step": step if "." in step else f"{frame.flow}.{step}", "failure": m.mask(failure)}


def _words(m: Machine, text: str | None, frame: Frame | None, cursor: Cursor | None) -> str | None:
    """Filled in where the text stands in a flow; what is sensitive is masked."""
    if text is None or frame is None or cursor is None:
        return text
    return str(m.mask(m.text(text, frame, cursor)))


def _packet(m: Machine, frame: Frame | None, reason: str, note: str | None) -> Packet:
    state, frame = m.state, _subject(m, frame)
    return Packet(
        summary=summarise(m, frame),
        reason=reason,
        note=note,
        intent=state.wish.intent,
        confidence=state.wish.confidence,
        alternatives=state.wish.alternatives[:3],
        slots=known_slots(m),
        tried=tuple(state.tried),
        flow=frame.flow if frame else None,
        contact=state.contact,
        language=state.language or "en",
        last_messages=tuple(f"{line.who}: {line.text}" for line in state.recent),
    )


def _subject(m: Machine, frame: Frame | None) -> Frame | None:
    """The flow that a hand-over is about: for the pattern of failures, the one that has failed."""
    number = frame.input.get("frame") if frame is not None and frame.error is not None else None
    return frame if number is None else frame_numbered(m.state, number) or frame


def known_slots(m: Machine) -> JsonObject:
    """Filled slots, the sensitive ones masked."""
    return {
        name: MASK if (spec := m.slot_anywhere(name)) and spec.sensitive else value
        for name, value in m.state.slots.items()
    }


def summarise(m: Machine, frame: Frame | None) -> str:
    """Extractive: what the contact is about, in their words, and what is known. Nothing is invented."""
    parts, labels = [], _LABELS.get(m.settings.languages[0], _LABELS["en"])
    if frame is not None:
        parts.append(m.program(frame).flow.description.rstrip("."))
        below = [chain[-1] for chain in chains(m.state) if chain[0].root != frame.root]
        if below:
            parts.append(f"{labels['below']}: {m.program(below[0]).flow.description.rstrip('.')}")
    if said := _last_words(m.state):
        parts.append(f'{labels["said"]}: "{said}"')
    if known := known_slots(m):
        parts.append(f"{labels['known']}: " + ", ".join(f"{name} = {as_text(value)}" for name, value in known.items()))
    if m.state.tried:
        last = m.state.tried[-1]
        parts.append(f"{labels['last']}: {last.step} ({last.outcome})")
    return ". ".join(parts)[:SUMMARY_CHARACTERS]


def _last_words(state: State) -> str:
    """The longest of the contact's last lines: short ones are mostly answers to questions."""
    lines = [line.text for line in state.recent if line.who == "contact"]
    return max(lines[-4:], key=len, default="")[:200]
