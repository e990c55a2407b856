"""The workbench of the interpreter: a private copy of the state, the effects so far, and the moves of all steps."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.model.action import Failure
from bot.model.base import Json, JsonObject
from bot.model.desk import DeskSettings
from bot.model.effect import Effect, Record
from bot.model.flow import NO_DEFAULT, LoopStep, StepBase
from bot.model.handoff import Tried
from bot.model.parse import Parse
from bot.model.slot import SlotSpec
from bot.model.state import Cursor, Frame, Line, LoopPlace, State, Waiting
from bot.rules.advance.around import Around
from bot.rules.advance.places import leaves
from bot.rules.advance.story import continued, line_of
from bot.rules.expression import EvaluationError, ExpressionError, compile_expression, compile_template, render_value
from bot.rules.fence import fence
from bot.rules.masking import MASK, as_text, masked, secrets_of
from bot.rules.program import LoadedBundle, Node, Program
from bot.rules.values import check_literal

MAX_STEPS = 20_000
"""Steps in one segment. More can only be a runaway: the longest allowed loop of a small body."""
RECENT_LINES = 12
TRIED_STEPS = 20

Bundles = Mapping[str, LoadedBundle]
Visit = tuple[str, str]
"""A flow's name and the place of one of its steps."""


BROKEN = (EvaluationError, ExpressionError)
"""What stops a step: data that do not fit, or a text or a name that nobody has checked."""


class Runaway(Exception):
    """A segment did more steps than any sensible flow would."""


@dataclass(slots=True)
class Machine:
    bundles: Bundles
    state: State
    around: Around
    effects: list[Effect] = field(default_factory=list)
    visited: list[Visit] = field(default_factory=list)
    handed_off: bool = False
    _parsed: tuple[Parse, JsonObject] | None = None

    # --- looking -----------------------------------------------------------------------------------------------------

    def loaded(self, frame: Frame) -> LoadedBundle:
        return self.bundles[frame.bundle]

    def program(self, frame: Frame) -> Program:
        return self.loaded(frame).programs[frame.flow]

    def node(self, frame: Frame, cursor: Cursor) -> Node:
        assert cursor.at is not None
        return self.program(frame).nodes[cursor.at]

    def slot(self, frame: Frame, name: str) -> SlotSpec | None:
        return self.loaded(frame).bundle.slots.get(name)

    def slot_anywhere(self, name: str) -> SlotSpec | None:
        """A slot's declaration where no flow is under way."""
        found = (loaded.bundle.slots.get(name) for loaded in self.bundles.values())
        return next((spec for spec in found if spec is not None), None)

    def scope(self, frame: Frame, cursor: Cursor) -> dict[str, Json]:
        """Everything that an expression at this place may read."""
        scope: dict[str, Json] = {
            "input": frame.input,
            "parse": self._parse(),
            "slots": self._slots(frame),
            "vars": frame.vars,
            "steps": frame.steps,
            "contact": self.state.contact,
            "conversation": self.around.conversation,
            "env": self.around.env,
        }
        if frame.error is not None:
            scope["error"] = frame.error
        for place in cursor.loops:
            scope |= self._loop_names(frame, place)
        return scope

    def _parse(self) -> JsonObject:
        """The parse as expressions see it, written out once."""
        if self._parsed is None or self._parsed[0] is not self.state.parse:
            self._parsed = (self.state.parse, self.state.parse.model_dump(mode="json"))
        return self._parsed[1]

    def _slots(self, frame: Frame) -> JsonObject:
        specs = self.loaded(frame).bundle.slots
        return {name: self.state.slots.get(name, spec.initial) for name, spec in specs.items()} | self.state.slots

    def _loop_names(self, frame: Frame, place: LoopPlace) -> JsonObject:
        step = self.program(frame).nodes[place.node].step
        assert isinstance(step, LoopStep)
        count = len(place.items) if place.items is not None else None
        names: JsonObject = {"loop": {"index": place.index, "number": place.index + 1, "length": count}}
        if step.loop.for_each and place.items is not None and place.index < len(place.items):
            names[step.loop.for_each.item] = names["item"] = place.items[place.index]
        return names

    def home_of(self, flow: str) -> str | None:
        """The bundle from which a pattern can be begun: that of the topmost flow which has it, else any."""
        pinned = (self.bundles[frame.bundle] for frame in reversed(self.state.frames))
        return next((one.hash for one in (*pinned, *self.bundles.values()) if flow in one.programs), None)

    @property
    def settings(self) -> DeskSettings:
        """The desk's settings, as the topmost flow is pinned to them."""
        frames = self.state.frames
        loaded = self.loaded(frames[-1]) if frames else next(iter(self.bundles.values()))
        return loaded.bundle.settings

    def missing(self, kind: str, name: str) -> EvaluationError:
        """For names that the checker would have found."""
        return EvaluationError(f"there is no {kind} {name!r}", "Run `frontdesk check`.")

    # --- evaluating --------------------------------------------------------------------------------------------------

    def render(self, value: Json, frame: Frame, cursor: Cursor) -> Json:
        return render_value(value, self.scope(frame, cursor), self.around.now)

    def text(self, value: str, frame: Frame, cursor: Cursor) -> str:
        return as_text(self.render(value, frame, cursor))

    def fenced(self, value: str, scope: Mapping[str, Json]) -> str:
        """A text for a model: what is filled in stands in fences, and what is sensitive is masked."""
        return compile_template(value).render_marked(scope, self.around.now, lambda words: fence(str(self.mask(words))))

    def holds(self, condition: str | bool, frame: Frame, cursor: Cursor) -> bool:
        if isinstance(condition, bool):
            return condition
        return compile_expression(condition).truth(self.scope(frame, cursor), self.around.now)

    # --- noting ------------------------------------------------------------------------------------------------------

    def emit(self, effect: Effect) -> None:
        self.effects.append(effect)

    def record(self, event: str, **data: Json) -> None:
        self.effects.append(Record(event=event, data=data))
        if self.around.is_conversation and (line := line_of(event, data, self._title(data))) is not None:
            self.state.story = continued(self.state.story, line)

    def _title(self, data: JsonObject) -> str | None:
        """What a flow that a fact speaks of is for, in its author's words."""
        name = str(data.get("flow") or "")
        programs = (loaded.programs.get(name) for loaded in self.bundles.values())
        found = next((program for program in programs if program is not None), None)
        return None if found is None or name.startswith("pattern_") else found.flow.description.rstrip(".")

    def remember(self, line: Line) -> None:
        kept = line.model_copy(update={"text": self.mask(line.text)})
        self.state.recent = [*self.state.recent, kept][-RECENT_LINES:]

    def mask(self, value: Json) -> Json:
        """The value with what sensitive slots hold taken out of its texts."""
        specs = {name: spec for loaded in self.bundles.values() for name, spec in loaded.bundle.slots.items()}
        return masked(value, secrets_of(self.state.slots, specs))

    def step_name(self, node: Node) -> str:
        """How people find the step: by its id, else by its place in the file."""
        return node.step.id or node.name

    def tried(self, frame: Frame, node: Node, action: str | None, outcome: str) -> None:
        entry = Tried(flow=frame.flow, step=self.step_name(node), action=action, outcome=outcome)
        self.state.tried = [*self.state.tried, entry][-TRIED_STEPS:]

    def set_slot(self, frame: Frame, name: str, value: Json) -> None:
        """Fill or empty a slot with an already typed value. Raises ValueError when the type refuses it."""
        spec = self.slot(frame, name)
        if value is not None and spec is not None:
            value = check_literal(spec, value)
        self.put_slot(name, value, spec)
        if name not in frame.touched:
            frame.touched.append(name)

    def put_slot(self, name: str, value: Json, spec: SlotSpec | None) -> None:
        if value is None:
            self.state.slots.pop(name, None)
        else:
            self.state.slots[name] = value
        self.record("SlotSet", name=name, value=MASK if spec and spec.sensitive and value is not None else value)

    def note_written(self, frame: Frame, node: Node) -> None:
        """The step has changed something in the world, and so have the calls that led to it."""
        frame.wrote.append(node.name)
        caller = frame_numbered(self.state, frame.caller) if frame.caller is not None else None
        cursor = caller_cursor(caller, frame.number) if caller is not None else None
        if caller is not None and cursor is not None:
            self.note_written(caller, self.node(caller, cursor))

    # --- moving ------------------------------------------------------------------------------------------------------

    def key(self, frame: Frame, node: Node) -> str:
        """The idempotency key of this visit to this step: ``instance/segment/frame/step/visit``."""
        visit = frame.visits[node.name] = frame.visits.get(node.name, 0) + 1
        return f"{self.around.instance}/{self.around.segment}/{frame.number}/{node.name}/{visit}"

    def go(self, cursor: Cursor, to: str | None) -> None:
        cursor.waiting = None
        cursor.at = to

    def enter(self, cursor: Cursor, node: Node, block: str) -> None:
        """Go into a block of this node, or behind the node when it has no such block."""
        self.go(cursor, node.blocks.get(block, node.next))

    def wait(self, cursor: Cursor, waiting: Waiting) -> None:
        cursor.waiting = waiting

    def done(self, frame: Frame, cursor: Cursor, node: Node, output: Json = None) -> None:
        """The step has its output; go on behind it."""
        self.store(frame, cursor, node, output)
        self.go(cursor, node.next)

    def store(self, frame: Frame, cursor: Cursor, node: Node, output: Json) -> None:
        cursor.last_output = output
        if node.step.id:
            frame.steps[node.step.id] = output

    def push(self, flow: str, bundle: str, inputs: JsonObject, caller: Frame | None = None) -> Frame:
        """Put a flow on top. A called flow belongs to its caller's chain and stays there; any other begins its own."""
        number = self.state.next_frame
        self.state.next_frame += 1
        frame = Frame(
            number=number,
            root=caller.root if caller else number,
            caller=caller.number if caller else None,
            flow=flow,
            bundle=bundle,
            input=inputs,
            turn=self.state.turn,
            cursor=Cursor(at=self.bundles[bundle].programs[flow].first),
        )
        same_chain = [i for i, other in enumerate(self.state.frames) if other.root == frame.root]
        self.state.frames.insert(same_chain[-1] + 1 if same_chain else len(self.state.frames), frame)
        self.record("FlowStarted", flow=flow, bundle=bundle, frame=number, called_by=frame.caller)
        return frame

    def titled(self, frame: Frame) -> str:
        """How people know a flow, in the contact's language."""
        return self.program(frame).flow.titled(frame.flow, self.state.language)

    def spend(self) -> None:
        """Count a step. Raises Runaway when there were too many in this segment."""
        if len(self.visited) >= MAX_STEPS:
            raise Runaway


def frame_numbered(state: State, number: int) -> Frame | None:
    return next((frame for frame in state.frames if frame.number == number), None)


def caller_cursor(parent: Frame, number: int) -> Cursor | None:
    """The cursor of a calling flow that waits for the frame with this number."""
    for cursor in leaves(parent.cursor):
        if cursor.waiting is not None and cursor.waiting.kind == "call" and cursor.waiting.frame == number:
            return cursor
    return None


def default_of(step: StepBase) -> Json:
    return None if step.default == NO_DEFAULT else step.default


def error_of(failure: Failure, step: str) -> JsonObject:
    """What ``error`` is inside ``on_error``."""
    return {"message": failure.message, "kind": failure.kind, "step": step}
