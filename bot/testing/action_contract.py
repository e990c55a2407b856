"""What holds for every action. One subclass per action is its contract test:

class TestFindAccount(ActionContract):
    action = FindAccount
    examples = ({"email": "ada@example.com"},)
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from rasa_sdk.interfaces import Action

from bot.edges.action_local import LocalActions, spec_of
from bot.edges.action_runner import DeskActionRunner, Host
from bot.edges.egress import GuardedEgress
from bot.errors import ActionFailed
from bot.model.action import ActionCall, Failure
from bot.model.base import JsonObject
from bot.ports import ActionHost, DeclaredAction
from bot.testing.action_database import SqliteActionDatabase


class WallClock:
    """The real time."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class ActionContract:
    """action:   the class under test.
    examples: arguments that work, each tried against a database of its own.
    """

    action: type[Action]
    examples: tuple[JsonObject, ...] = ({},)

    async def prepare(self, host: ActionHost) -> None:
        """Makes what the action needs, its tables for instance. Called before each test."""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[DeskActionRunner]:
        egress = GuardedEgress()
        async with SqliteActionDatabase() as database:
            host = Host(egress, database, WallClock())
            await self.prepare(host)
            yield DeskActionRunner(LocalActions([self.action()], host))
        await egress.close()

    def call(self, args: JsonObject, key: str = "contract/1") -> ActionCall:
        return ActionCall(action=self.action().name(), key=key, args=args)

    def test_its_name_is_one_that_flows_can_write(self) -> None:
        assert re.fullmatch(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*", self.action().name())

    def test_it_says_what_it_does(self) -> None:
        assert spec_of(self.action()).description

    async def test_each_example_works_and_gives_what_is_declared(self) -> None:
        for args in self.examples:
            async with self.running() as runner:
                result = await runner.run(self.call(args))
                declared = (runner.catalogue()[self.action().name()].outputs or {}).get("required", [])
                assert all(name in result.output for name in declared)

    async def test_an_argument_it_does_not_know_is_refused_before_anything_is_done(self) -> None:
        if not isinstance(self.action(), DeclaredAction):
            return
        async with self.running() as runner:
            told = await _failure(runner, self.call({**self.examples[0], "no_such_argument": 1}))
            assert told is not None, "no_such_argument was accepted"
            assert (told.kind, told.uncertain) == ("invalid", False)

    async def test_a_repeat_with_the_same_key_gives_the_same_where_it_says_so(self) -> None:
        if not spec_of(self.action()).idempotent:
            return
        for args in self.examples:
            async with self.running() as runner:
                first = await runner.run(self.call(args))
                assert await runner.run(self.call(args)) == first


async def _failure(runner: DeskActionRunner, call: ActionCall) -> Failure | None:
    try:
        await runner.run(call)
    except ActionFailed as error:
        return error.failure
    return None
