"""A channel that sends nothing by itself: readers fetch the stored replies."""

from bot.errors import Undeliverable
from bot.model.message import Address, Reply
from bot.ports import Capabilities, Sent


class PassiveChannel:
    """Replies are fetched, so there is nothing to send."""

    def __init__(self, name: str, capabilities: Capabilities) -> None:
        self.name = name
        self.capabilities = capabilities

    async def send(self, address: Address, reply: Reply, key: str) -> Sent:
        raise Undeliverable(f"{self.name} does not send", "Its readers fetch the replies")
