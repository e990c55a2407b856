"""A channel that pushes into a list of this process: for tests that have the whole desk in theirs."""

import time
from dataclasses import dataclass

from bot.model.message import Address, Reply
from bot.ports import Capabilities, ChannelHost, OpenChannel, Sent

NAME = "memory"
CAPABILITIES = Capabilities(delivery="push", own_callers=True)


@dataclass(frozen=True)
class Delivery:
    """One call of ``send``, noted when it began."""

    sender: str
    text: str
    author: str
    key: str
    at: float


DELIVERIES: list[Delivery] = []


class MemoryChannel:
    name = NAME
    capabilities = CAPABILITIES

    async def send(self, address: Address, reply: Reply, key: str) -> Sent:
        DELIVERIES.append(Delivery(address.sender, reply.text or "", reply.author, key, time.monotonic()))
        return Sent()


def open_channel(host: ChannelHost) -> OpenChannel:
    return OpenChannel(MemoryChannel())
