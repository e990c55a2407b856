"""A flow that has just ended, done once more with another answer."""

from bot.model.base import Json
from bot.model.decision import Correct
from bot.model.flow import CollectStep
from bot.model.remembered import Ended, Through
from bot.model.state import Cursor, Frame
from bot.rules.advance.finding import home_in, is_earlier
from bot.rules.advance.machine import Machine
from bot.rules.program import Node

LARGEST_KEPT = 32_000
"""Characters of a flow's state above which it is not kept beyond its end."""
TURNS_KEPT = 3
"""Turns after the end of a flow in which an answer of it can be taken back."""


def remember_through(m: Machine, frame: Frame, outcome: str) -> None:
    """Keep which flow this turn has brought to its end: the next message may go on with the matter."""
    if not m.around.is_conversation or frame.flow.startswith("pattern_") or outcome in ("failed", "abandoned"):
        return
    answered = m.state.through
    if answered is None or answered.turn != m.state.turn:
        answered = Through(turn=m.state.turn)
    m.state.through = answered.model_copy(update={"flow": frame.flow, "wrote": bool(frame.wrote)})


def remember_ended(m: Machine, frame: Frame, outcome: str) -> None:
    """Keep a flow that is through, with what it was answered, so that an answer of it can be taken back.

    Nothing is kept of a flow with a sensitive answer; of one that has changed the world, only what it asked for.
    """
    if not m.around.is_conversation or frame.flow.startswith("pattern_") or outcome in ("failed", "abandoned"):
        return
    loaded = m.loaded(frame)
    asked = [name for name in loaded.uses.get(frame.flow, ()) if name in loaded.collected]
    named = {*asked, *frame.touched}  # what a called flow has persisted is an answer, too
    answers = {name: value for name, value in m.state.slots.items() if name in named and value is not None}
    specs = [loaded.bundle.slots.get(name) for name in answers]
    if not answers:
        return  # a word in between, and the flow before is still the one that is spoken of
    if any(spec is None or spec.sensitive for spec in specs):
        m.state.ended = None
        return
    kept = None if frame.wrote else frame.model_dump(mode="json")
    if kept is not None and len(str(kept)) > LARGEST_KEPT:
        kept = None
    slots: dict[str, Json] = answers if kept is not None else dict.fromkeys(answers)
    m.state.ended = Ended(flow=frame.flow, bundle=frame.bundle, slots=slots, frame=kept, turn=m.state.turn)


def can_redo(m: Machine) -> bool:
    return m.state.ended is not None and m.state.ended.frame is not None


def _first_home(m: Machine, frame: Frame, slots: list[str]) -> Node | None:
    """The earliest of the places where the flow asks for these slots; None where it does not ask for each."""
    places = [home_in(m, frame, name) for name in slots]
    nodes = list(m.program(frame).nodes)
    known = [place for place in places if place is not None]
    return min(known, key=lambda place: nodes.index(place.name)) if known and len(known) == len(places) else None


def forget_agreement(m: Machine, frame: Frame, home: Node | None, but: set[str]) -> None:
    """Empty what was agreed to or refused behind a question that is answered anew: that was another matter.

    home: the question; None: the whole flow is done again.
    """
    for node in m.program(frame).nodes.values():
        if not isinstance(node.step, CollectStep) or (home is not None and not is_earlier(home, node)):
            continue
        for name in node.step.slots:
            spec = m.slot(frame, name)
            if spec is not None and spec.type == "boolean" and name not in but and name in m.state.slots:
                m.set_slot(frame, name, None)


def redo(m: Machine, decision: Correct) -> Frame:
    """Begin the flow that has ended from the first question that is answered anew, with everything else as it was.

    A slot that no step of its own asks for is read from the beginning.
    """
    ended = m.state.ended
    assert ended is not None
    assert ended.frame is not None
    before = Frame.model_validate(ended.frame)
    frame = m.push(ended.flow, ended.bundle, before.input)
    frame.turn = before.turn
    frame.vars, frame.steps = before.vars, before.steps
    for name, value in (ended.slots | decision.slots).items():
        m.set_slot(frame, name, value)
    for name in decision.slots:
        m.record("SlotCorrected", slot=name)
    first = _first_home(m, frame, list(decision.slots))
    if first is None:
        frame.vars, frame.steps = {}, {}
    else:
        frame.cursor = Cursor(at=first.name)
    forget_agreement(m, frame, first, set(decision.slots))
    m.state.ended = None
    return frame
