"""Repairs that the contact asks for: cancel, repeat, skip, begin again, and the correction of an earlier answer."""

from bot.model.base import Json
from bot.model.decision import Correct, Repair
from bot.model.flow import CollectStep
from bot.model.slot import SlotSpec
from bot.model.state import Cursor, Frame
from bot.rules.advance.collecting import give_up
from bot.rules.advance.ending import cancel_all, drop, drop_called, forget_slots, leave
from bot.rules.advance.finding import home_of, is_earlier
from bot.rules.advance.machine import Machine
from bot.rules.advance.places import active_chain, leaves, open_question
from bot.rules.advance.redoing import can_redo, forget_agreement, redo
from bot.rules.masking import MASK, as_text
from bot.rules.program import Node
from bot.rules.values.words import AGREED, said_back


def repair(m: Machine, decision: Repair) -> None:
    """Do it, and begin the pattern that speaks of it."""
    match decision.do:
        case "cancel":
            _push(m, decision, {"flow": _cancel(m)})
        case "repeat":
            _push(m, decision, {"text": _said_last(m)})
        case "skip":
            _skip(m, decision)
        case "explain":
            _push(m, decision, _asked_about(m))
        case "restart":
            _forget_everything(m)
            _push(m, decision, {})


def _push(m: Machine, decision: Repair | Correct, inputs: dict[str, Json]) -> None:
    """The pattern speaks first; then a question that is still open is put again."""
    question = open_question(m.state)
    if question is not None:
        question[0].interrupted = True
    m.push(decision.flow, decision.bundle, inputs)


def _cancel(m: Machine) -> str | None:
    """Drop the flow that has the floor, with all that called it; returns how people know it."""
    chain = active_chain(m.state)
    for frame in chain:
        m.record("FlowCancelled", flow=frame.flow, frame=frame.number, by="contact")
    drop(m, chain)
    for frame in chain:
        forget_slots(m, frame)
    m.state.misunderstood = 0
    return m.titled(chain[-1]) if chain else None


def _said_last(m: Machine) -> str | None:
    """What was said to the contact before this turn, but for a question that is put again anyway."""
    lines: list[str] = []
    for line in reversed(m.state.recent[:-1]):
        if line.who == "contact":
            break
        lines.insert(0, line.text)
    if open_question(m.state) is not None:
        lines = [line for line in lines if line != lines[-1]]  # after a silence it was put twice
    return "\n\n".join(lines) or None


def _skip(m: Machine, decision: Repair) -> None:
    """Leave the question, where its flow has a way on without an answer; else it is one refused answer more."""
    question = open_question(m.state)
    assert question is not None, "policy skips questions only"
    frame, cursor = question
    node, waiting = m.node(frame, cursor), cursor.waiting
    assert isinstance(node.step, CollectStep)
    assert waiting is not None
    waiting.attempt += 1
    m.record("AnswerRefused", slot=waiting.slot, reason="skipped", attempt=waiting.attempt)
    if "on_give_up" in node.blocks or waiting.attempt >= node.step.max_attempts:
        give_up(m, frame, cursor, node)
    else:
        _push(m, decision, {"slot": waiting.slot})


def _asked_about(m: Machine) -> dict[str, Json]:
    """What the open question is for: the flow that it belongs to, as people know it."""
    question, chain = open_question(m.state), active_chain(m.state)
    assert question is not None, "policy explains questions only"
    waiting = question[1].waiting
    return {"flow": m.titled(chain[-1]), "slot": waiting.slot if waiting is not None else None}


def _forget_everything(m: Machine) -> None:
    cancel_all(m, "contact")
    for name in list(m.state.slots):
        m.put_slot(name, None, m.slot_anywhere(name))


def correct(m: Machine, decision: Correct) -> None:
    """Fill the slot anew and go back to where it was asked for, unless something was done since that cannot be undone.

    Whatever was answered since stays: the flow asks only for what is missing.
    """
    if decision.ended and not can_redo(m):
        _offer_what_is_left(m, decision)
        return
    if decision.ended:
        redo(m, decision)
        _push(m, decision, {**_told(m, decision), "possible": True})
        return
    homes = {name: home_of(m, name) for name in decision.slots}
    shown = _told(m, decision)
    nowhere = any(value is None and homes[name] is None for name, value in decision.slots.items())
    if nowhere or any(place is not None and _too_late(m, *place) for place in homes.values()):
        m.record("CorrectionTooLate", slots=list(decision.slots))
        _push(m, decision, {**shown, "possible": False})
        return
    for name, value in decision.slots.items():
        place = homes[name]
        m.record("SlotCorrected", slot=name)
        m.set_slot(place[0] if place is not None else active_chain(m.state)[-1], name, value)
    for place in homes.values():
        if place is not None:
            forget_agreement(m, *place, set(decision.slots))
        if place is not None and any(place[0] is frame for frame in m.state.frames) and _is_before(m, *place):
            _go_back(m, *place)
    _push(m, decision, {**shown, "possible": True})


def _told(m: Machine, decision: Correct) -> dict[str, Json]:
    """What the pattern may speak of."""
    return {
        "slot": next(iter(decision.slots)),
        "title": ", ".join(_title(name, m.slot_anywhere(name)) for name in decision.slots),
        "value": ", ".join(_shown(m, value, m.slot_anywhere(name)) for name, value in decision.slots.items()) or None,
    }


def _offer_what_is_left(m: Machine, decision: Correct) -> None:
    """The flow is through and has changed something: a person may put it right, or it is begun anew."""
    ended = m.state.ended
    assert ended is not None
    m.record("CorrectionTooLate", slots=list(decision.slots))
    flow = m.bundles[ended.bundle].bundle.flows[ended.flow]
    intent = next((trigger.intent for trigger in flow.triggers if trigger.intent), None)
    again = {"flow": flow.titled(ended.flow, m.state.language), "intent": intent}
    _push(m, decision, {**_told(m, decision), "possible": False, "ended": again})


def _title(slot: str, spec: SlotSpec | None) -> str:
    return ((spec.description if spec else None) or slot.replace("_", " ")).rstrip(".")


def _shown(m: Machine, value: Json, spec: SlotSpec | None) -> str:
    if spec is not None and spec.sensitive and value is not None:
        return MASK
    if isinstance(value, bool):
        return AGREED[value].get(m.state.language or "", AGREED[value]["en"])
    if spec is not None and spec.type in ("date", "datetime") and isinstance(value, str):
        return said_back(value, m.state.language or "en")
    titles = {choice.value: choice.titled(m.state.language) for choice in spec.values} if spec is not None else {}
    return titles.get(as_text(value)) or as_text(value)


def _is_before(m: Machine, frame: Frame, home: Node) -> bool:
    """Whether the flow stands behind this step."""
    standing = [cursor for cursor in leaves(frame.cursor) if cursor.at is not None]
    return any(is_earlier(home, m.node(frame, cursor)) for cursor in standing)


def _too_late(m: Machine, frame: Frame, home: Node) -> bool:
    """Whether something behind the question has changed the world already."""
    nodes = m.program(frame).nodes
    wrote = [nodes[name] for name in frame.wrote if name in nodes]
    return _is_before(m, frame, home) and any(not is_earlier(node, home) for node in wrote)


def _go_back(m: Machine, frame: Frame, home: Node) -> None:
    loops = [place for cursor in leaves(frame.cursor) for place in cursor.loops]
    nodes = m.program(frame).nodes
    around = [place for place in loops if home.path[: len(nodes[place.node].path)] == nodes[place.node].path]
    leave(m, frame.cursor)
    drop_called_by(m, frame)
    frame.error = None
    frame.cursor = Cursor(at=home.name, loops=around)


def drop_called_by(m: Machine, frame: Frame) -> None:
    """Take off what this flow has called and what still runs."""
    for called in [one.number for one in m.state.frames if one.caller == frame.number]:
        drop_called(m, called)
