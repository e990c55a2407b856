"""How fast Telegram takes messages: about thirty a second over all, one a second in a chat, twenty a minute in a group.

Source: core.telegram.org/bots/faq, "My bot is hitting limits". Windows slide: no second, and no minute of a group, ever
holds more. A message counts from when it has arrived: what was sent evenly does not arrive evenly.
"""

from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

SECOND: Final = 1.05
MINUTE: Final = 60.5
OVER_ALL: Final = 30
IN_GROUP: Final = 20
REMEMBERED: Final = 20_000


@dataclass(slots=True)
class _Send:
    """at: seconds, when it was answered; until then, when it began."""

    at: float
    answered: bool = False


class Pacer:
    """Counts what this process sends. Of several processes each counts for itself; Telegram's own 429 stops the rest.

    now: seconds, rising.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._all: deque[_Send] = deque()
        self._chats: OrderedDict[str, deque[_Send]] = OrderedDict()
        self._held: dict[str, float] = {}

    def seconds_to_wait(self, chat: str, is_group: bool) -> float:
        """0.0 and the message is counted, or how long to wait until one may be sent to this chat. After 0.0 `answered`
        has to be called, whatever became of the message."""
        now = self._now()
        sent = self._chats.setdefault(chat, deque())
        waits = [
            self._held.get(chat, now) - now,
            _wait(self._all, OVER_ALL, SECOND, now),
            _free_at(sent[-1], SECOND, now) - now if sent else 0.0,
            _wait(sent, IN_GROUP, MINUTE, now) if is_group else 0.0,
        ]
        wait = max(waits)
        if wait > 0:
            return wait
        send = _Send(now)
        self._all.append(send)
        sent.append(send)
        while len(sent) > IN_GROUP:
            sent.popleft()
        self._held.pop(chat, None)
        self._forget(chat)
        return 0.0

    def answered(self, chat: str) -> None:
        """The last message to this chat has been answered, or nobody waits for the answer any more."""
        for send in self._chats.get(chat, ()):
            if not send.answered:
                send.at, send.answered = self._now(), True

    def hold(self, chat: str, seconds: float) -> None:
        """Telegram asked for this: nothing goes to the chat before."""
        self._held[chat] = self._now() + seconds

    def _forget(self, chat: str) -> None:
        self._chats.move_to_end(chat)
        while len(self._chats) > REMEMBERED:
            self._chats.popitem(last=False)


def _free_at(send: _Send, window: float, now: float) -> float:
    """When this message is out of the window; of one that is under way, at the earliest."""
    return (send.at if send.answered else now) + window


def _wait(sent: deque[_Send], most: int, window: float, now: float) -> float:
    """Seconds until fewer than ``most`` of these lie within the window."""
    while len(sent) > most:
        sent.popleft()
    return _free_at(sent[0], window, now) - now if len(sent) == most else 0.0
