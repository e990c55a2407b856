"""Actions that the tests run on a real rasa_sdk server."""

import os
import time
from typing import Any

from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, ActionExecutionRejection, Tracker

from actions.base import Call, DeskAction, failed
from bot.model.base import Word


class Hello(Action):
    def name(self) -> str:
        return "action_hello"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[Any]:
        dispatcher.utter_message(text=f"Hello {tracker.get_slot('name')}, says {os.getpid()}")
        return [SlotSet("greeted", sorted(domain))]


class Rejects(Action):
    def name(self) -> str:
        return "action_rejects"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[Any]:
        raise ActionExecutionRejection(self.name(), "not while it rains")


class Breaks(Action):
    def name(self) -> str:
        return "action_breaks"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[Any]:
        raise ValueError("a secret of the server")


class Dawdles(Action):
    def name(self) -> str:
        return "action_dawdles"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[Any]:  # type: ignore[override]  # sync, as many write it
        time.sleep(2)
        return []


class Number(Word):
    number: int


class Doubled(Word):
    double: int
    key: str


class Double(DeskAction[Number, Doubled]):
    action_name = "remote.double"
    effect = "read"

    async def act(self, params: Number, call: Call) -> Doubled:
        if params.number == 13:
            raise failed("rate_limit", "not this number", retry_after_seconds=4)
        return Doubled(double=params.number * 2, key=call.key)


class NeedsTheDesk(DeskAction[Number, Doubled]):
    action_name = "remote.needs_the_desk"

    async def act(self, params: Number, call: Call) -> Doubled:
        await call.database.read("SELECT 1")
        return Doubled(double=0, key=call.key)
