"""Every action of the demo keeps the contract that actions of others are held to."""

import actions
from actions.billing import FindCharges, GiveBack
from actions.calls import BookCall, FindSlots
from actions.crm import FindAccount, UpdateAccount
from actions.desk import TellOpeningHours
from actions.invoices import ChangeAddress, FindInvoices, SendInvoice, SendPaymentLink
from actions.orders import FindOrder
from actions.plans import CancelPlan, ChangePlan, FindSubscription, GiveDiscount, InviteColleague, QuotePlan
from actions.privacy import Erase, MakeCopy, OpenRequest
from actions.security import ResetTwoFactor
from actions.status import TellStatus
from actions.tickets import CommentOnTicket, CreateTicket, FindTicket
from bot.ports import ActionHost
from bot.testing.action_contract import ActionContract


class OfTheDemo(ActionContract):
    async def prepare(self, host: ActionHost) -> None:
        await actions.prepare(host)


class TestFindAccount(OfTheDemo):
    action = FindAccount
    examples = ({"email": "ada@example.com"}, {"email": "nobody@example.com"})


class TestUpdateAccount(OfTheDemo):
    action = UpdateAccount
    examples = ({"email": "ben@example.com", "plan": "enterprise"}, {"email": "nobody@example.com"})


class TestFindOrder(OfTheDemo):
    action = FindOrder
    examples = ({"order_id": "A-2001"}, {"email": "ben@example.com"}, {"order_id": "A-1"})


class TestFindCharges(OfTheDemo):
    action = FindCharges
    examples = ({"email": "ben@example.com"}, {"email": "nobody@example.com"})


class TestGiveBack(OfTheDemo):
    action = GiveBack
    examples = ({"charge_id": "CH-3001", "amount": 5, "reason": "goodwill"},)


class TestCreateTicket(OfTheDemo):
    action = CreateTicket
    examples = ({"summary": "Cannot sign in"},)


class TestCommentOnTicket(OfTheDemo):
    action = CommentOnTicket
    examples = ({"ticket_id": "T-7", "text": "Still locked"},)

    async def prepare(self, host: ActionHost) -> None:
        await actions.prepare(host)
        await host.database.write(
            """INSERT INTO demo_ticket (number, priority, summary, status, idempotency_key, created_at)
               VALUES (7, 'low', 'Locked', 'open', 'k', '2026-03-04T11:00:00+00:00')"""
        )


class TestTellOpeningHours(OfTheDemo):
    action = TellOpeningHours
    examples = ({}, {"at": "2026-03-04T11:00:00Z", "timezone": "America/New_York"})


class TestFindTicket(OfTheDemo):
    action = FindTicket
    examples = ({"ticket_id": "T-901"}, {"ticket_id": "t-5"})


class TestFindSubscription(OfTheDemo):
    action = FindSubscription
    examples = ({"email": "ben@example.com"},)


class TestQuotePlan(OfTheDemo):
    action = QuotePlan
    examples = ({"email": "ben@example.com", "plan": "enterprise"}, {"email": "nora@example.com", "plan": "free"})


class TestChangePlan(OfTheDemo):
    action = ChangePlan
    examples = ({"email": "kim@example.com", "plan": "pro"}, {"email": "nora@example.com", "plan": "pro"})


class TestGiveDiscount(OfTheDemo):
    action = GiveDiscount
    examples = ({"email": "ben@example.com", "percent": 30, "months": 3},)


class TestCancelPlan(OfTheDemo):
    action = CancelPlan
    examples = ({"email": "ben@example.com", "reason": "price"},)


class TestInviteColleague(OfTheDemo):
    action = InviteColleague
    examples = ({"email": "ben@example.com", "colleague": "tom@example.com", "role": "viewer"},)


class TestFindInvoices(OfTheDemo):
    action = FindInvoices
    examples = ({"email": "ben@example.com"}, {"email": "nobody@example.com"})


class TestSendInvoice(OfTheDemo):
    action = SendInvoice
    examples = ({"email": "ben@example.com", "month": "february"}, {"email": "ben@example.com"})


class TestChangeAddress(OfTheDemo):
    action = ChangeAddress
    examples = ({"email": "ben@example.com", "street": "Am Markt 3", "town": "50667 K\u00f6ln", "country": "Germany"},)


class TestSendPaymentLink(OfTheDemo):
    action = SendPaymentLink
    examples = ({"email": "ben@example.com"},)


class TestResetTwoFactor(OfTheDemo):
    action = ResetTwoFactor
    examples = ({"email": "ben@example.com"}, {"email": "carla@example.com"})


class TestTellStatus(OfTheDemo):
    action = TellStatus
    examples = ({}, {"area": "exports"}, {"area": "other"})


class TestFindSlots(OfTheDemo):
    action = FindSlots
    examples = ({"at": "2026-03-05T10:40:00+01:00"}, {"at": "2026-03-08T03:00:00Z"})


class TestBookCall(OfTheDemo):
    action = BookCall
    examples = ({"at": "2026-03-05T10:30:00+01:00", "phone": "+4930901820", "topic": "billing"},)


class TestOpenRequest(OfTheDemo):
    action = OpenRequest
    examples = ({"email": "farid@example.com", "kind": "deletion"},)


class AboutARequest(OfTheDemo):
    async def prepare(self, host: ActionHost) -> None:
        await actions.prepare(host)
        for number, kind in ((1, "deletion"), (2, "copy")):
            await host.database.write(
                """INSERT INTO demo_privacy_request (id, email, kind, status, due_on, idempotency_key, created_at)
                   VALUES (:id, 'farid@example.com', :kind, 'open', '2026-04-03', :id, '2026-03-04T11:00:00+00:00')""",
                id=f"P-{number}",
                kind=kind,
            )


class TestErase(AboutARequest):
    action = Erase
    examples = ({"request_id": "P-1"},)


class TestMakeCopy(AboutARequest):
    action = MakeCopy
    examples = ({"request_id": "P-2"},)
