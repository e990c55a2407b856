"""The action handlers of this desk. Every concrete action in this package is loaded; see actions/base.py."""

from actions import schema
from bot.ports import ActionHost


async def prepare(host: ActionHost) -> None:
    """Called once by the desk before the first action: the demo's tables."""
    await schema.prepare(host.database, host.clock.now())
