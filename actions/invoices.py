"""Invoices, where they go, and how they are paid."""

import hashlib
import re
from typing import Annotated

from pydantic import StringConstraints

from actions.base import Call, DeskAction, failed
from actions.crm import ByEmail
from actions.fields import Email, Line, Money, money
from actions.records import known_account, written_once
from bot.model.base import JsonObject, Word

MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
NEWEST = "newest"
Month = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, max_length=20)]
"""``2026-02``, ``february`` (the last one) or ``newest``."""


class Invoice(Word):
    """``month``: ``2026-02``. ``month_name``: ``february``."""

    id: str
    month: str
    month_name: str
    amount: Money
    currency: str
    paid: bool


class Invoices(Word):
    """Newest first."""

    invoices: tuple[Invoice, ...] = ()
    newest: Invoice | None = None


class WhichInvoice(Word):
    """``month``: null means the newest one, too."""

    email: Email
    month: Month | None = None


class SentInvoice(Word):
    """``found``: false when there is none for that month, and nothing was sent."""

    found: bool
    id: str | None = None
    month: str | None = None
    amount: Money
    currency: str = "EUR"
    sent_to: str


class Address(Word):
    """``town``: postcode and city, as on an envelope."""

    email: Email
    street: Line
    town: Line
    country: Line


class KeptAddress(Word):
    email: str
    in_one_line: str


class PaymentLink(Word):
    """A page of the payment provider where a card is entered; it never passes through the desk."""

    sent_to: str
    link: str
    valid_hours: int = 24


class FindInvoices(DeskAction[ByEmail, Invoices]):
    """Lists the invoices of an account."""

    action_name = "billing.find_invoices"
    effect = "read"
    idempotent = True

    async def act(self, params: ByEmail, call: Call) -> Invoices:
        rows = await call.database.read(
            "SELECT * FROM demo_invoice WHERE email = :email ORDER BY month DESC LIMIT 24", email=params.email
        )
        invoices = tuple(map(_invoice, rows))
        return Invoices(invoices=invoices, newest=invoices[0] if invoices else None)


class SendInvoice(DeskAction[WhichInvoice, SentInvoice]):
    """Sends a copy of an invoice to the address of the account, and to no other."""

    action_name = "billing.send_invoice"
    effect = "send"
    idempotent = True

    async def act(self, params: WhichInvoice, call: Call) -> SentInvoice:
        rows = await call.database.read(
            "SELECT * FROM demo_invoice WHERE email = :email AND month LIKE :month ORDER BY month DESC LIMIT 1",
            email=params.email,
            month=_pattern(params.month),
        )
        if not rows:
            return SentInvoice(found=False, month=params.month, amount=money(0), sent_to=params.email)
        invoice = _invoice(rows[0])
        await written_once(call, "demo_letter", email=params.email, what=f"invoice {invoice.id}")
        return SentInvoice(
            found=True, id=invoice.id, month=invoice.month, amount=invoice.amount, currency=invoice.currency,
            sent_to=params.email,
        )  # fmt: skip


class ChangeAddress(DeskAction[Address, KeptAddress]):
    """Changes the address that stands on invoices."""

    action_name = "billing.change_address"
    effect = "write"
    idempotent = True

    async def act(self, params: Address, call: Call) -> KeptAddress:
        """Raises ActionFailed ``not_found`` without such an account."""
        await known_account(params.email, call)
        await call.database.write(
            """INSERT INTO demo_address (email, street, town, country, changed_at)
               VALUES (:email, :street, :town, :country, :now)
               ON CONFLICT (email) DO UPDATE
                   SET street = :street, town = :town, country = :country, changed_at = :now""",
            **params.model_dump(), now=call.clock.now().isoformat(),
        )  # fmt: skip
        return KeptAddress(email=params.email, in_one_line=f"{params.street}, {params.town}, {params.country}")


class SendPaymentLink(DeskAction[ByEmail, PaymentLink]):
    """Sends the link under which an account's card or bank details are changed."""

    action_name = "billing.payment_link"
    effect = "send"
    idempotent = True

    async def act(self, params: ByEmail, call: Call) -> PaymentLink:
        """Raises ActionFailed ``not_found`` without such an account."""
        await known_account(params.email, call)
        await written_once(call, "demo_letter", email=params.email, what="payment link")
        token = hashlib.sha256(call.key.encode()).hexdigest()[:16]
        return PaymentLink(sent_to=params.email, link=f"https://pay.example.com/card/{token}")


def _pattern(month: str | None) -> str:
    """How the months that are meant look in the table. Raises ActionFailed for what names none."""
    if month is None or month == NEWEST:
        return "%"
    if month in MONTHS:
        return f"%-{MONTHS.index(month) + 1:02}"
    if not re.fullmatch(r"\d{4}-\d{2}", month):
        raise failed("invalid", f"{month!r} is no month. Write 2026-02, february or newest")
    return month


def _invoice(row: JsonObject) -> Invoice:
    return Invoice(
        id=row["id"],
        month=row["month"],
        month_name=MONTHS[int(row["month"][-2:]) - 1],
        amount=money(row["amount_cents"]),
        currency=row["currency"],
        paid=bool(row["paid"]),
    )
