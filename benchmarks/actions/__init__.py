"""An action that costs nothing, so that what is measured is the desk around it."""

from typing import ClassVar

from pydantic import BaseModel

from actions.base import Call, DeskAction
from bot.model.action import Effect


class Number(BaseModel):
    number: int


class Count(DeskAction[Number, Number]):
    """Gives the next number."""

    action_name: ClassVar[str] = "bench.count"
    effect: ClassVar[Effect] = "write"
    idempotent: ClassVar[bool] = True

    async def act(self, params: Number, call: Call) -> Number:
        return Number(number=params.number + 1)
