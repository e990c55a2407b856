"""What several actions do with the demo's tables."""

from actions.base import Call, failed
from bot.model.base import Json, JsonObject


async def written_once(call: Call, table: str, **values: Json) -> JsonObject:
    """Insert a row under the key of this call; gives the row that the first such call has made.

    Empty where none was made, because a row of the same content stands under another key.
    """
    row: JsonObject = {"idempotency_key": call.key, "created_at": call.clock.now().isoformat(), **values}
    names, places = ", ".join(row), ", ".join(f":{name}" for name in row)
    insert = f"INSERT INTO {table} ({names}) VALUES ({places}) ON CONFLICT DO NOTHING"  # noqa: S608  own columns
    await call.database.write(insert, **row)
    select = f"SELECT * FROM {table} WHERE idempotency_key = :key"  # noqa: S608  own tables
    made = await call.database.read(select, key=call.key)
    return made[0] if made else {}


async def known_account(email: str, call: Call) -> None:
    """Raises ActionFailed ``not_found`` where nobody has this address."""
    if not await call.database.read("SELECT id FROM demo_account WHERE email = :email", email=email):
        raise failed("not_found", f"there is no account with the address {email}")
