"""`frontdesk chat`: the desk in a terminal."""

import asyncio
import sys
import uuid

from bot.app import House, build, opened
from bot.model.message import Address, Message, Reply
from bot.ports import Accepted
from bot.settings import Settings
from bot.store import events, instances

NEWS_SECONDS = 0.5
EXPLAINED = (
    "MessageUnderstood", "FlowStarted", "FlowFinished", "SlotSet", "ActionExecuted", "StepFailed", "StepRetried",
    "AnswerRefused", "HandoffRequested", "ReviewRequested", "KnowledgeSearched", "AnswerUngrounded", "AnswerDeclined",
)  # fmt: skip


async def converse(settings: Settings, sender: str, verbose: bool) -> None:
    """Read lines until the end of the input, and print what the desk says, also when nobody asked."""
    async with opened(build(settings)) as house:
        chat = _Chat(house, Address(channel="terminal", sender=sender), verbose)
        await chat.skip_the_past()
        printer = asyncio.create_task(chat.print_news())
        print("Write to the desk. An empty line or Ctrl-D ends the chat.")
        while line := (await asyncio.to_thread(_read_line)).strip():
            await chat.say(line)
        printer.cancel()
        await asyncio.gather(printer, return_exceptions=True)


def _read_line() -> str:
    print("you> ", end="", flush=True)
    return sys.stdin.readline()


class _Chat:
    def __init__(self, house: House, address: Address, verbose: bool) -> None:
        self._house = house
        self._address = address
        self._verbose = verbose
        self._id = address.conversation_id
        self._seen = 0
        self._explained = 0
        self._buttons: list[str] = []
        self._printing = asyncio.Lock()

    async def skip_the_past(self) -> None:
        for reply in await self._house.intake.replies_after(self._id, 0):
            self._seen = reply.number
        for event in await self._house.database.read(lambda c: events.of(c, self._id, 0, 100_000)):
            self._explained = event.number

    async def say(self, line: str) -> None:
        """Send a line; a number presses the button of that number."""
        pressed = int(line) - 1 if line.isdigit() else -1
        payload = self._buttons[pressed] if 0 <= pressed < len(self._buttons) else None
        message = Message(
            event_id=uuid.uuid4().hex,
            address=self._address,
            kind="button" if payload else "text",
            text=payload or line,
            payload=payload,
        )
        accepted: Accepted = await self._house.intake.accept(message)
        seen = self._seen
        await self._house.intake.replies_to(accepted, self._house.settings.answer_timeout_seconds)
        await self.print_new()
        if self._seen == seen:
            await self._explain_silence()

    async def _explain_silence(self) -> None:
        instance = await self._house.database.read(lambda c: instances.find(c, self._id))
        if instance is not None and instance.owner != "bot":
            print("    [a person is to answer here now; `frontdesk chat --sender NAME` begins another conversation]")

    async def print_news(self) -> None:
        while True:
            await self._house.intake.wait_for_more(self._id, NEWS_SECONDS)
            await self.print_new()

    async def print_new(self) -> None:
        async with self._printing:
            if self._verbose:
                await self._explain()
            for stored in await self._house.intake.replies_after(self._id, self._seen):
                self._seen = stored.number
                self._print(stored.reply)

    def _print(self, reply: Reply) -> None:
        who = "agent" if reply.author == "agent" else "desk"
        print(f"\r{who}> {reply.text or ''}")
        for place in (reply.image, *reply.files):
            if place:
                print(f"      {place}")
        if reply.buttons:
            self._buttons = [button.payload or button.title for button in reply.buttons]
        for number, button in enumerate(reply.buttons, 1):
            print(f"      {number}. {button.title}{f': {button.url}' if button.url else ''}")

    async def _explain(self) -> None:
        for event in await self._house.database.read(lambda c: events.of(c, self._id, self._explained)):
            self._explained = event.number
            if event.type in EXPLAINED:
                details = ", ".join(f"{name}={value}" for name, value in event.data.items())
                print(f"\r    [{event.type}: {details}]")
