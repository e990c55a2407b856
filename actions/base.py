"""The base of the desk's own actions: typed on both sides, and still a genuine rasa_sdk Action."""

import inspect
import uuid
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import cache
from typing import Any, ClassVar, Generic, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, Tracker
from rasa_sdk.types import DomainDict

from bot.errors import ActionFailed
from bot.model.action import CALL_METADATA, FAILURE_SLOT, OUTPUT_SLOT, ActionSpec, Effect, Failure
from bot.model.base import Json, JsonObject
from bot.model.flow import FailureKind
from bot.ports import ActionDatabase, ActionHost, Articles, Clock, Egress

P = TypeVar("P", bound=BaseModel)
O = TypeVar("O", bound=BaseModel)  # noqa: E741  outputs


def failed(kind: FailureKind, message: str, *, retry_after_seconds: float | None = None) -> ActionFailed:
    """``raise failed("not_found", "no charge has this id")``. Agents may read it, customers never do."""
    return ActionFailed(Failure(kind=kind, message=message, retry_after_seconds=retry_after_seconds))


@dataclass
class Call:
    """One call, as ``act`` sees it.

    key:     the same for every attempt at the same effect; store or send it with what must not happen twice.
    tracker: the conversation in rasa's shape: ``sender_id``, ``slots``, ``latest_message``, last ``events``.
    """

    key: str
    tracker: Tracker
    timeout_seconds: float | None = None
    connection: str | None = None
    dispatcher: CollectingDispatcher = field(default_factory=CollectingDispatcher)
    events: list[JsonObject] = field(default_factory=list)
    host: ActionHost | None = None

    @property
    def egress(self) -> Egress:
        return self._host().egress

    @property
    def database(self) -> ActionDatabase:
        return self._host().database

    @property
    def clock(self) -> Clock:
        return self._host().clock

    @property
    def articles(self) -> Articles:
        return self._host().articles

    def say(self, text: str, **more: Any) -> None:
        """Ask for a reply; ``more`` is what rasa's ``utter_message`` takes (buttons, image, ...)."""
        self.dispatcher.utter_message(text=text, **more)

    def set_slot(self, name: str, value: Json) -> None:
        self.events.append(SlotSet(name, value))

    def emit(self, event: str, **values: Json) -> None:
        """An event for the desk, which takes effect with the commit of the segment: once or not at all."""
        self.events.append({"event": event, **values})

    def _host(self) -> ActionHost:
        if self.host is None:
            raise failed("internal", "this action needs the desk it runs in. Load it by FRONTDESK_ACTIONS.")
        return self.host


class DeskAction(Action, ABC, Generic[P, O]):
    """Subclass as ``class FindAccount(DeskAction[ByEmail, Account])`` and write ``act``.

    action_name:     as flows call it, ``crm.find_account``.
    effect:          ``read`` changes nothing, ``write`` changes data, ``send`` reaches people or systems.
    idempotent:      calling it twice with one key shows once, so that it may be tried again.
    timeout_seconds: the longest that one call may take, unless the step says otherwise.
    """

    action_name: ClassVar[str]
    effect: ClassVar[Effect] = "write"
    idempotent: ClassVar[bool] = False
    timeout_seconds: ClassVar[float] = 10.0
    params: ClassVar[type[BaseModel]]
    outputs: ClassVar[type[BaseModel]]

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        for base in getattr(cls, "__orig_bases__", ()):
            types = get_args(base)
            if get_origin(base) is DeskAction and all(map(inspect.isclass, types)):
                cls.params, cls.outputs = types

    def __init__(self) -> None:
        self._host: ActionHost | None = None

    @abstractmethod
    async def act(self, params: P, call: Call) -> O:
        """Does it. Raises ActionFailed (see ``failed``) when it does not work."""

    def name(self) -> str:
        return self.action_name

    def declares(self) -> ActionSpec:
        return ActionSpec(
            name=self.action_name,
            description=inspect.cleandoc(type(self).__doc__ or "").partition("\n")[0],
            params=_schema(self.params, "validation"),
            outputs=_schema(self.outputs, "serialization"),
            effect=self.effect,
            idempotent=self.idempotent,
            timeout_seconds=self.timeout_seconds,
        )

    def attach(self, host: ActionHost) -> None:
        self._host = host

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        """What rasa_sdk calls. See bot.model.action for how arguments, output and failures cross it."""
        told = _told(tracker)
        call = Call(
            key=told.get("key") or uuid.uuid4().hex,
            tracker=tracker,
            timeout_seconds=told.get("timeout_seconds"),
            connection=told.get("connection"),
            dispatcher=dispatcher,
            host=self._host,
        )
        try:
            output = self._checked_output(await self.act(self._checked_params(told, tracker), call))
        except ActionFailed as error:
            return [SlotSet(FAILURE_SLOT, error.failure.model_dump(mode="json"))]
        return [*call.events, SlotSet(OUTPUT_SLOT, output)]

    def _checked_params(self, told: JsonObject, tracker: Tracker) -> P:
        # A foreign caller, Rasa itself for instance, knows slots only.
        args = told.get("args", {key: tracker.slots[key] for key in self.params.model_fields if key in tracker.slots})
        try:
            return self.params.model_validate(args)  # type: ignore[return-value]  # params is P, see __init_subclass__
        except ValidationError as error:
            raise failed("invalid", f"{self.action_name} cannot take {_first(error)}") from error

    def _checked_output(self, output: BaseModel) -> JsonObject:
        try:
            checked = self.outputs.model_validate(output, from_attributes=False)
        except ValidationError as error:
            unsure = self.effect != "read" and not self.idempotent
            message = f"{self.action_name} gave an output that it does not declare: {_first(error, 'the output')}"
            raise ActionFailed(Failure(kind="invalid", message=message, uncertain=unsure)) from error
        return checked.model_dump(mode="json", by_alias=True)


@cache
def _schema(model: type[BaseModel], mode: Literal["validation", "serialization"]) -> JsonObject:
    """Made once for a class: an action declares itself for every desk that it is loaded into."""
    return model.model_json_schema(mode=mode)


def _told(tracker: Tracker) -> JsonObject:
    metadata = tracker.latest_message.get("metadata") or {}
    told = metadata.get(CALL_METADATA)
    return told if isinstance(told, dict) else {}


def _first(error: ValidationError, whole: str = "its arguments") -> str:
    """``email: Field required``, without the value, which may be private."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(map(str, first["loc"])) or whole
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return f"{place}: {first['msg'].removeprefix('Value error, ')}{more}"
