"""The small CRM, shop and ticket store behind the demo, on SQLite and PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from actions import schema
from actions.base import DeskAction
from actions.billing import FindCharges, GiveBack
from actions.calls import BookCall, FindSlots
from actions.crm import FindAccount, UpdateAccount
from actions.desk import TellOpeningHours
from actions.invoices import ChangeAddress, FindInvoices, SendInvoice, SendPaymentLink
from actions.orders import FindOrder
from actions.plans import CancelPlan, ChangePlan, FindSubscription, GiveDiscount, InviteColleague, QuotePlan
from actions.privacy import Erase, MakeCopy, OpenRequest
from actions.security import ResetTwoFactor
from actions.seeds import EDITION
from actions.status import TellStatus
from actions.tickets import CommentOnTicket, CreateTicket, FindTicket
from bot.edges.action_local import LocalActions
from bot.edges.action_runner import DeskActionRunner, Host
from bot.edges.egress import GuardedEgress
from bot.errors import ActionFailed
from bot.model.action import ActionCall
from bot.model.base import Json, JsonObject
from bot.store.action_database import SqlActionDatabase
from tests.actions.conftest import StandingClock
from tests.actions.databases import opened

ACTIONS = (
    BookCall,
    CancelPlan,
    ChangeAddress,
    ChangePlan,
    Erase,
    FindInvoices,
    FindSlots,
    FindSubscription,
    FindTicket,
    GiveDiscount,
    InviteColleague,
    MakeCopy,
    OpenRequest,
    QuotePlan,
    ResetTwoFactor,
    SendInvoice,
    SendPaymentLink,
    TellStatus,
    FindAccount,
    UpdateAccount,
    FindOrder,
    FindCharges,
    GiveBack,
    CreateTicket,
    CommentOnTicket,
    TellOpeningHours,
)


class Demo:
    """Runs the demo's actions as the desk does; ``demo("crm.find_account", email=...)`` gives the output."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.local = LocalActions([kind() for kind in ACTIONS], host)
        self.runner = DeskActionRunner(self.local)
        self.calls = 0

    async def __call__(self, action: str, key: str | None = None, **args: Json) -> JsonObject:
        self.calls += 1
        call = ActionCall(action=action, key=key or f"call-{self.calls}", args=args)
        output: JsonObject = (await self.runner.run(call)).output
        return output

    async def failing(self, action: str, **args: Json) -> tuple[str, str]:
        with pytest.raises(ActionFailed) as error:
            await self(action, **args)
        return error.value.failure.kind, error.value.failure.message


@pytest.fixture
async def tables(database_url: str, clock: StandingClock) -> AsyncIterator[SqlActionDatabase]:
    async with opened(database_url) as database:
        await schema.prepare(database, clock.now())
        yield database


@pytest.fixture
async def demo(tables: SqlActionDatabase, clock: StandingClock) -> AsyncIterator[Demo]:
    egress = GuardedEgress()
    yield Demo(Host(egress, tables, clock))
    await egress.close()


async def test_an_account_is_found_however_its_address_is_written(demo: Demo) -> None:
    found = await demo("crm.find_account", email="  Ada@Example.com ")
    assert (found["found"], found["id"], found["name"]) == (True, "C-101", "Ada Palmer")
    assert (found["plan"], found["status"]) == ("enterprise", "active")


async def test_an_account_that_does_not_exist_is_an_answer_not_an_error(demo: Demo) -> None:
    found = await demo("crm.find_account", email="nobody@example.com")
    assert (found["found"], found["email"], found["plan"]) == (False, "nobody@example.com", None)


async def test_something_that_is_no_address_is_refused(demo: Demo) -> None:
    kind, message = await demo.failing("crm.find_account", email="ada")
    assert (kind, "email" in message) == ("invalid", True)


async def test_an_account_is_changed_where_something_was_given(demo: Demo) -> None:
    changed = await demo("crm.update_account", email="dimitri@example.com", status="active")
    assert (changed["status"], changed["plan"], changed["name"]) == ("active", "pro", "Dimitri Laskaris")
    assert (await demo("crm.find_account", email="dimitri@example.com"))["status"] == "active"
    unchanged = await demo("crm.update_account", email="dimitri@example.com")
    assert unchanged["found"]
    assert not (await demo("crm.update_account", email="nobody@example.com", plan="pro"))["found"]


@pytest.mark.parametrize(
    "written", ["A-2001", "a-2001", "#2001", pytest.param(2001, id="number"), "Order #2001", " A2001 "]
)
async def test_an_order_is_found_however_its_number_is_written(demo: Demo, written: Json) -> None:
    order = await demo("orders.find", order_id=written)
    assert (order["found"], order["id"], order["status"], order["total"]) == (
        True,
        "A-2001",
        "shipped",
        419.0,
    )
    assert order["eta"] == "2026-03-06"


async def test_without_a_number_it_is_the_customer_s_newest_order(demo: Demo) -> None:
    assert (await demo("orders.find", email="ada@example.com"))["id"] == "A-2001"


async def test_another_customer_s_order_is_not_found(demo: Demo) -> None:
    assert not (await demo("orders.find", order_id="A-2001", email="ben@example.com"))["found"]
    assert not (await demo("orders.find", order_id="' OR 1=1 --"))["found"]


async def test_asking_for_no_order_in_particular_is_refused(demo: Demo) -> None:
    kind, message = await demo.failing("orders.find")
    assert (kind, message) == ("invalid", "orders.find cannot take its arguments: give order_id or email")


@pytest.mark.parametrize(
    ("email", "duplicate", "amount"),
    [
        ("ben@example.com", "CH-3004", 19.0),
        ("elena@example.com", "CH-3010", 480.0),
        ("ada@example.com", None, 0.0),
    ],
)
async def test_a_charge_that_was_made_twice_is_found(
    demo: Demo, email: str, duplicate: str | None, amount: float
) -> None:
    found = await demo("billing.find_charges", email=email)
    assert (found["duplicate"] or {}).get("id") == duplicate
    assert found["duplicate_amount"] == amount
    assert [charge["charged_on"] for charge in found["charges"]] == sorted(
        (charge["charged_on"] for charge in found["charges"]), reverse=True
    )


async def test_a_refund_happens_once_however_often_it_is_tried(demo: Demo, tables: SqlActionDatabase) -> None:
    give_back = {"charge_id": "CH-3004", "amount": 19, "currency": "eur", "reason": "charged twice"}
    answers = await asyncio.gather(*(demo("billing.refund", key="i/1/f/refund/1", **give_back) for _ in range(8)))
    assert all(answer == answers[0] for answer in answers)
    assert (answers[0]["status"], answers[0]["amount"], answers[0]["currency"]) == ("refunded", 19.0, "EUR")
    assert await tables.read("SELECT COUNT(*) AS n FROM demo_refund") == [{"n": 1}]
    charges = await demo("billing.find_charges", email="ben@example.com")
    assert charges["duplicate"] is None, "what has been given back is no duplicate any more"


async def test_a_charge_is_not_refunded_twice_by_different_calls(demo: Demo, tables: SqlActionDatabase) -> None:
    calls = (demo("billing.refund", charge_id="CH-3010", amount=480) for _ in range(8))
    results = await asyncio.gather(*calls, return_exceptions=True)
    failures = [result.failure.kind for result in results if isinstance(result, ActionFailed)]
    assert failures == ["rejected"] * 7
    assert await tables.read("SELECT COUNT(*) AS n FROM demo_refund") == [{"n": 1}]


@pytest.mark.parametrize(
    ("args", "kind"),
    [
        ({"charge_id": "CH-9999", "amount": 1}, "not_found"),
        ({"charge_id": "CH-3003", "amount": 19.01}, "rejected"),
        ({"charge_id": "CH-3003", "amount": 0}, "rejected"),
        ({"charge_id": "CH-3003", "amount": 19, "currency": "USD"}, "rejected"),
        ({"charge_id": "CH-3003", "amount": -1}, "invalid"),
        ({"charge_id": "CH-3003", "amount": "NaN"}, "invalid"),
    ],
)
async def test_a_refund_that_cannot_be_is_refused(demo: Demo, args: dict[str, Json], kind: str) -> None:
    assert (await demo.failing("billing.refund", **args))[0] == kind


async def test_part_of_a_charge_can_be_refunded_to_the_cent(demo: Demo) -> None:
    assert (await demo("billing.refund", charge_id="CH-3003", amount="4.995"))["amount"] == 5.0


async def test_tickets_are_numbered_and_the_same_key_is_the_same_ticket(demo: Demo, tables: SqlActionDatabase) -> None:
    new = {"summary": "Cannot sign in", "email": "ada@example.com", "priority": "high"}
    same = await asyncio.gather(*(demo("tickets.create", key="same", **new) for _ in range(8)))
    assert {ticket["id"] for ticket in same} == {same[0]["id"]}
    others = await asyncio.gather(*(demo("tickets.create", summary="Other") for _ in range(8)))
    ids = {same[0]["id"], *(ticket["id"] for ticket in others)}
    assert len(ids) == 9
    assert all(ticket_id.startswith("T-1") for ticket_id in ids)
    assert (same[0]["priority"], same[0]["status"]) == ("high", "open")
    assert await tables.read("SELECT COUNT(*) AS n FROM demo_ticket WHERE number > 1000") == [{"n": 9}]


async def test_a_comment_is_added_once(demo: Demo, tables: SqlActionDatabase) -> None:
    ticket = await demo("tickets.create", summary="Cannot sign in")
    for _ in range(2):
        await demo("tickets.comment", key="c", ticket_id=ticket["id"].lower(), text="Still locked")
    assert await tables.read("SELECT COUNT(*) AS n FROM demo_ticket_comment") == [{"n": 1}]
    assert (await demo.failing("tickets.comment", ticket_id="T-99", text="x"))[0] == "not_found"


@pytest.mark.parametrize(
    ("at", "open_now", "today", "opens"),
    [
        ("2026-03-04T11:00:00Z", True, "09:00-17:30", None),
        ("2026-03-04T07:59:00Z", False, "09:00-17:30", "Wednesday at 09:00"),
        ("2026-03-04T16:30:00Z", False, "09:00-17:30", "Thursday at 09:00"),
        ("2026-03-07T12:00:00Z", True, "10:00-14:00", None),
        ("2026-03-07T13:30:00Z", False, "10:00-14:00", "Monday at 09:00"),
        ("2026-03-08T12:00:00Z", False, "closed", "Monday at 09:00"),
        # Summer time began in the night before: nine in the morning is now seven in UTC.
        ("2026-03-30T07:00:00Z", True, "09:00-17:30", None),
    ],
)
async def test_opening_hours_are_those_of_the_desk_s_own_clock(
    demo: Demo, clock: StandingClock, at: str, open_now: bool, today: str, opens: str | None
) -> None:
    clock.time = datetime.fromisoformat(at)
    told = await demo("desk.opening_hours")
    assert (told["open_now"], told["today"], told["opens_next_text"]) == (open_now, today, opens)
    assert told["hours"] == "Monday to Friday 09:00-17:30, Saturday 10:00-14:00, Sunday closed"


async def test_a_desk_without_hours_never_opens_and_an_unknown_zone_is_refused(
    demo: Demo, tables: SqlActionDatabase
) -> None:
    await tables.write("DELETE FROM demo_hours")
    told = await demo("desk.opening_hours", timezone="America/New_York")
    assert (told["open_now"], told["opens_next"], told["hours"]) == (False, None, "Monday to Sunday closed")
    assert (await demo.failing("desk.opening_hours", timezone="Mars/Olympus"))[0] == "invalid"


async def test_two_desks_that_start_at_once_make_the_tables_once(database_url: str) -> None:
    now = datetime(2026, 3, 4, tzinfo=UTC)
    async with opened(database_url) as one, opened(database_url) as two:
        await asyncio.gather(*(schema.prepare(database, now) for database in (one, two, one, two)))
        counts = {
            table: (await one.read(f"SELECT COUNT(*) AS n FROM {table}"))[0]["n"]  # noqa: S608
            for table in ("demo_account", "demo_order", "demo_charge", "demo_hours", "demo_counter")
        }
    assert counts == {
        "demo_account": 14,
        "demo_order": 16,
        "demo_charge": 22,
        "demo_hours": 6,
        "demo_counter": 2,
    }


async def test_what_was_changed_stays_changed_when_the_desk_starts_again(demo: Demo, tables: SqlActionDatabase) -> None:
    await demo("crm.update_account", email="ada@example.com", plan="free")
    await tables.write("DELETE FROM demo_account WHERE email = 'ben@example.com'")
    await schema.prepare(tables, datetime(2027, 1, 1, tzinfo=UTC))
    assert (await demo("crm.find_account", email="ada@example.com"))["plan"] == "free"
    assert not (await demo("crm.find_account", email="ben@example.com"))["found"]


def test_every_action_that_changes_something_is_safe_to_repeat() -> None:
    """What the runner may try again by itself after a lost answer."""
    assert all(kind.idempotent for kind in ACTIONS if issubclass(kind, DeskAction))


async def test_a_dearer_plan_begins_today_and_a_cheaper_one_when_the_month_is_paid(demo: Demo) -> None:
    up = await demo("plans.change", email="kim@example.com", plan="pro")
    assert (up["plan"], up["starts_on"]) == ("pro", "2026-03-04")
    assert (await demo("crm.find_account", email="kim@example.com"))["plan"] == "pro"
    down = await demo("plans.change", email="nora@example.com", plan="pro")
    assert down["starts_on"] == "2026-03-09"
    assert (await demo("crm.find_account", email="nora@example.com"))["plan"] == "enterprise"


async def test_a_plan_with_too_few_seats_is_not_to_be_had(demo: Demo) -> None:
    quote = await demo("plans.quote", email="jonas@example.com", plan="free")
    assert (quote["fits"], quote["seats_used"], quote["seats"]) == (False, 10, 3)
    assert (await demo.failing("plans.change", email="jonas@example.com", plan="free"))[0] == "rejected"


async def test_there_is_one_discount_a_year(demo: Demo) -> None:
    given = await demo("plans.discount", key="one", email="ben@example.com")
    assert await demo("plans.discount", key="one", email="ben@example.com") == given
    kind, message = await demo.failing("plans.discount", email="ben@example.com")
    assert (kind, "within a year" in message) == ("rejected", True)


async def test_cancelling_twice_cancels_once(demo: Demo) -> None:
    first = await demo("plans.cancel", email="ben@example.com", reason="price")
    assert await demo("plans.cancel", email="ben@example.com", reason="other") == first
    assert (await demo("plans.find", email="ben@example.com"))["cancelled"]
    assert (await demo.failing("plans.cancel", email="kim@example.com"))[0] == "rejected"


async def test_nobody_is_invited_twice_or_without_a_seat(demo: Demo) -> None:
    invited = await demo("team.invite", key="one", email="ben@example.com", colleague="tom@example.com")
    assert (invited["problem"], invited["seats_left"]) == (None, 5)
    assert (await demo("team.invite", key="one", email="ben@example.com", colleague="tom@example.com"))[
        "problem"
    ] is None
    again = await demo("team.invite", email="ben@example.com", colleague="tom@example.com")
    assert again["problem"] == "has_a_seat"
    full = await demo("team.invite", email="jonas@example.com", colleague="tom@example.com")
    assert (full["problem"], full["seats_left"]) == ("no_seat", 0)


async def test_an_invoice_is_found_by_the_name_of_its_month(demo: Demo) -> None:
    sent = await demo("billing.send_invoice", email="ben@example.com", month="January")
    assert (sent["found"], sent["month"], sent["amount"]) == (True, "2026-01", 19.0)
    assert (await demo("billing.send_invoice", email="ben@example.com", month="newest"))["month"] == "2026-02"
    assert not (await demo("billing.send_invoice", email="ben@example.com", month="may"))["found"]
    assert (await demo.failing("billing.send_invoice", email="ben@example.com", month="soon"))[0] == "invalid"


async def test_a_half_hour_is_given_away_once(demo: Demo) -> None:
    at = "2026-03-05T10:40:00+01:00"
    assert (await demo("calls.slots", at=at))["at"] == "2026-03-05T10:30:00+01:00"
    call = {"at": at, "phone": "+4930901820", "topic": "billing"}
    booked = await demo("calls.book", key="one", **call)
    assert await demo("calls.book", key="one", **call) == booked
    assert (await demo.failing("calls.book", **call))[0] == "rejected"
    taken = await demo("calls.slots", at=at)
    assert (taken["free"], taken["reason"]) == (False, "taken")
    assert taken["next_free"][0] == "2026-03-05T11:00:00+01:00"
    assert (await demo.failing("calls.book", **{**call, "at": "2026-03-08T12:00:00+01:00"}))[0] == "rejected"


async def test_a_deletion_leaves_what_the_law_keeps_and_a_repeat_changes_nothing(demo: Demo) -> None:
    request = await demo("privacy.open_request", email="farid@example.com", kind="deletion")
    assert request["due_on"] == "2026-04-03"
    for _ in range(2):
        assert (await demo("privacy.erase", request_id=request["id"]))["done"]
    assert not (await demo("crm.find_account", email="farid@example.com"))["found"]
    assert not (await demo("orders.find", email="farid@example.com"))["found"]
    assert len((await demo("billing.find_charges", email="farid@example.com"))["charges"]) == 1
    assert (await demo.failing("privacy.copy", request_id=request["id"]))[0] == "rejected"
    assert (await demo.failing("privacy.erase", request_id="P-none"))[0] == "not_found"


async def test_what_is_not_well_is_told_with_the_worst_first(demo: Demo, tables: SqlActionDatabase) -> None:
    await tables.write("UPDATE demo_component SET state = 'outage', what = 'Nobody gets in' WHERE area = 'sign_in'")
    status = await demo("status.current")
    assert [part["area"] for part in status["troubles"]] == ["sign_in", "exports"]
    assert status["worst"]["what"] == "Nobody gets in"
    assert (await demo("status.current", area="api"))["ok"]


async def test_an_older_desk_gets_the_new_tables_and_keeps_what_it_has(
    tables: SqlActionDatabase, clock: StandingClock
) -> None:
    await tables.write("DELETE FROM demo_counter WHERE name = :name", name=EDITION)
    await tables.write("DELETE FROM demo_component")
    await tables.write("UPDATE demo_account SET name = 'Ben O.' WHERE email = 'ben@example.com'")
    await schema.prepare(tables, clock.now())
    assert len(await tables.read("SELECT area FROM demo_component")) == 5
    assert await tables.read("SELECT name FROM demo_account WHERE email = 'ben@example.com'") == [{"name": "Ben O."}]
