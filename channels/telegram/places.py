"""Where conversations take place: groups move (a basic group becomes a supergroup, under another number), and what the
desk knows of them stays."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.model.message import Address
from channels.telegram.memory import FOREVER, Memory

REPLY_TO: Final = timedelta(days=2)
_REMEMBERED: Final = 5_000


@dataclass(frozen=True, slots=True)
class Target:
    """Where a reply goes. ``chat_id`` is the number that Telegram knows the chat by today."""

    chat_id: int
    topic: int | None
    is_group: bool
    reply_to: int | None = None


class Places:
    """``home``: the number under which the desk first met a chat, and which addresses hold."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._homes: OrderedDict[int, int] = OrderedDict()

    async def home_of(self, chat_id: int) -> int:
        if chat_id > 0:  # a person
            return chat_id
        if chat_id not in self._homes:
            self._homes[chat_id] = await self._memory.get(f"home/{chat_id}") or chat_id
            while len(self._homes) > _REMEMBERED:
                self._homes.popitem(last=False)
        return self._homes[chat_id]

    async def moved(self, old: int, new: int) -> None:
        """Telegram says that a group has a new number. Safe to repeat."""
        home = await self.home_of(old)
        await self._memory.put(f"home/{new}", home, FOREVER)
        await self._memory.put(f"now/{home}", new, FOREVER)
        self._homes[new] = home

    async def spoken(self, address: Address, message_id: int) -> None:
        """A member of a group wrote this: the next reply answers it, so that everybody sees whom it is for."""
        if address.thread:
            await self._memory.put(f"last/{address.conversation_id}", message_id, REPLY_TO)

    async def target_of(self, address: Address) -> Target:
        if not address.thread:
            return Target(int(address.sender), None, is_group=False)
        home, _, topic = address.thread.partition(":")
        chat_id = await self._memory.get(f"now/{home}") or int(home)
        last = await self._memory.get(f"last/{address.conversation_id}")
        return Target(chat_id, int(topic) if topic else None, is_group=True, reply_to=last)
