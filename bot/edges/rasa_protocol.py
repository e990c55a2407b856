"""Rasa's action protocol: a call as a rasa_sdk action reads it, and its answer as the desk's ActionResult.

Conventions of ours on top of it, the same in process and on a remote action server:

- The arguments of ``with:`` are laid over the tracker's slots, so a plain action reads them by ``get_slot``.
- ``latest_message.metadata.frontdesk`` holds the call: action, key, args, timeout_seconds, connection.
- A ``slot`` event named ``frontdesk_output`` is the action's output, ``frontdesk_failure`` its Failure.
"""

from typing import Any

from pydantic import ValidationError

from bot.edges.failing import failed, tamed
from bot.edges.plain_json import NotPlain, copied, plain
from bot.errors import ActionFailed
from bot.model.action import CALL_METADATA, FAILURE_SLOT, OUTPUT_SLOT, ActionCall, ActionResult, Failure
from bot.model.base import Json, JsonObject
from bot.model.message import Reply
from bot.model.response import Button

MOST_EVENTS = 1_000
MOST_REPLIES = 100
_OF_A_REPLY = frozenset({"text", "buttons", "elements", "custom", "template", "response", "image", "attachment"})


def tracker_for(call: ActionCall) -> JsonObject:
    """The call's tracker in rasa's shape, what it leaves out filled in; it shares nothing with the call's."""
    given: JsonObject = copied(call.tracker)
    args = plain(call.args)
    message = given.get("latest_message") or {}
    told = {
        "action": call.action,
        "key": call.key,
        "args": args,
        "timeout_seconds": call.timeout_seconds,
        "connection": call.connection,
    }
    return {
        "sender_id": "default",
        "events": [],
        "paused": False,
        "followup_action": None,
        "active_loop": {},
        "latest_action_name": None,
        "stack": [],
        **given,
        "slots": {**(given.get("slots") or {}), **args},
        "latest_message": {
            "text": "",
            "intent": {},
            "intent_ranking": [],
            "entities": [],
            **message,
            "metadata": {**(message.get("metadata") or {}), CALL_METADATA: told},
        },
    }


def result_of(action: str, said: object) -> ActionResult:
    """Reads ``{"events": [...], "responses": [...]}``.

    Raises ActionFailed: the action's own Failure where it sent one, ``invalid`` for any other shape.
    """
    try:
        return _Answer(action, plain(said)).result()
    except NotPlain as error:
        raise failed("invalid", f"{action} answered with data that is refused: {tamed(str(error))}") from None


class _Answer:
    def __init__(self, action: str, said: Json) -> None:
        self.action = action
        self.events = self._objects(said, "events", MOST_EVENTS)
        self.responses = self._objects(said, "responses", MOST_REPLIES)

    def result(self) -> ActionResult:
        slots: JsonObject = {}
        others: list[JsonObject] = []
        for event in self.events:
            if event.get("event") == "slot":
                slots[self._text(event, "name", "a slot event")] = event.get("value")
            else:
                self._text(event, "event", "an event")
                others.append(event)
        if FAILURE_SLOT in slots:
            raise self._failure(slots[FAILURE_SLOT])
        output = slots.pop(OUTPUT_SLOT, None)
        replies = [reply for response in self.responses if (reply := self._reply(response))]
        utter = [named for response in self.responses if (named := self._named(response))]
        return ActionResult(
            output=output, slots=slots, replies=tuple(replies), utter=tuple(utter), events=tuple(others)
        )

    def _objects(self, said: Json, name: str, most: int) -> list[JsonObject]:
        found = (said.get(name) or []) if isinstance(said, dict) else None
        if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
            raise self._invalid(f"needs {name}, a list of objects")
        if len(found) > most:
            raise self._invalid(f"has {len(found)} {name}; at most {most} are taken")
        return found

    def _text(self, entry: JsonObject, key: str, what: str) -> str:
        value = entry.get(key)
        if not isinstance(value, str) or not value:
            raise self._invalid(f"holds {what} whose {key!r} is missing")
        return value

    def _failure(self, value: Json) -> ActionFailed:
        try:
            return ActionFailed(Failure.model_validate(value))
        except ValidationError:
            return self._invalid(f"holds a {FAILURE_SLOT} that is no failure")

    def _named(self, response: JsonObject) -> tuple[str, JsonObject] | None:
        name = response.get("response") or response.get("template")
        if not name:
            return None
        if not isinstance(name, str):
            raise self._invalid("names a response that is no text")
        return name, {key: value for key, value in response.items() if key not in _OF_A_REPLY}

    def _reply(self, response: JsonObject) -> Reply | None:
        """What is said beside a named response; None when that is all."""
        custom = {**_object(response.get("custom"))}
        if elements := response.get("elements"):
            custom["elements"] = elements
        attachment = response.get("attachment")
        files = (attachment,) if isinstance(attachment, str) and attachment else ()
        if attachment and not files:
            custom["attachment"] = attachment
        try:
            reply = Reply(
                text=response.get("text") or None,
                buttons=tuple(map(_button, response.get("buttons") or ())),
                image=response.get("image") or None,
                files=files,
                custom=custom or None,
            )
        except (ValidationError, TypeError, KeyError, AttributeError):
            raise self._invalid("holds a message that cannot be read") from None
        return reply if reply != Reply() else None

    def _invalid(self, what: str) -> ActionFailed:
        return failed("invalid", f"the answer of {self.action} {what}")


def _object(value: Any) -> JsonObject:
    return value if isinstance(value, dict) else {} if value is None else {"value": value}


def _button(value: JsonObject) -> Button:
    return Button(title=value["title"], payload=value.get("payload"), url=value.get("url"))
