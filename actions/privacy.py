"""Requests about personal data: a copy of them, and their deletion."""

import hashlib
from datetime import timedelta
from typing import Literal

from actions.base import Call, DeskAction, failed
from actions.fields import Email
from actions.records import written_once
from bot.model.base import Word

ANSWER_WITHIN = timedelta(days=30)
"""A month is what the law gives for an answer (GDPR, article 12)."""
_PERSONAL = ("demo_order", "demo_invitation", "demo_address", "demo_letter", "demo_call", "demo_subscription")
"""Tables that are emptied of a person. Charges, refunds and invoices stay: tax law keeps them for ten years."""


class PrivacyWish(Word):
    email: Email
    kind: Literal["copy", "deletion"]


class PrivacyRequest(Word):
    """``due_on``: the last day for an answer."""

    id: str
    kind: str
    due_on: str


class WhichRequest(Word):
    request_id: str


class Erased(Word):
    request_id: str
    done: bool = True


class DataCopy(Word):
    request_id: str
    link: str
    valid_days: int = 7


class OpenRequest(DeskAction[PrivacyWish, PrivacyRequest]):
    """Puts a request about personal data on record, with the day by which it must be answered."""

    action_name = "privacy.open_request"
    effect = "write"
    idempotent = True

    async def act(self, params: PrivacyWish, call: Call) -> PrivacyRequest:
        """A repeat with the same key gives the request that the first made."""
        number = f"P-{hashlib.sha256(call.key.encode()).hexdigest()[:8].upper()}"
        due_on = (call.clock.now().date() + ANSWER_WITHIN).isoformat()
        made = await written_once(
            call, "demo_privacy_request", id=number, email=params.email, kind=params.kind, status="open", due_on=due_on
        )
        return PrivacyRequest(id=made["id"], kind=made["kind"], due_on=made["due_on"])


class Erase(DeskAction[WhichRequest, Erased]):
    """Deletes what the desk's systems know of the person who asked, but for what the law keeps."""

    action_name = "privacy.erase"
    effect = "write"
    idempotent = True
    timeout_seconds = 30.0

    async def act(self, params: WhichRequest, call: Call) -> Erased:
        """Raises ActionFailed ``not_found`` without such a request, ``rejected`` when it is for something else."""
        email = await _whose(params.request_id, "deletion", call)
        for table in _PERSONAL:
            await call.database.write(f"DELETE FROM {table} WHERE email = :email", email=email)  # noqa: S608  own names
        await call.database.write("UPDATE demo_ticket SET email = NULL WHERE email = :email", email=email)
        # The account last: while it is there, a repeat finds everything that is left to do.
        await call.database.write("DELETE FROM demo_account WHERE email = :email", email=email)
        await _answered(params.request_id, call)
        return Erased(request_id=params.request_id)


class MakeCopy(DeskAction[WhichRequest, DataCopy]):
    """Collects what is known of the person who asked, and sends them the link to it."""

    action_name = "privacy.copy"
    effect = "send"
    idempotent = True

    async def act(self, params: WhichRequest, call: Call) -> DataCopy:
        """Raises ActionFailed as ``privacy.erase`` does."""
        await _whose(params.request_id, "copy", call)
        await _answered(params.request_id, call)
        token = hashlib.sha256(call.key.encode()).hexdigest()[:16]
        return DataCopy(request_id=params.request_id, link=f"https://app.example.com/my-data/{token}")


async def _whose(request_id: str, kind: str, call: Call) -> str:
    found = await call.database.read("SELECT * FROM demo_privacy_request WHERE id = :id", id=request_id)
    if not found:
        raise failed("not_found", f"there is no request {request_id}")
    if found[0]["kind"] != kind:
        raise failed("rejected", f"{request_id} asks for a {found[0]['kind']}, not for a {kind}")
    return str(found[0]["email"])


async def _answered(request_id: str, call: Call) -> None:
    await call.database.write("UPDATE demo_privacy_request SET status = 'answered' WHERE id = :id", id=request_id)
