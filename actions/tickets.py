"""Tickets of the support team."""

from typing import Annotated

from pydantic import StringConstraints

from actions.base import Call, DeskAction, failed
from actions.fields import Email, Paragraph, Priority
from bot.model.base import JsonObject, Word

TicketId = Annotated[
    str, StringConstraints(strip_whitespace=True, to_upper=True, max_length=20, pattern=r"^\s*[Tt]-\d+\s*$")
]


class NewTicket(Word):
    summary: Paragraph
    email: Email | None = None
    priority: Priority = "normal"


class Ticket(Word):
    """``id`` as it is told to customers, ``T-1001``."""

    id: str
    priority: Priority
    summary: str
    status: str
    email: str | None = None


class FoundTicket(Word):
    """Everything but ``found`` and ``id`` is null when there is no such ticket."""

    found: bool
    id: str
    status: str | None = None
    priority: Priority | None = None
    summary: str | None = None
    opened_on: str | None = None


class WhichTicket(Word):
    ticket_id: TicketId


class NewComment(Word):
    ticket_id: TicketId
    text: Paragraph


class Comment(Word):
    ticket_id: str
    text: str


class CreateTicket(DeskAction[NewTicket, Ticket]):
    """Opens a ticket for the support team."""

    action_name = "tickets.create"
    effect = "write"
    idempotent = True

    async def act(self, params: NewTicket, call: Call) -> Ticket:
        """A repeat with the same key gives the ticket that the first made."""
        if known := await _by_key(call):
            return known
        numbered = await call.database.write(
            "UPDATE demo_counter SET value = value + 1 WHERE name = 'ticket' RETURNING value"
        )
        await call.database.write(
            """INSERT INTO demo_ticket (number, email, priority, summary, status, idempotency_key, created_at)
               VALUES (:number, :email, :priority, :summary, 'open', :key, :now) ON CONFLICT DO NOTHING""",
            number=numbered[0]["value"],
            email=params.email,
            priority=params.priority,
            summary=params.summary,
            key=call.key,
            now=call.clock.now().isoformat(),
        )
        made = await _by_key(call)
        if made is None:
            raise failed("unavailable", "the ticket's number was taken while it was being made")
        return made


class CommentOnTicket(DeskAction[NewComment, Comment]):
    """Adds a comment to a ticket."""

    action_name = "tickets.comment"
    effect = "write"
    idempotent = True

    async def act(self, params: NewComment, call: Call) -> Comment:
        """Raises ActionFailed ``not_found`` when there is no such ticket."""
        number = int(params.ticket_id.partition("-")[2])
        if not await call.database.read("SELECT number FROM demo_ticket WHERE number = :number", number=number):
            raise failed("not_found", f"there is no ticket {params.ticket_id}")
        await call.database.write(
            """INSERT INTO demo_ticket_comment (idempotency_key, ticket_number, body, created_at)
               VALUES (:key, :number, :body, :now) ON CONFLICT DO NOTHING""",
            key=call.key,
            number=number,
            body=params.text,
            now=call.clock.now().isoformat(),
        )
        return Comment(ticket_id=params.ticket_id, text=params.text)


class FindTicket(DeskAction[WhichTicket, FoundTicket]):
    """Looks up a ticket and how far it is."""

    action_name = "tickets.find"
    effect = "read"
    idempotent = True

    async def act(self, params: WhichTicket, call: Call) -> FoundTicket:
        number = int(params.ticket_id.partition("-")[2])
        rows = await call.database.read("SELECT * FROM demo_ticket WHERE number = :number", number=number)
        if not rows:
            return FoundTicket(found=False, id=params.ticket_id)
        row = rows[0]
        kept = {name: row[name] for name in ("status", "priority", "summary")}
        return FoundTicket(found=True, id=f"T-{row['number']}", opened_on=row["created_at"][:10], **kept)


async def _by_key(call: Call) -> Ticket | None:
    rows = await call.database.read("SELECT * FROM demo_ticket WHERE idempotency_key = :key", key=call.key)
    return _ticket(rows[0]) if rows else None


def _ticket(row: JsonObject) -> Ticket:
    kept = {name: row[name] for name in ("priority", "summary", "status", "email")}
    return Ticket(id=f"T-{row['number']}", **kept)
