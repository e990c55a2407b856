"""Actions of the fault tests alone: one that is noted in this process, and some that end it."""

import asyncio
import os
import signal
import time
from dataclasses import dataclass
from typing import ClassVar

from pydantic import BaseModel

from actions.base import Call, DeskAction


@dataclass(frozen=True)
class Begun:
    """One call, noted when it began."""

    key: str
    conversation: str
    at: float


CALLS: list[Begun] = []


class Pause(BaseModel):
    seconds: float = 0.0


class Nothing(BaseModel):
    pass


class Step(DeskAction[Pause, Nothing]):
    """Takes a moment."""

    action_name: ClassVar[str] = "race.step"
    idempotent: ClassVar[bool] = True

    async def act(self, params: Pause, call: Call) -> Nothing:
        CALLS.append(Begun(call.key, call.tracker.sender_id, time.monotonic()))
        await asyncio.sleep(params.seconds)
        return Nothing()


class EndProcess(DeskAction[Nothing, Nothing]):
    """Ends the process, as a fault in a library would, each time that it is called."""

    action_name: ClassVar[str] = "poison.end_process"
    idempotent: ClassVar[bool] = True

    async def act(self, params: Nothing, call: Call) -> Nothing:
        os.kill(os.getpid(), signal.SIGKILL)
        return Nothing()


class EndProcessLate(DeskAction[Nothing, Nothing]):
    """The same, when its turn has long been answered."""

    action_name: ClassVar[str] = "poison.end_process_late"
    idempotent: ClassVar[bool] = True

    async def act(self, params: Nothing, call: Call) -> Nothing:
        await asyncio.sleep(1.5)
        os.kill(os.getpid(), signal.SIGKILL)
        return Nothing()


class Charge(DeskAction[Nothing, Nothing]):
    """Ends the process too, and may not be repeated."""

    action_name: ClassVar[str] = "poison.charge"

    async def act(self, params: Nothing, call: Call) -> Nothing:
        os.kill(os.getpid(), signal.SIGKILL)
        return Nothing()


class Raises(DeskAction[Nothing, Nothing]):
    """Raises what nobody expects, each time."""

    action_name: ClassVar[str] = "poison.raises"
    idempotent: ClassVar[bool] = True

    async def act(self, params: Nothing, call: Call) -> Nothing:
        raise RuntimeError("this action always raises")
