"""Every action of the demo keeps the contract that actions of others are held to."""

import actions
from actions.billing import FindCharges, GiveBack
from actions.crm import FindAccount, UpdateAccount
from actions.desk import TellOpeningHours
from actions.orders import FindOrder
from actions.tickets import CommentOnTicket, CreateTicket
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
