"""The twin tests of flows (``test_cases:`` in `flows/tests/*.yml`): Rasa's format of end-to-end tests, and more kinds
of step. A step does something (user, agent, clock ...) or expects something of what came of it.
"""

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from bot.model.base import Duration, Json, JsonObject, Word
from bot.model.flow import FailureKind, Priority
from bot.model.message import FileRef

ANY: Final = "\0any"
"""Stands for any value of a slot that is expected to be filled."""


class SlotIs(Word):
    """A slot and its value; without one, any."""

    name: str
    value: Json = ANY


def _slots(value: object) -> object:
    """``plan`` · ``{plan: pro}`` · ``{name: plan, value: pro}`` · a list of these."""
    found: list[object] = []
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, str):
            found.append({"name": item})
        elif isinstance(item, dict) and not (set(item) <= {"name", "value"} and isinstance(item.get("name"), str)):
            found += [{"name": name, "value": wanted} for name, wanted in item.items()]
        else:
            found.append(item)
    return found


SlotsAre = Annotated[tuple[SlotIs, ...], BeforeValidator(_slots)]


def _named(key: str) -> BeforeValidator:
    """A text is short for ``{<key>: text}``."""
    return BeforeValidator(lambda value: {key: value} if isinstance(value, str) else value)


class ButtonIs(Word):
    title: str
    payload: str | None = None


class BotSays(Word):
    """What one reply is like. ``text_matches`` is a regular expression that must be found in its text.
    ``form``: the slots that its form asks for."""

    text: str | None = None
    text_matches: str | None = None
    utter_name: str | None = None
    buttons: tuple[Annotated[ButtonIs, _named("title")], ...] | None = None
    form: tuple[str, ...] | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("this expects nothing. Add `text_matches` or `utter_name`")
        return self


class ActionIs(Word):
    """An action that was called; ``with`` names the arguments that matter."""

    name: str
    with_: JsonObject = Field(default_factory=dict, alias="with")


class FlowIs(Word):
    """A flow, and in ``flow_step_id`` the step that was the last of it to run."""

    flow_id: str
    flow_step_id: str | None = None


class HandoffIs(Word):
    """A handoff; what is not named may be anything. What ends in ``_matches`` is a regular expression."""

    team: str | None = None
    reason: str | None = None
    priority: Priority | None = None
    note_matches: str | None = None
    summary_matches: str | None = None


class ReviewIs(Word):
    """A review that waits for a person."""

    team: str | None = None
    title_matches: str | None = None


class FinishedIs(Word):
    """The end of a run."""

    outcome: str = "completed"
    outputs: JsonObject | None = None


class RespondIs(Word):
    status: int = 200
    json_: Json = Field(ANY, alias="json")


Flow = Annotated[FlowIs, _named("flow_id")]
Action = Annotated[ActionIs, _named("name")]
Utters = Annotated[BotSays, _named("utter_name")]
Says = Annotated[BotSays, _named("text")]
Empty = Annotated[Literal[True], BeforeValidator(lambda value: True if value is None else value)]


def _list(value: object) -> object:
    return value if isinstance(value, list | tuple) else [value]


class Assertion(Word):
    """One of Rasa's assertions about a turn: exactly one key."""

    flow_started: Flow | None = None
    flow_completed: Flow | None = None
    flow_cancelled: Flow | None = None
    slot_was_set: SlotsAre | None = None
    slot_was_not_set: SlotsAre | None = None
    action_executed: Action | None = None
    bot_uttered: Utters | None = None
    bot_did_not_utter: Utters | None = None
    pattern_clarification_contains: tuple[str, ...] | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise ValueError(f"an assertion has exactly one key, of {', '.join(type(self).model_fields)}. Split it")
        return self


class FaultSpec(Word):
    """The next ``times`` calls of an action fail with ``kind``, or, with ``takes`` alone, come late."""

    action: str
    kind: FailureKind | None = None
    times: int = Field(1, ge=1, le=1_000)
    message: str = ""
    retry_after: Duration | None = None
    takes: Duration = timedelta(0)

    @model_validator(mode="after")
    def _wrong_somehow(self) -> Self:
        if self.kind is None and not self.takes:
            raise ValueError("this fault changes nothing. Add `kind: timeout` or `takes: 5s`")
        return self


class ReviewDecision(Word):
    """``review: approve``, ``review: {reject: note}``, ``review: {edit: {amount: 10}}``: the decision of a person."""

    approve: str | Literal[True] | None = None
    reject: str | Literal[True] | None = None
    edit: Json = None

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: object) -> object:
        return {value: True} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise ValueError("a review has exactly one decision. Write approve, reject or edit")
        return self


class WebhookCame(Word):
    source: str
    event: str | None = None
    body: JsonObject = Field(default_factory=dict)


class FlowBegun(Word):
    """A form that was sent in, or a flow that was started by hand."""

    flow: str
    input: JsonObject = Field(default_factory=dict)


class EventHappened(Word):
    name: str
    payload: JsonObject = Field(default_factory=dict)


class HandBack(Word):
    """``step``: go on at the step with this id. null: behind the handoff."""

    step: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: object) -> object:
        return {} if value is None or value is True else {"step": value} if isinstance(value, str) else value


class FileIs(Word):
    """A file that the contact attaches; of its content nothing is needed."""

    name: str
    url: str | None = None
    media_type: str = "application/octet-stream"
    size: int = Field(1_000, ge=0)

    @property
    def ref(self) -> FileRef:
        url = self.url or f"https://files.example.com/{self.name}"
        return FileRef(name=self.name, url=url, media_type=self.media_type, size=self.size)


def _clock(value: object) -> object:
    return value.removeprefix("+") if isinstance(value, str) else value


def _text(value: object) -> object:
    """A field is filled in as text; YAML reads a number or a yes out of it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if isinstance(value, int | float | date) else value


class CaseStep(Word):
    """One step: exactly one of these keys; beside ``user`` also ``payload``, ``files`` and ``assertions``.

    Doing:     user, press, fill, agent, hand_back, resolve, set_slot, review, webhook, form, start, event, clock,
               fault.
    Expecting: utter, bot (null: nothing more is said), slot_was_set, slot_was_not_set, action, handoff (null: none),
               review_asked, respond, finished, failed.
    """

    user: str | None = None
    payload: str | None = None
    files: tuple[Annotated[FileIs, _named("name")], ...] = ()
    assertions: tuple[Assertion, ...] = ()
    press: str | None = None
    fill: dict[str, Annotated[str, BeforeValidator(_text)]] | None = None
    agent: str | None = None
    hand_back: HandBack | None = None
    resolve: Empty | None = None
    set_slot: SlotsAre | None = None
    review: ReviewDecision | None = None
    webhook: WebhookCame | None = None
    form: FlowBegun | None = None
    start: Annotated[FlowBegun, _named("flow")] | None = None
    event: Annotated[EventHappened, _named("name")] | None = None
    clock: Annotated[Duration, BeforeValidator(_clock)] | None = None
    fault: FaultSpec | None = None

    utter: str | None = None
    bot: Says | None = None
    slot_was_set: SlotsAre | None = None
    slot_was_not_set: SlotsAre | None = None
    action: Action | None = None
    handoff: HandoffIs | None = None
    review_asked: ReviewIs | None = None
    respond: RespondIs | None = None
    finished: Annotated[FinishedIs, _named("outcome")] | None = None
    failed: str | None = None

    @property
    def kind(self) -> str:
        return next(name for name in self.model_fields_set if name not in _BESIDE)

    @model_validator(mode="after")
    def _one(self) -> Self:
        named = [name for name in type(self).model_fields if name in self.model_fields_set - _BESIDE]
        if len(named) != 1:
            kinds = ", ".join(name for name in type(self).model_fields if name not in _BESIDE)
            found = " and ".join(f"`{name}`" for name in named) or "nothing"
            raise ValueError(f"a test step has exactly one key, and this one has {found}. Write one of {kinds}")
        for key in ("payload", "files"):
            if key in self.model_fields_set and named != ["user"]:
                raise ValueError(f"`{key}` belongs to a `user` step. Put it there")
        return self


_BESIDE: Final = frozenset({"payload", "files", "assertions"})


class Fixture(Word):
    """What a case begins with.

    slots: filled ones. contact: what is known of the contact. now: the time on the clock. env: environment variables.
    forms: the contact's channel shows forms; else what is collected together is asked for one by one.
    """

    slots: JsonObject = Field(default_factory=dict)
    contact: JsonObject = Field(default_factory=dict)
    now: datetime | None = None
    env: dict[str, str | None] = Field(default_factory=dict)
    channel: str | None = None
    forms: bool = False

    @field_validator("now")
    @classmethod
    def _aware(cls, value: datetime | None) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError('a time needs its zone. Write it as "2026-03-07T20:00:00+01:00"')
        return value

    @model_validator(mode="before")
    @classmethod
    def _as_in_rasa(cls, value: object) -> object:
        """Rasa's fixtures are lists of slots: ``[{plan: pro}, {email: …}]``."""
        if isinstance(value, list) and all(isinstance(item, dict) for item in value):
            return {"slots": {name: inner for item in value for name, inner in item.items()}}
        return value


class StubFails(Word):
    """What a stubbed call fails with."""

    kind: FailureKind = "unavailable"
    message: str = ""
    retry_after: Duration | None = None


class StubAnswer(Word):
    """What one call of a stubbed action gives: its ``output`` or a failure, and as in Rasa its slots and replies."""

    output: Json = None
    fails: Annotated[StubFails, _named("kind")] | None = None
    slots: JsonObject = Field(default_factory=dict)
    say: Annotated[tuple[str, ...], BeforeValidator(_list)] = ()

    @model_validator(mode="before")
    @classmethod
    def _as_in_rasa(cls, value: object) -> object:
        """``{events: [{event: slot, name, value}], responses: [{text}]}``."""
        if not isinstance(value, dict) or not set(value) <= {"events", "responses"} or not value:
            return value
        slots = {e["name"]: e.get("value") for e in value.get("events") or [] if isinstance(e, dict) and "name" in e}
        texts = [r["text"] for r in value.get("responses") or [] if isinstance(r, dict) and "text" in r]
        return {"slots": slots, "say": texts}


Stubs = dict[str, Annotated[tuple[StubAnswer, ...], BeforeValidator(_list)]]


class FlowCase(Word):
    """One entry under ``test_cases``. ``fixtures``: names of shared ones, or one of its own."""

    test_case: str = Field(min_length=1)
    fixtures: tuple[str, ...] | Fixture = ()
    stub_actions: Stubs = Field(default_factory=dict)
    metadata: Any = None
    steps: tuple[CaseStep, ...]

    @field_validator("steps")
    @classmethod
    def _some(cls, value: tuple[CaseStep, ...]) -> tuple[CaseStep, ...]:
        if not value:
            raise ValueError("a case needs steps. Add `- user: ...`")
        return value

    @field_validator("fixtures", mode="before")
    @classmethod
    def _one_name(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value


def shared_fixtures(value: object) -> object:
    """``fixtures:`` of a file: names with what they hold, or Rasa's list of these."""
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):
        return {name: inner for item in value for name, inner in item.items()}
    return value


class CaseFile(Word):
    """The test keys of one file."""

    test_cases: tuple[FlowCase, ...] = ()
    fixtures: Annotated[dict[str, Fixture], BeforeValidator(shared_fixtures)] = Field(default_factory=dict)
    stub_actions: Stubs = Field(default_factory=dict)
    metadata: Any = None
