"""Orders of the shop."""

import re
from typing import Annotated

from pydantic import BeforeValidator, StringConstraints, model_validator

from actions.base import Call, DeskAction
from actions.fields import Email, Money, money
from bot.model.base import JsonObject, Word


def _as_printed(value: object) -> object:
    """``#2001``, ``2001`` and ``a2001`` are what people write for ``A-2001``."""
    text = str(value).strip().upper() if isinstance(value, str | int) else ""
    written = re.fullmatch(r"(?:ORDER)?\s*#?\s*A?\s*-?\s*(\d{1,12})", text)
    return f"A-{written[1]}" if written else value


OrderId = Annotated[str, BeforeValidator(_as_printed), StringConstraints(strip_whitespace=True, max_length=40)]


class WhichOrder(Word):
    """By its number, or the newest of a customer; with both, the number must be that customer's."""

    order_id: OrderId | None = None
    email: Email | None = None

    @model_validator(mode="after")
    def _something(self) -> "WhichOrder":
        if not (self.order_id or self.email):
            raise ValueError("give order_id or email")
        return self


class Order(Word):
    """status: processing, shipped, delayed, delivered, returned, cancelled. eta: the day it arrives."""

    found: bool
    id: str | None = None
    email: str | None = None
    status: str | None = None
    items: str | None = None
    total: Money | None = None
    currency: str | None = None
    ordered_on: str | None = None
    eta: str | None = None
    tracking: str | None = None


class FindOrder(DeskAction[WhichOrder, Order]):
    """Looks up an order and where it is."""

    action_name = "orders.find"
    effect = "read"
    idempotent = True

    async def act(self, params: WhichOrder, call: Call) -> Order:
        given = params.model_dump(exclude_none=True)
        column = {"order_id": "id", "email": "email"}
        where = " AND ".join(f"{column[name]} = :{name}" for name in given)
        newest = f"SELECT * FROM demo_order WHERE {where} ORDER BY ordered_on DESC, id DESC LIMIT 1"  # noqa: S608
        rows = await call.database.read(newest, **given)
        return _order(rows[0]) if rows else Order(found=False)


def _order(row: JsonObject) -> Order:
    rest = {name: value for name, value in row.items() if name != "total_cents"}
    return Order(found=True, total=money(row["total_cents"]), **rest)
