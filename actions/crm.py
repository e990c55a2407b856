"""Accounts of customers."""

from actions.base import Call, DeskAction
from actions.fields import AccountStatus, Email, Line, Plan
from bot.model.base import JsonObject, Word


class ByEmail(Word):
    email: Email


class Account(Word):
    """Everything but ``found`` and ``email`` is null when nobody has that address."""

    found: bool
    email: str
    id: str | None = None
    name: str | None = None
    plan: Plan | None = None
    status: AccountStatus | None = None
    created_on: str | None = None


class AccountChange(Word):
    """What is null stays as it is."""

    email: Email
    name: Line | None = None
    plan: Plan | None = None
    status: AccountStatus | None = None


class FindAccount(DeskAction[ByEmail, Account]):
    """Looks up a customer's account by e-mail address."""

    action_name = "crm.find_account"
    effect = "read"
    idempotent = True

    async def act(self, params: ByEmail, call: Call) -> Account:
        rows = await call.database.read("SELECT * FROM demo_account WHERE email = :email", email=params.email)
        return _account(params.email, rows)


class UpdateAccount(DeskAction[AccountChange, Account]):
    """Changes the name, plan or status of an account."""

    action_name = "crm.update_account"
    effect = "write"
    idempotent = True

    async def act(self, params: AccountChange, call: Call) -> Account:
        """Setting what is already set changes nothing, so a repeat shows once."""
        changes = params.model_dump(exclude={"email"}, exclude_none=True)
        # With nothing to change this reads the account as it is.
        assignments = ", ".join(f"{column} = :{column}" for column in changes) or "email = email"
        update = f"UPDATE demo_account SET {assignments} WHERE email = :email RETURNING *"  # noqa: S608  own columns
        return _account(params.email, await call.database.write(update, email=params.email, **changes))


def _account(email: str, rows: list[JsonObject]) -> Account:
    return Account(found=True, **rows[0]) if rows else Account(found=False, email=email)
