"""The end of a conversation whose contact cannot be reached any more."""

import uuid

from sqlalchemy import Connection

from bot.model.effect import Record
from bot.model.incoming import Cancelled
from bot.ports import Clock
from bot.services.intake import Intake
from bot.store import events, handoffs, instances, outbox

DESK = "desk"


class Closing:
    """Closes conversations. Who writes again begins anew, in the same conversation."""

    def __init__(self, clock: Clock, intake: Intake) -> None:
        self._clock = clock
        self._intake = intake

    async def close(self, conversation: str, why: str) -> None:
        """What is under way is dropped, what waits to be sent stays unsent, and a note says why."""

        def work(c: Connection) -> None:
            now = self._clock.now()
            segment = instances.get_locked(c, conversation).segment
            outbox.cancel_all(c, conversation, why)
            handoffs.add_note(c, conversation, DESK, why, now)
            events.append(c, conversation, segment, [Record(event="ConversationClosed", data={"why": why})], now)

        await self._intake.tell(conversation, f"closed/{uuid.uuid4().hex}", Cancelled(by=DESK), also=work)
