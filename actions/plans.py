"""Plans: what another one costs, changing, discounts, cancelling, and the colleagues who have a seat."""

from datetime import date, timedelta
from typing import Annotated

from pydantic import Field

from actions.base import Call, DeskAction, failed
from actions.crm import ByEmail
from actions.fields import Email, Money, Plan, Role, money
from actions.records import written_once
from bot.model.base import JsonObject, Word

PRICES = {"free": 0, "pro": 1_900, "enterprise": 48_000}
"""Cents a month."""
SEATS = {"free": 3, "pro": 10, "enterprise": 500}
CURRENCY = "EUR"
DISCOUNTS_APART = timedelta(days=365)
_ONE_ACCOUNT = """SELECT account.email, account.name, account.plan, account.status, plan.renews_on, plan.seats_used
                  FROM demo_account AS account JOIN demo_subscription AS plan ON plan.email = account.email
                  WHERE account.email = :email"""


class Subscription(Word):
    """``price``: for a month. ``cancelled``: it ends on ``renews_on``, or has ended."""

    email: str
    plan: Plan
    price: Money
    currency: str = CURRENCY
    renews_on: str
    seats_used: int
    cancelled: bool


class WantedPlan(Word):
    email: Email
    plan: Plan


class Quote(Word):
    """Prices are for one month. ``difference``: what a month costs more; nothing where it costs less.

    fits: whether the seats that are in use are enough in the wanted plan. starts_on: now for more, at the next
    renewal for less.
    """

    current: Plan
    wanted: Plan
    price_now: Money
    price_then: Money
    difference: Money
    currency: str = CURRENCY
    upgrade: bool
    starts_on: str
    seats_used: int
    seats: int
    fits: bool


class Changed(Word):
    email: str
    plan: Plan
    starts_on: str


class NewDiscount(Word):
    email: Email
    percent: Annotated[int, Field(ge=5, le=50)] = 30
    months: Annotated[int, Field(ge=1, le=12)] = 3


class Discount(Word):
    email: str
    percent: int
    until: str


class Leaving(Word):
    email: Email
    reason: str = "not said"


class Left(Word):
    """``ends_on``: the last day that is paid for."""

    email: str
    ends_on: str


class Invitation(Word):
    email: Email
    colleague: Email
    role: Role = "member"


class Invited(Word):
    """``problem``: null, ``no_seat`` or ``has_a_seat``; with a problem nobody was invited."""

    colleague: str
    role: Role
    problem: str | None = None
    seats_left: int


class QuotePlan(DeskAction[WantedPlan, Quote]):
    """Tells what another plan costs, when it would begin, and whether everybody has a seat in it."""

    action_name = "plans.quote"
    effect = "read"
    idempotent = True

    async def act(self, params: WantedPlan, call: Call) -> Quote:
        """Raises ActionFailed ``not_found`` without such an account."""
        row = await subscription(params.email, call)
        now, then = PRICES[row["plan"]], PRICES[params.plan]
        used, seats = row["seats_used"], SEATS[params.plan]
        return Quote(
            current=row["plan"],
            wanted=params.plan,
            price_now=money(now),
            price_then=money(then),
            difference=money(max(0, then - now)),
            upgrade=then > now,
            starts_on=call.clock.now().date().isoformat() if then > now else row["renews_on"],
            seats_used=used,
            seats=seats,
            fits=used <= seats,
        )


class ChangePlan(DeskAction[WantedPlan, Changed]):
    """Changes the plan of an account: for a dearer one now, for a cheaper one at the next renewal."""

    action_name = "plans.change"
    effect = "write"
    idempotent = True

    async def act(self, params: WantedPlan, call: Call) -> Changed:
        """Raises ActionFailed ``not_found``, or ``rejected`` where people would lose their seats."""
        row = await subscription(params.email, call)
        if row["seats_used"] > SEATS[params.plan]:
            raise failed("rejected", f"{row['seats_used']} seats are in use and {params.plan} has {SEATS[params.plan]}")
        upgrade = PRICES[params.plan] >= PRICES[row["plan"]]
        starts_on = call.clock.now().date().isoformat() if upgrade else row["renews_on"]
        made = await written_once(call, "demo_plan_change", email=params.email, plan=params.plan, starts_on=starts_on)
        if upgrade:
            # Setting what is set changes nothing, so a repeat of the call shows once.
            await call.database.write(
                "UPDATE demo_account SET plan = :plan WHERE email = :email", plan=params.plan, email=params.email
            )
        return Changed(email=params.email, plan=made["plan"], starts_on=made["starts_on"])


class GiveDiscount(DeskAction[NewDiscount, Discount]):
    """Takes something off the next months; once a year for an account."""

    action_name = "plans.discount"
    effect = "write"
    idempotent = True

    async def act(self, params: NewDiscount, call: Call) -> Discount:
        """Raises ActionFailed ``not_found``, or ``rejected`` when there was one within a year."""
        row = await subscription(params.email, call)
        today = call.clock.now().date()
        until = date.fromisoformat(row["renews_on"]) + timedelta(days=30 * params.months)
        await call.database.write(
            """INSERT INTO demo_discount (idempotency_key, email, percent, valid_until, given_on)
               SELECT :key, CAST(:email AS TEXT), :percent, :until, :today WHERE NOT EXISTS (
                   SELECT 1 FROM demo_discount WHERE email = :email AND given_on > :since)
               ON CONFLICT DO NOTHING""",
            key=call.key, email=params.email, percent=params.percent, until=until.isoformat(),
            today=today.isoformat(), since=(today - DISCOUNTS_APART).isoformat(),
        )  # fmt: skip
        made = await call.database.read("SELECT * FROM demo_discount WHERE idempotency_key = :key", key=call.key)
        if not made:
            raise failed("rejected", "this account has had a discount within a year")
        return Discount(email=params.email, percent=made[0]["percent"], until=made[0]["valid_until"])


class CancelPlan(DeskAction[Leaving, Left]):
    """Cancels a paid plan at the end of the paid month."""

    action_name = "plans.cancel"
    effect = "write"
    idempotent = True

    async def act(self, params: Leaving, call: Call) -> Left:
        """Raises ActionFailed ``not_found``, or ``rejected`` for a plan that costs nothing."""
        row = await subscription(params.email, call)
        if row["plan"] == "free":
            raise failed("rejected", "the free plan has nothing to cancel")
        await call.database.write(
            """INSERT INTO demo_cancellation (email, reason, ends_on, created_at)
               VALUES (:email, :reason, :ends_on, :now) ON CONFLICT DO NOTHING""",
            email=params.email, reason=params.reason, ends_on=row["renews_on"], now=call.clock.now().isoformat(),
        )  # fmt: skip
        made = await call.database.read(
            "SELECT ends_on FROM demo_cancellation WHERE email = :email", email=params.email
        )
        return Left(email=params.email, ends_on=made[0]["ends_on"])


class InviteColleague(DeskAction[Invitation, Invited]):
    """Invites a colleague to an account by e-mail, where a seat is free."""

    action_name = "team.invite"
    effect = "send"
    idempotent = True

    async def act(self, params: Invitation, call: Call) -> Invited:
        """Inviting the same person again sends nothing. Raises ActionFailed ``not_found``."""
        row = await subscription(params.email, call)
        invited = await call.database.read("SELECT * FROM demo_invitation WHERE email = :email", email=params.email)
        left = SEATS[row["plan"]] - row["seats_used"] - len(invited)
        mine = next((one for one in invited if one["colleague"] == params.colleague), None)
        if mine is None and left > 0 and params.colleague != params.email:
            await written_once(
                call, "demo_invitation", email=params.email, colleague=params.colleague, role=params.role
            )
            return Invited(colleague=params.colleague, role=params.role, seats_left=left - 1)
        again = mine is not None and mine["idempotency_key"] == call.key
        problem = None if again else "has_a_seat" if mine or params.colleague == params.email else "no_seat"
        return Invited(colleague=params.colleague, role=params.role, problem=problem, seats_left=max(0, left))


class FindSubscription(DeskAction[ByEmail, Subscription]):
    """Tells what an account pays, and when next."""

    action_name = "plans.find"
    effect = "read"
    idempotent = True

    async def act(self, params: ByEmail, call: Call) -> Subscription:
        """Raises ActionFailed ``not_found`` without such an account."""
        row = await subscription(params.email, call)
        left = await call.database.read(
            "SELECT ends_on FROM demo_cancellation WHERE email = :email", email=params.email
        )
        return Subscription(
            email=params.email,
            plan=row["plan"],
            price=money(PRICES[row["plan"]]),
            renews_on=row["renews_on"],
            seats_used=row["seats_used"],
            cancelled=bool(left) or row["status"] == "cancelled",
        )


async def subscription(email: str, call: Call) -> JsonObject:
    found = await call.database.read(_ONE_ACCOUNT, email=email)
    if not found:
        raise failed("not_found", f"there is no account with the address {email}")
    return found[0]
