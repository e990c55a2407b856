"""The one place that constructs services."""

import asyncio
import contextlib
import os
import secrets
import socket
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from bot.api import add_api
from bot.api.metering import MeteredActions, MeteredIntake
from bot.api.metrics import Metrics
from bot.edges.action_local import LocalActions
from bot.edges.action_remote import RemoteActions
from bot.edges.action_runner import DeskActionRunner, Host
from bot.edges.egress import GuardedEgress
from bot.errors import NotReady
from bot.llm.connecting import connect
from bot.plugins.actions import LoadedActions, load_actions
from bot.plugins.channels import Host as ChannelHost
from bot.plugins.channels import load_channels, open_channels, previews
from bot.ports import Capabilities, Delivery, Llm, OpenChannel
from bot.services.articles import ArticleSearch
from bot.services.aside import aside
from bot.services.closing import Closing
from bot.services.desk_files import DeskFiles
from bot.services.detached import DetachedEffects
from bot.services.driver import Driver
from bot.services.durable import Durable
from bot.services.effects import Effects
from bot.services.forms import DeskNotices, OpenForms
from bot.services.heartbeat import Heartbeat
from bot.services.intake import Intake
from bot.services.judging import Judging
from bot.services.library import Library
from bot.services.limits import SenderLimits
from bot.services.model_reading import ModelReader
from bot.services.news import News
from bot.services.people import People
from bot.services.quarantine import Quarantine
from bot.services.reading import Reader
from bot.services.reloading import FlowFiles
from bot.services.segments import Segments
from bot.services.sender import Sender
from bot.services.signals import Signals
from bot.services.summing import Summariser
from bot.settings import Settings
from bot.store import schema
from bot.store.action_database import SqlActionDatabase
from bot.store.database import Database
from bot.store.spending import SharedPurse

log = structlog.get_logger(__name__)
DRAIN_SECONDS = 8
"""For what is under way when the last request has been answered. A request is answered within 20 seconds, so that a
process ends within 30."""
VERSION = "0.1.0"
LOOK_SECONDS = 0.05
Job = Callable[[], Coroutine[Any, Any, None]]


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(slots=True)
class House:
    """Everything that runs, put together."""

    settings: Settings
    database: Database
    clock: SystemClock
    signals: Signals
    library: Library
    loaded_actions: LoadedActions
    action_host: Host
    actions: DeskActionRunner
    flow_files: FlowFiles
    driver: Driver
    effects: Effects
    llm: Llm
    durable: Durable
    intake: Intake
    people: People
    heartbeat: Heartbeat
    sender: Sender
    news: News
    metrics: Metrics
    channels: dict[str, OpenChannel]
    problems: tuple[str, ...] = ()
    is_open: bool = False
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    sending: asyncio.Task[None] | None = None


def process_id() -> str:
    """A name for this process that no other ever has."""
    return f"{socket.gethostname()[:24]}-{os.getpid()}-{uuid.uuid4().hex[:8]}"


def secret_of(settings: Settings) -> str:
    """The signing secret: as it is set, else made once and kept beside the data."""
    if value := settings.secret.get_secret_value():
        return value
    file = settings.data_dir / "secret"
    if not file.exists():
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        with (
            contextlib.suppress(FileExistsError),
            os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as new,
        ):
            new.write(secrets.token_urlsafe(32))
    return file.read_text().strip()


def durable_url(settings: Settings) -> str:
    """DBOS has a file of its own beside SQLite, and a schema of its own in Postgres."""
    if not settings.database.startswith("sqlite"):
        return settings.database
    file = Path(settings.database.removeprefix("sqlite:///"))
    return f"sqlite:///{file.with_name(file.stem + '.dbos.db')}"


def build(settings: Settings) -> House:
    """Construct everything; nothing is started and no database is touched."""
    clock, signals = SystemClock(), Signals()
    lease = timedelta(seconds=settings.lease_seconds)
    turn_wait = timedelta(seconds=settings.turn_wait_seconds)
    process = process_id()
    database = Database(settings.database)
    library = Library(database, clock)
    loaded = load_actions(settings.actions)
    egress = GuardedEgress(settings.http_allow)
    host = _action_host(settings, egress, database, library, clock)
    actions = _runner(settings, loaded, host)
    metrics = Metrics(VERSION)
    llm = connect(settings, clock, metrics, SharedPurse(database, settings.model_usd_per_day))
    effects = Effects(database, clock, MeteredActions(actions, metrics), library, llm)
    modules, broken_channels = load_channels(settings.channels)
    capabilities = {name: module.CAPABILITIES for name, module in modules.items()}
    segments = Segments(database, clock, library, effects, _deliveries(capabilities), process, lease)
    late = _Late()
    durable = Durable(durable_url(settings), process, segments, late.run)
    reader = _reader(settings, library, llm, capabilities)
    quarantine = Quarantine(database, clock, capabilities, process)
    driver = Driver(
        database, clock, reader, durable, quarantine, signals, capabilities, process, lease, turn_wait, metrics
    )
    limits = SenderLimits(settings.messages_per_minute)
    intake = Intake(database, clock, driver, library, signals, capabilities, limits)
    late.detached = DetachedEffects(effects, intake, clock)
    people = People(database, clock, library, intake, signals, capabilities)
    files = DeskFiles(egress)
    channel_host = ChannelHost(
        intake=MeteredIntake(intake, metrics), transcript=intake, inbox=people, database=SqlActionDatabase(database),
        settings=settings, secret=secret_of(settings), clock=clock, meter=metrics,
        notices=DeskNotices(database, library), fetch=files, forms=OpenForms(database, clock, library, reader),
    )  # fmt: skip
    channels, closed = open_channels(modules, channel_host)
    files.know(channels.values())
    return House(
        settings=settings, database=database, clock=clock, signals=signals, library=library, loaded_actions=loaded,
        action_host=host, actions=actions,
        flow_files=FlowFiles(settings.flows_dir, library, actions, settings.data_dir / "cache", previews(modules)),
        driver=driver, effects=effects, llm=llm, durable=durable, intake=intake, people=people,
        heartbeat=Heartbeat(database, clock, driver, durable.take_over, lease),
        sender=Sender(
            database, clock, {name: c.channel for name, c in channels.items()}, signals, process,
            Closing(clock, intake).close,
        ),
        news=News(database, signals, capabilities), metrics=metrics, channels=channels,
        problems=(*loaded.problems, *broken_channels, *closed),
    )  # fmt: skip


def _runner(settings: Settings, loaded: LoadedActions, host: Host) -> DeskActionRunner:
    """Actions in process, and those of an action server where one is set."""
    remote = RemoteActions(settings.action_server) if settings.action_server else None
    return DeskActionRunner(LocalActions(loaded.actions, host), remote)


def _deliveries(capabilities: dict[str, Capabilities]) -> dict[str, Delivery]:
    return {name: one.delivery for name, one in capabilities.items()}


def _action_host(
    settings: Settings, egress: GuardedEgress, database: Database, library: Library, clock: SystemClock
) -> Host:
    """What actions are handed; their articles are searched anew whenever the library changes."""
    articles = ArticleSearch(library.knowledge, settings.data_dir / "cache")
    library.on_change.append(lambda shelf: articles.prepare(shelf.desk.knowledge))
    return Host(egress, SqlActionDatabase(database), clock, articles)


def _reader(settings: Settings, library: Library, llm: Llm, capabilities: dict[str, Capabilities]) -> Reader:
    """Reads by the desk's examples and, where a model is connected, by that too."""
    turn_wait = timedelta(seconds=settings.turn_wait_seconds)
    pauses = {name: c.burst_pause_seconds for name, c in capabilities.items()}
    if not llm.is_connected("quick"):
        return Reader(library, turn_wait, pauses, None, capabilities, None)
    reads_again = ModelReader(llm, settings.model_parse, settings.model_parse_seconds)
    return Reader(library, turn_wait, pauses, reads_again, capabilities, Summariser(llm, settings.model_parse_seconds))


class _Late:
    """What a detached effect needs is built after what begins it: this stands between them."""

    detached: DetachedEffects

    async def run(self, call: dict[str, Any], snapshot: dict[str, Any]) -> None:
        await self.detached.run(call, snapshot)


@contextlib.asynccontextmanager
async def opened(house: House) -> AsyncIterator[House]:
    """Start everything; on the way out let running segments end, then close in the opposite order."""
    for problem in house.problems:
        log.error("not loaded", problem=problem)
    await _prepare(house)
    await house.durable.launch()
    beat = house.heartbeat
    await beat.beat()
    _begin(house, beat.run_beats, beat.run_takeovers, beat.run_wakes, beat.run_suspects)
    _begin(house, house.durable.run_purges, house.news.run, Judging(house.database, house.library).run)
    house.sending = asyncio.create_task(_kept_up(house.sender.run))
    house.tasks.append(house.sending)
    _begin(house, *(job for channel in house.channels.values() for job in channel.jobs))
    if house.settings.reload:
        _begin(house, house.flow_files.watch)
    house.is_open = True
    try:
        yield house
    finally:
        house.is_open = False
        await _close(house)


def begin_to_leave(house: House) -> None:
    """Before the last requests are waited for: no longer ready, and whoever follows a conversation goes elsewhere."""
    house.is_open = False
    house.signals.close()


async def _prepare(house: House) -> None:
    if house.database.is_sqlite:
        await asyncio.to_thread(schema.upgrade, house.database.engine)
    else:
        await asyncio.to_thread(schema.require_current, house.database.engine)
    for problem in await house.loaded_actions.prepare(house.action_host):
        log.error("actions not prepared", problem=problem)
    await house.actions.refresh()
    await aside(house.llm.rehearse)
    await house.flow_files.load()


def _begin(house: House, *jobs: Job) -> None:
    house.tasks.extend(asyncio.create_task(_kept_up(job)) for job in jobs)


async def _kept_up(job: Job) -> None:
    """A background job that fails is reported and begun again: the desk does not live without it."""
    while True:
        try:
            await job()
            return
        except Exception:
            log.exception("background job failed", job=getattr(job, "__qualname__", str(job)))
        await asyncio.sleep(1)


async def _close(house: House) -> None:
    await _drain(house)
    for task in house.tasks:
        task.cancel()
    await asyncio.gather(*house.tasks, return_exceptions=True)
    await _close_channels(house)
    await house.durable.close()
    with contextlib.suppress(NotReady):
        await house.heartbeat.leave()
    await house.actions.close()
    await house.llm.close()
    house.database.close()


async def _close_channels(house: House) -> None:
    for name, channel in house.channels.items():
        if channel.close is not None:
            try:
                await channel.close()
            except Exception:
                log.exception("channel not closed", channel=name)


async def _drain(house: House) -> None:
    """Let what is under way end, for so long. What does not, a peer or the next start finds: it is not lost."""
    house.driver.close()
    house.sender.close()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_SECONDS):
            while house.driver.driving.busy or house.effects.busy or house.durable.busy:
                await asyncio.sleep(LOOK_SECONDS)
            if house.sending is not None:
                await asyncio.wait({house.sending})
    house.driver.driving.cancel()


def create_app(settings: Settings | None = None) -> FastAPI:
    """The HTTP application; its lifespan opens and closes the house."""
    house = build(settings or Settings())

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with opened(house):
            yield

    # The pages of /docs come from the desk itself: it runs where there is no network.
    app = FastAPIOffline(title="Frontdesk", version=VERSION, lifespan=lifespan, static_url="/docs/static")
    app.state.house = house
    for channel in house.channels.values():
        if channel.router is not None:
            app.include_router(channel.router)
    add_api(app, house)
    return app
