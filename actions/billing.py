"""Charges, and giving them back."""

import hashlib
from datetime import date, timedelta
from itertools import combinations

from actions.base import Call, DeskAction, failed
from actions.crm import ByEmail
from actions.fields import Currency, Line, Money, cents, money
from bot.model.base import JsonObject, Word

SAME_CHARGE_WITHIN = timedelta(days=3)
"""Two equal charges so close together are one that went wrong; further apart they are the next month's."""


class Charge(Word):
    id: str
    amount: Money
    currency: str
    description: str
    charged_on: str
    refunded: bool


class Charges(Word):
    """Newest first. ``duplicate`` is the later of two equal charges within three days, neither refunded."""

    charges: tuple[Charge, ...] = ()
    duplicate: Charge | None = None
    duplicate_amount: Money


class Refund(Word):
    """``amount`` may be a part of the charge; without a currency it is the charge's."""

    charge_id: Line
    amount: Money
    currency: Currency | None = None
    reason: Line = "requested by the customer"


class Refunded(Word):
    refund_id: str
    charge_id: str
    amount: Money
    currency: str
    status: str = "refunded"


class FindCharges(DeskAction[ByEmail, Charges]):
    """Lists what a customer was charged, and finds a charge that was made twice."""

    action_name = "billing.find_charges"
    effect = "read"
    idempotent = True

    async def act(self, params: ByEmail, call: Call) -> Charges:
        rows = await call.database.read(
            """SELECT charge.*, refund.id AS refund_id FROM demo_charge AS charge
               LEFT JOIN demo_refund AS refund ON refund.charge_id = charge.id
               WHERE charge.email = :email ORDER BY charge.charged_on DESC, charge.id DESC LIMIT 200""",
            email=params.email,
        )
        charges = tuple(map(_charge, rows))
        duplicate = charged_twice(charges)
        return Charges(
            charges=charges, duplicate=duplicate, duplicate_amount=duplicate.amount if duplicate else money(0)
        )


class GiveBack(DeskAction[Refund, Refunded]):
    """Refunds a charge, in full or in part; once."""

    action_name = "billing.refund"
    effect = "write"
    idempotent = True

    async def act(self, params: Refund, call: Call) -> Refunded:
        """Raises ActionFailed: ``not_found`` for an unknown charge, ``rejected`` above it or once more."""
        charge = await self._charge(params, call)
        await call.database.write(
            """INSERT INTO demo_refund
                   (id, charge_id, amount_cents, currency, reason, idempotency_key, created_at)
               VALUES (:id, :charge_id, :amount_cents, :currency, :reason, :key, :now)
               ON CONFLICT DO NOTHING""",
            id=f"R-{hashlib.sha256(call.key.encode()).hexdigest()[:10].upper()}",
            charge_id=charge["id"],
            amount_cents=cents(params.amount),
            currency=charge["currency"],
            reason=params.reason,
            key=call.key,
            now=call.clock.now().isoformat(),
        )
        made = await call.database.read("SELECT * FROM demo_refund WHERE idempotency_key = :key", key=call.key)
        if not made:
            raise failed("rejected", f"the charge {params.charge_id} has been refunded already")
        return Refunded(
            refund_id=made[0]["id"],
            charge_id=made[0]["charge_id"],
            amount=money(made[0]["amount_cents"]),
            currency=made[0]["currency"],
        )

    async def _charge(self, params: Refund, call: Call) -> JsonObject:
        found = await call.database.read("SELECT * FROM demo_charge WHERE id = :id", id=params.charge_id)
        if not found:
            raise failed("not_found", f"no charge is numbered {params.charge_id}")
        charge = found[0]
        if params.currency and params.currency != charge["currency"]:
            raise failed("rejected", f"{params.charge_id} was charged in {charge['currency']}, not {params.currency}")
        if not 0 < cents(params.amount) <= charge["amount_cents"]:
            most = f"{money(charge['amount_cents'])} {charge['currency']}"
            raise failed("rejected", f"of {params.charge_id} between 0.01 and {most} can be refunded")
        return charge


def charged_twice(charges: tuple[Charge, ...]) -> Charge | None:
    """The later one of the newest pair of equal charges; ``charges`` are newest first."""
    open_charges = [charge for charge in charges if not charge.refunded]
    return next((later for later, earlier in combinations(open_charges, 2) if _same(later, earlier)), None)


def _same(later: Charge, earlier: Charge) -> bool:
    apart = date.fromisoformat(later.charged_on) - date.fromisoformat(earlier.charged_on)
    alike = (later.amount, later.currency, later.description) == (
        earlier.amount,
        earlier.currency,
        earlier.description,
    )
    return alike and apart <= SAME_CHARGE_WITHIN


def _charge(row: JsonObject) -> Charge:
    return Charge(
        id=row["id"],
        amount=money(row["amount_cents"]),
        currency=row["currency"],
        description=row["description"],
        charged_on=row["charged_on"],
        refunded=row["refund_id"] is not None,
    )
