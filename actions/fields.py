"""Types that several actions take or give."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, PlainSerializer, StringConstraints

Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, to_lower=True, max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$"),
]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Paragraph = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4_000)]
Currency = Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, pattern=r"^[A-Za-z]{3}$")]
Plan = Literal["free", "pro", "enterprise"]
AccountStatus = Literal["active", "locked", "cancelled"]
Role = Literal["member", "admin", "viewer"]
Priority = Literal["low", "normal", "high", "urgent"]
_CENT = Decimal("0.01")

Money = Annotated[
    Decimal,
    Field(ge=0, le=10_000_000, allow_inf_nan=False),
    AfterValidator(lambda value: value.quantize(_CENT, ROUND_HALF_UP)),
    PlainSerializer(float, return_type=float),
]
"""An amount in the currency's unit, to the cent; JSON numbers outside, whole cents in the tables."""


def cents(amount: Decimal) -> int:
    return int((amount / _CENT).to_integral_value(ROUND_HALF_UP))


def money(in_cents: int) -> Decimal:
    return Decimal(in_cents) * _CENT
