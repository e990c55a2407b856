"""A whole desk in memory, for the tests of flows: the real rules, the real actions, a clock of its own.

    async with TestDesk.of("flows") as desk:
        await desk.conversation([
            ("I can't log in", "Which e-mail address is on the account?"),
            ("ben@example.com", "You can set a new password here: https://…"),
        ])
        assert desk.actions.calls[-1].action == "crm.find_account"

There is no database, no network and no sleeping, so thousands of conversations take seconds.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from rasa_sdk.interfaces import Action

from bot.edges.action_local import LocalActions, spec_of
from bot.edges.action_runner import DeskActionRunner, Host
from bot.edges.desk_loader import Loaded, load_core, load_desk, load_texts
from bot.errors import ActionFailed, FlowBroken, NotFound
from bot.model.action import ActionSpec, Failure
from bot.model.article import Knowledge
from bot.model.base import Json, JsonObject, parse_duration
from bot.model.desk import Desk
from bot.model.flow import Flow
from bot.model.incoming import EventCame, Started
from bot.model.message import Address, Reply
from bot.model.state import State
from bot.nlu.encoder import Encoder, shared_encoder
from bot.nlu.pipeline import train
from bot.plugins.actions import LoadedActions, load_actions
from bot.ports import ActionRunner, Articles, Classifier, HttpAnswer, NoArticles
from bot.rules.advance.machine import Visit
from bot.rules.check.desk import check_desk
from bot.rules.inputs import checked_inputs
from bot.services.articles import ArticleSearch, Find
from bot.services.library import Shelf, make_shelf
from bot.settings import Settings
from bot.testing.action_database import SqliteActionDatabase
from bot.testing.clock import WEDNESDAY_NOON, StandingClock
from bot.testing.instance import MemoryInstance, Stage
from bot.testing.recorded_actions import RecordedActions
from bot.testing.talk import Talk

Source = Desk | Path | str | Mapping[str, str]
"""A desk, a folder of flows, or files by name with their YAML."""


class NoEgress:
    """An Egress that lets nothing out: a test of flows stubs what would call other systems."""

    async def request(self, method: str, url: str, **_: Any) -> HttpAnswer:
        message = f"a test desk sends nothing out ({method} {url}). Stub the action."
        raise ActionFailed(Failure(kind="unavailable", message=message))


@dataclass(frozen=True)
class Rehearsal:
    """A desk made ready once, to be played any number of times: read, checked, trained, its actions loaded.

    loaded: None for a desk that came as a value. runner: actions in place of those of the packages.
    """

    shelf: Shelf
    actions: LoadedActions
    loaded: Loaded | None = None
    runner: ActionRunner | None = None
    articles: Articles = field(default_factory=NoArticles)

    @classmethod
    def of(
        cls,
        source: Source,
        *,
        packages: Sequence[str] = ("actions",),
        actions: ActionRunner | None = None,
        understanding: Callable[[Desk], Classifier] = train,
        checked: bool = True,
        encoder: Callable[[], Encoder | None] = shared_encoder,
    ) -> Self:
        """packages: where actions are loaded from. actions: what runs them instead; every desk shares it then.
        encoder: what articles are searched with; one that gives None leaves it to their words.

        Raises FlowBroken with the findings when the checker finds errors.
        """
        loaded = None if isinstance(source, Desk) else _load(source)
        found = load_actions(packages) if actions is None else LoadedActions()
        if loaded is not None and checked:
            _refuse_errors(loaded, actions.catalogue() if actions is not None else _catalogue(found))
        desk = source if isinstance(source, Desk) else loaded.desk if loaded else Desk()
        shelf, _ = make_shelf(desk, understanding(desk))
        # What happens to stand in this machine's environment must not decide a test.
        shelf = replace(shelf, env=dict(desk.settings.env))
        articles = ArticleSearch(_found_in(desk.knowledge), Settings().data_dir / "cache", encoder, patient=True)
        return cls(shelf, found, loaded, actions, articles)

    def desk(
        self,
        *,
        at: datetime = WEDNESDAY_NOON,
        env: Mapping[str, str | None] | None = None,
        channel: str = "test",
    ) -> "TestDesk":
        """A desk of its own: tables and clock are shared with no other."""
        shelf = replace(self.shelf, env={**self.shelf.env, **(env or {})})
        return TestDesk(shelf, self.actions, self.runner, at, channel, self.articles)


def _found_in(knowledge: Knowledge) -> Find:
    """Articles for the search; a test desk keeps those that it began with, whatever hash is asked for."""

    async def find(_: str) -> Knowledge:
        return knowledge

    return find


def _load(source: Path | str | Mapping[str, str]) -> Loaded:
    if isinstance(source, Mapping):
        return load_texts({name: text.encode() for name, text in source.items()}, load_core())
    return load_desk(Path(source), load_core())


def _catalogue(actions: LoadedActions) -> Mapping[str, ActionSpec]:
    return {spec.name: spec for spec in map(spec_of, actions.actions)}


def _refuse_errors(loaded: Loaded, catalogue: Mapping[str, ActionSpec]) -> None:
    findings = check_desk(loaded.authored, catalogue, loaded.findings)
    errors = tuple(finding for finding in findings if finding.level == "error")
    if errors:
        raise FlowBroken(errors)


class TestDesk(Talk):
    """A desk in memory. It is also its first conversation: ``says``, ``slots``, ``handoffs`` ... are the visitor's."""

    __test__ = False  # pytest: this is no test class

    def __init__(
        self,
        shelf: Shelf,
        loaded: LoadedActions,
        actions: ActionRunner | None,
        at: datetime,
        channel: str,
        articles: Articles,
    ) -> None:
        recorded = RecordedActions() if actions is None else RecordedActions(actions)
        stage = Stage(shelf, StandingClock(at), recorded)
        self._loaded = None if actions is not None else loaded
        self._channel = channel
        self._articles = articles
        self._instances: dict[str, MemoryInstance] = {}
        self._open = AsyncExitStack()
        super().__init__(stage, self._conversation(stage, "visitor"))

    @classmethod
    def of(cls, source: Source, **how: Any) -> "TestDesk":
        """One desk from a folder, files or a Desk; ``how`` is what :meth:`Rehearsal.of` takes.

        To play a desk often, make a Rehearsal once.
        """
        return Rehearsal.of(source, **how).desk()

    async def __aenter__(self) -> Self:
        if self._loaded is not None:
            database = await self._open.enter_async_context(SqliteActionDatabase())
            host = Host(NoEgress(), database, self.stage.clock, self._articles)
            # Actions keep their host, so each desk has its own.
            own: list[Action] = [type(action)() for action in self._loaded.actions]
            self.stage.actions.inner = DeskActionRunner(LocalActions(own, host))
            await self._loaded.prepare(host)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.aclose()

    # --- conversations and runs --------------------------------------------------------------------------------------

    @property
    def actions(self) -> RecordedActions:
        """Every call so far, and the way to stub actions and to make them fail."""
        return self.stage.actions

    @property
    def calls(self) -> list[tuple[str, JsonObject]]:
        """The attempts at actions so far: name and arguments."""
        return [(call.action, call.args) for call in self.stage.actions.calls]

    def talk(self, sender: str) -> Talk:
        """The conversation with this sender, which begins when there is none yet."""
        return Talk(self.stage, self._conversation(self.stage, sender))

    def on(self, instance: MemoryInstance) -> Talk:
        """What agents can do with a conversation or run, in the way they do it with the visitor's."""
        return Talk(self.stage, instance)

    def step_id(self, visit: Visit) -> str:
        """The id of a step, or its place in the file where it has none."""
        flow, place = visit
        programs = (bundle.programs.get(flow) for bundle in self.stage.shelf.bundles.values())
        node = next((program.nodes[place] for program in programs if program and place in program.nodes), None)
        return node.step.id or place if node is not None else place

    def _conversation(self, stage: Stage, sender: str) -> MemoryInstance:
        address = Address(channel=self._channel, sender=sender)
        id_ = f"c_{hashlib.sha256(sender.encode()).hexdigest()[:8]}"
        return self._instances.setdefault(id_, MemoryInstance(stage, id_, address, State()))

    async def start(self, flow: str, **inputs: Json) -> MemoryInstance:
        """A run of a flow outside any conversation, as a schedule or a manual trigger begins one."""
        menu = self.stage.shelf.menu
        if flow not in menu.bundle_of:
            raise NotFound(f"there is no flow {flow!r}", "Look its name up in the list of flows")
        run = MemoryInstance(self.stage, f"r_{len(self._instances)}")
        self._instances[run.id] = run
        await run.take(Started(flow=flow, bundle=menu.bundle_of[flow], input=inputs))
        return run

    async def webhook(self, source: str, event: str | None, body: JsonObject) -> list[MemoryInstance]:
        """What a webhook starts: a run of each flow with a trigger for it, its payload cut to the flow's inputs.

        Raises NotFound when no flow waits for it, BadInput when the payload does not fit.
        """
        flows = [name for name, flow in self.stage.shelf.desk.flows.items() if _awaits(flow, source, event)]
        if not flows:
            raise NotFound(f"no flow has a webhook trigger for {source!r} {event or ''}".rstrip(), "Add one")
        return [await self.start(name, **self._payload(name, body)) for name in flows]

    async def form(self, flow: str, body: JsonObject) -> MemoryInstance:
        """A form was sent in. Raises BadInput when its fields do not fit the flow's inputs."""
        return await self.start(flow, **self._payload(flow, body))

    def _payload(self, flow: str, body: JsonObject) -> JsonObject:
        """The body, cut to the inputs that the flow declares, and each in the form of its type."""
        desk = self.stage.shelf.desk
        fields = desk.flows[flow].inputs.fields
        cut = {name: value for name, value in body.items() if name in fields} if fields else body
        return checked_inputs(desk.flows[flow], cut, self.stage.clock.now(), desk.settings.timezone)

    async def announce(self, name: str, **payload: Json) -> list[Reply]:
        """Something named happened in the desk: for whoever waits for it."""
        before = len(self.instance.said)
        for instance in list(self._instances.values()):
            await instance.take(EventCame(name=name, payload=payload))
        return self.instance.said[before:]

    @property
    def trails(self) -> list[list[Visit]]:
        """Of each conversation and run, the steps that it did, in their order."""
        return [instance.trail for instance in self._instances.values()]

    # --- time and files ----------------------------------------------------------------------------------------------

    async def advance_clock(self, length: timedelta | str) -> list[Reply]:
        """Let time pass: everything that falls due happens in its order. Returns what the visitor hears meanwhile."""
        before, clock = len(self.instance.said), self.stage.clock
        until = clock.now() + (parse_duration(length) if isinstance(length, str) else length)
        while True:
            due = [(moment, one) for one in self._instances.values() if (moment := one.next_due()) is not None]
            moment, instance = min(due, key=lambda pair: pair[0], default=(until, None))
            if instance is None or moment > until:
                break
            clock.reach(moment)
            await instance.time_passes()
        clock.reach(until)
        return self.instance.said[before:]

    def reload(self, rehearsal: Rehearsal) -> None:
        """Exchange the files while conversations are under way; these stay pinned to what they began with."""
        self.stage.old.update(self.stage.shelf.bundles)
        self.stage.shelf = rehearsal.shelf


def _awaits(flow: Flow, source: str, event: str | None) -> bool:
    hooks = [trigger.webhook for trigger in flow.triggers if trigger.webhook is not None]
    return any(hook.source == source and hook.event in (None, event) for hook in hooks)
