"""What stands behind a channel under examination: everything is kept instead of worked on."""

import asyncio
import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.edges.desk_loader import load_core
from bot.errors import FrontdeskError
from bot.model.desk import Desk
from bot.model.form import Form
from bot.model.message import Address, Message, Reply
from bot.ports import Accepted, Standing, StreamedReply
from bot.rules.shown import said_in


@dataclass
class RecordingIntake:
    """Implements Intake and Transcript: what a channel brings is kept here.

    refuse: raised by the next ``accept``, as by a desk that cannot store it. replies: what is said to whoever asks.
    """

    accepted: list[Message] = field(default_factory=list)
    repeated: int = 0
    ignored_by: list[str] = field(default_factory=list)
    refuse: FrontdeskError | None = None
    replies: list[Reply] = field(default_factory=list)

    async def accept(self, message: Message) -> Accepted:
        """See `bot.ports.Intake`."""
        if (refused := self.refuse) is not None:
            self.refuse = None
            raise refused
        known = [one.event_id for one in self.accepted if one.address.account == message.address.account]
        is_known = message.event_id in known
        self.repeated += is_known
        self.accepted += [] if is_known else [message]
        return Accepted(
            conversation_id=message.address.conversation_id,
            event_id=message.event_id,
            duplicate=is_known,
            number=len(self.accepted),
        )

    async def replies_to(self, accepted: Accepted, timeout_seconds: float) -> list[Reply]:
        """See `bot.ports.Intake`."""
        return list(self.replies)

    def ignored(self, channel: str) -> None:
        """See `bot.ports.Intake`."""
        self.ignored_by.append(channel)

    def conversation_of(self, address: Address) -> str:
        return address.conversation_id

    async def has_begun(self, conversation_id: str) -> bool:
        """See `bot.ports.Transcript`."""
        return any(one.address.conversation_id == conversation_id for one in self.accepted)

    async def replies_after(self, conversation_id: str, number: int, most: int = 500) -> list[StreamedReply]:
        """See `bot.ports.Transcript`."""
        at = datetime.now(UTC)
        numbered = list(enumerate(self.replies, 1))[number : number + most]
        return [StreamedReply(number=n, reply=one, at=at) for n, one in numbered]

    async def look(self, conversation_id: str, number: int, most: int = 500) -> tuple[list[StreamedReply], Standing]:
        """See `bot.ports.Transcript`."""
        return await self.replies_after(conversation_id, number, most), Standing()

    async def said_since(self, conversation_id: str, at: datetime) -> bool:
        """See `bot.ports.Transcript`."""
        return bool(self.replies)

    async def wait_for_more(self, conversation_id: str, timeout_seconds: float) -> bool:
        """See `bot.ports.Transcript`."""
        await asyncio.sleep(min(timeout_seconds, 0.05))
        return True


@dataclass
class RecordingForms:
    """Implements Forms: one form is open, everywhere. wrong: what is said of it when a channel asks."""

    open: Form | None = None
    wrong: Mapping[str, str] = field(default_factory=dict)

    async def open_form(self, conversation_id: str) -> Form | None:
        """See `bot.ports.Forms`."""
        return self.open

    async def problems(self, conversation_id: str, form: str, fields: Mapping[str, str]) -> Mapping[str, str]:
        """See `bot.ports.Forms`."""
        return self.wrong


class CoreNotices:
    """Implements Notices: the words that every desk has."""

    async def words(self, conversation_id: str, name: str) -> str:
        """See `bot.ports.Notices`."""
        return self.for_colleagues(name)

    def for_colleagues(self, name: str) -> str:
        """See `bot.ports.Notices`."""
        return said_in(_core().responses[name][0], "en")


@functools.cache
def _core() -> Desk:
    return load_core()
