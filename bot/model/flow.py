"""Flows as admins write them: the pydantic side of the flow language. One class for each kind of step."""

from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from bot.model.base import Duration, Json, JsonObject, Word
from bot.model.prompt import ContextPart, InlinePrompt
from bot.model.response import Say
from bot.model.slot import Inputs
from bot.model.trigger import Limits, Rollout, Trigger

FailureKind = Literal["timeout", "rate_limit", "unavailable", "rejected", "invalid", "not_found", "internal"]
"""Why an action failed. Only the first three may pass by themselves, so only they are retried unless asked."""
Priority = Literal["low", "normal", "high", "urgent"]
NO_DEFAULT = "\0no default"


class Retries(Word):
    """How often and how fast a failed step is tried again. ``max_attempts`` counts the first one."""

    max_attempts: int = Field(3, ge=1, le=20)
    backoff: Duration = timedelta(seconds=1)
    multiplier: float = Field(2.0, ge=1, le=10)
    max_backoff: Duration = timedelta(minutes=5)
    jitter: float = Field(0.1, ge=0, le=1)
    on: tuple[FailureKind, ...] = ("timeout", "rate_limit", "unavailable")


class StepSettings(Word):
    timeout: Duration | None = None
    retries: Retries | None = None
    context: tuple[ContextPart, ...] | None = None


class StepBase(Word):
    """The keys that every step may have."""

    kind: ClassVar[str] = ""
    id: str | None = Field(None, pattern=r"^[A-Za-z][A-Za-z0-9_]{0,63}$")
    label: str | None = None
    if_: str | bool | None = Field(None, alias="if")
    enabled: bool = True
    default: Json = NO_DEFAULT
    settings: StepSettings = StepSettings()
    on_error: "tuple[Step, ...] | None" = None


class DoStep(StepBase):
    kind: ClassVar[str] = "do"
    do: str
    with_: JsonObject = Field(default_factory=dict, alias="with")
    connection: str | None = None


class Rejection(Word):
    """A condition that refuses a value for a slot, and what is said then."""

    if_: str = Field(alias="if")
    say: Say | None = None
    utter: str | None = None


class CollectStep(StepBase):
    kind: ClassVar[str] = "collect"
    collect: str | tuple[str, ...]
    ask: Say | None = None
    utter: str | None = None
    rejections: tuple[Rejection, ...] = ()
    max_attempts: int = Field(3, ge=1, le=20)
    on_give_up: "tuple[Step, ...] | None" = None
    timeout: Duration | None = None
    on_timeout: "tuple[Step, ...] | None" = None
    ask_before_filling: bool = False
    digressions: Literal["allow", "defer", "deny"] = "allow"

    @property
    def slots(self) -> tuple[str, ...]:
        return (self.collect,) if isinstance(self.collect, str) else self.collect


class To(Word):
    """Whom a run tells something: a contact's name on a channel, as the channel knows it. All may be templates."""

    contact: str
    channel: str
    account: str = ""
    thread: str = ""


class SayStep(StepBase):
    kind: ClassVar[str] = "say"
    say: Say
    to: To | None = None


class UtterStep(StepBase):
    kind: ClassVar[str] = "utter"
    utter: str
    to: To | None = None


class AiStep(StepBase):
    kind: ClassVar[str] = "ai"
    ai: str | InlinePrompt
    with_: JsonObject = Field(default_factory=dict, alias="with")


class Answer(Word):
    """An answer from the articles.

    mode:     ``strict`` says prepared words alone; ``generative`` lets a model put them together.
    articles: names of those that may answer; all of them where there are none.
    question: what is looked for; where it is not given, what the contact wrote.
    """

    mode: Literal["strict", "generative"] = "strict"
    articles: tuple[str, ...] = ()
    question: str | None = None


class AnswerStep(StepBase):
    kind: ClassVar[str] = "answer"
    answer: Answer


class When(Word):
    condition: str | bool
    steps: "tuple[Step, ...]" = Field(min_length=1)


class Steps(Word):
    steps: "tuple[Step, ...]" = ()


class Conditional(Word):
    when: tuple[When, ...] = Field(min_length=1)
    else_: Steps | None = Field(None, alias="else")


class ConditionalStep(StepBase):
    kind: ClassVar[str] = "conditional"
    conditional: Conditional


class Parallel(Word):
    branches: "tuple[tuple[Step, ...], ...]" = Field(min_length=1, max_length=20)
    strategy: Literal["wait_all", "wait_any"] = "wait_all"


class ParallelStep(StepBase):
    kind: ClassVar[str] = "parallel"
    parallel: Parallel


class ForEach(Word):
    item: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,63}$")
    in_: str | list[Any] = Field(alias="in")


class Loop(Word):
    for_each: ForEach | None = None
    while_: str | None = Field(None, alias="while")
    max_iterations: int | None = Field(None, ge=1, le=10_000)
    steps: "tuple[Step, ...]" = Field(min_length=1)

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.for_each is None) == (self.while_ is None):
            raise ValueError("a loop needs exactly one of `for_each` and `while`. Keep one of them")
        return self


class LoopStep(StepBase):
    """``max_iterations`` and ``steps`` stand inside ``loop`` or beside it."""

    kind: ClassVar[str] = "loop"
    loop: Loop

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, value: object) -> object:
        if not isinstance(value, dict) or not isinstance(value.get("loop"), dict):
            return value
        beside = {k: v for k, v in value.items() if k in ("max_iterations", "steps")}
        return {k: v for k, v in value.items() if k not in beside} | {"loop": value["loop"] | beside}


class CallStep(StepBase):
    kind: ClassVar[str] = "call"
    call: str
    with_: JsonObject = Field(default_factory=dict, alias="with")


class LinkStep(StepBase):
    kind: ClassVar[str] = "link"
    link: str


class SetSlotsStep(StepBase):
    kind: ClassVar[str] = "set_slots"
    set_slots: JsonObject = Field(min_length=1)


class SetStep(StepBase):
    kind: ClassVar[str] = "set"
    set: JsonObject = Field(min_length=1)


class Review(Word):
    """A pause until a person approves, rejects or edits. Without a timeout it waits a week, then counts as rejected."""

    team: str | None = None
    title: str
    show: JsonObject | str | None = None
    edit: str | None = None
    timeout: Duration = timedelta(days=7)
    on_timeout: "tuple[Step, ...] | None" = None
    on_reject: "tuple[Step, ...] | None" = None


class ReviewStep(StepBase):
    kind: ClassVar[str] = "review"
    review: Review


class HandoffSpec(Word):
    team: str | None = None
    priority: Priority = "normal"
    reason: str | None = None
    note: str | None = None


class HandoffStep(StepBase):
    kind: ClassVar[str] = "handoff"
    handoff: Annotated[HandoffSpec, BeforeValidator(lambda value: {} if value is None else value)]


class WaitSpec(Word):
    """Exactly one of a length of time, a moment, or an event."""

    for_: Duration | None = Field(None, alias="for")
    until: str | None = None
    event: str | None = None
    match: str | None = None
    timeout: Duration | None = None
    on_timeout: "tuple[Step, ...] | None" = None

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: object) -> object:
        return {"for": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(part is not None for part in (self.for_, self.until, self.event)) != 1:
            raise ValueError("a wait needs exactly one of `for`, `until` and `event`. Keep one of them")
        return self


class WaitStep(StepBase):
    kind: ClassVar[str] = "wait"
    wait: WaitSpec


class Respond(Word):
    status: int = Field(200, ge=100, le=599)
    json_: Json = Field(None, alias="json")


class RespondStep(StepBase):
    kind: ClassVar[str] = "respond"
    respond: Respond


class StopStep(StepBase):
    kind: ClassVar[str] = "stop"
    stop: str


STEP_TYPES: dict[str, type[StepBase]] = {
    step.kind: step
    for step in (
        DoStep, CollectStep, SayStep, UtterStep, AiStep, AnswerStep, ConditionalStep, ParallelStep, LoopStep, CallStep,
        LinkStep, SetSlotsStep, SetStep, ReviewStep, HandoffStep, WaitStep, RespondStep, StopStep,
    )
}  # fmt: skip
"""Step key -> its type. ``utter`` is also a key of collect, so collect is looked for first."""


def step_kind(value: object) -> str | None:
    """The kind of a step, by the one key that names it; None when there is none or more than one."""
    if isinstance(value, StepBase):
        return value.kind
    if not isinstance(value, dict):
        return None
    found = [kind for kind in STEP_TYPES if kind in value]
    if "collect" in found:
        found = [kind for kind in found if kind != "utter"]
    return found[0] if len(found) == 1 else None


Step = Annotated[
    Annotated[DoStep, Tag("do")]
    | Annotated[CollectStep, Tag("collect")]
    | Annotated[SayStep, Tag("say")]
    | Annotated[UtterStep, Tag("utter")]
    | Annotated[AiStep, Tag("ai")]
    | Annotated[AnswerStep, Tag("answer")]
    | Annotated[ConditionalStep, Tag("conditional")]
    | Annotated[ParallelStep, Tag("parallel")]
    | Annotated[LoopStep, Tag("loop")]
    | Annotated[CallStep, Tag("call")]
    | Annotated[LinkStep, Tag("link")]
    | Annotated[SetSlotsStep, Tag("set_slots")]
    | Annotated[SetStep, Tag("set")]
    | Annotated[ReviewStep, Tag("review")]
    | Annotated[HandoffStep, Tag("handoff")]
    | Annotated[WaitStep, Tag("wait")]
    | Annotated[RespondStep, Tag("respond")]
    | Annotated[StopStep, Tag("stop")],
    Discriminator(step_kind),
]

_NESTED: tuple[type[Word], ...] = (*STEP_TYPES.values(), When, Steps, Conditional, Parallel, Loop, Review, WaitSpec)
for _type in _NESTED:
    _type.model_rebuild()


class Flow(Word):
    """One entry under ``flows:``. ``translation``: the name by language."""

    description: str = Field(min_length=1)
    name: str | None = None
    translation: dict[str, str] = Field(default_factory=dict)
    owner: str | None = None
    triggers: tuple[Trigger, ...] = ()
    inputs: Inputs = Inputs()
    if_: str | bool | None = Field(None, alias="if")
    channels: tuple[str, ...] = ()
    persisted_slots: tuple[str, ...] = ()
    rollout: Rollout = "full"
    run_pattern_completed: bool | None = None
    limits: Limits = Limits()
    steps: tuple[Step, ...] = Field(min_length=1)
    outputs: JsonObject = Field(default_factory=dict)

    def titled(self, flow: str, language: str | None = None) -> str:
        """How people know it, in this language where it is translated. flow: the key that it stands under."""
        return self.translation.get(language or "") or self.name or flow.replace("_", " ")
