"""What protects an account."""

from actions.base import Call, DeskAction, failed
from actions.crm import ByEmail
from bot.model.base import Word


class TwoFactor(Word):
    """``was_on``: false when the account has no second factor, and nothing was sent."""

    email: str
    was_on: bool


class ResetTwoFactor(DeskAction[ByEmail, TwoFactor]):
    """Sends the link to set up the second factor anew, to the address of the account."""

    action_name = "security.reset_two_factor"
    effect = "send"
    idempotent = True

    async def act(self, params: ByEmail, call: Call) -> TwoFactor:
        """Raises ActionFailed ``not_found`` without such an account."""
        found = await call.database.read(
            "SELECT two_factor FROM demo_subscription WHERE email = :email", email=params.email
        )
        if not found:
            raise failed("not_found", f"there is no account with the address {params.email}")
        if not found[0]["two_factor"]:
            return TwoFactor(email=params.email, was_on=False)
        await call.database.write(
            """INSERT INTO demo_letter (idempotency_key, email, what, created_at)
               VALUES (:key, :email, 'second factor', :now) ON CONFLICT DO NOTHING""",
            key=call.key, email=params.email, now=call.clock.now().isoformat(),
        )  # fmt: skip
        return TwoFactor(email=params.email, was_on=True)
