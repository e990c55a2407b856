"""Transactions off the event loop, on SQLite and on Postgres.

Statements are plain, synchronous SQLAlchemy Core in threads: one hop a transaction, where an async driver pays one a
statement. On SQLite a single writer thread takes whatever transactions have queued up and commits them together
(each in its own savepoint), so that many small turns share one sync to disk.
"""

import asyncio
import contextlib
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, TypeVar

import structlog
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError

from bot.errors import NotReady
from bot.store.urls import sqlite_file, with_driver

T = TypeVar("T")
Work = Callable[[Connection], T]
log = structlog.get_logger(__name__)

BUSY_SECONDS = 20
READERS = 2
POSTGRES_CONNECTIONS = 10
SILENCE_SECONDS = 0.7
"""Postgres hangs when nothing at all has come back for so long: whoever waits is told, within a second."""
SECOND_LOOK_SECONDS = 0.06
GROUP = 64
"""Most transactions that share one commit on SQLite."""


class Database:
    """One database. ``read`` and ``write`` run a function with a connection, in a transaction of its own."""

    def __init__(self, plain_url: str) -> None:
        self.url = with_driver(plain_url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = sqlite_engine(plain_url) if self.is_sqlite else _postgres_engine(plain_url)
        self._pool = ThreadPoolExecutor(READERS if self.is_sqlite else POSTGRES_CONNECTIONS, "database")
        self._writer = _GroupWriter(self.engine) if self.is_sqlite else None
        self._asked = 0
        self._busy_since = self._heard_at = 0.0

    async def read(self, work: Work[T]) -> T:
        """Run in a transaction that writes nothing. Raises NotReady when the database cannot be had."""
        return await self._in_pool(work)

    async def write(self, work: Work[T]) -> T:
        """Run and commit; all or nothing. Raises NotReady when the database cannot be had or did not confirm.

        After NotReady the work may or may not have been committed, so it must be safe to do again.
        """
        if self._writer is None:
            return await self._in_pool(work)
        return await self._writer.submit(work)

    async def _in_pool(self, work: Work[T]) -> T:
        future = asyncio.get_running_loop().run_in_executor(self._pool, self._transaction, work)
        return await (future if self.is_sqlite else self._heard(future))

    async def _heard(self, future: "asyncio.Future[T]") -> T:
        """What Postgres answers, unless it has fallen silent, as a frozen server or a cut line does: then a connection
        attempt or a statement would be waited for much too long. A busy server answers others meanwhile, and is waited for."""
        asked_at = time.monotonic()
        if self._asked >= POSTGRES_CONNECTIONS and await self._stays_silent(lambda: self._busy_since):
            future.cancel()  # it has not begun: every thread hangs already
            raise silent()
        if self._asked == 0:
            self._busy_since = asked_at
        self._asked += 1
        future.add_done_callback(self._answered)
        while not (await asyncio.wait({future}, timeout=SILENCE_SECONDS / 4))[0]:
            if await self._stays_silent(lambda: asked_at) and not future.done():
                future.cancel()
                raise silent()
        return future.result()

    async def _stays_silent(self, since: Callable[[], float]) -> bool:
        """Whether nothing was heard for too long. It may have been this process that slept, so it looks twice."""
        if not self._is_silent(max(self._heard_at, since())):
            return False
        await asyncio.sleep(SECOND_LOOK_SECONDS)
        return self._is_silent(max(self._heard_at, since()))

    def _is_silent(self, since: float) -> bool:
        return time.monotonic() - since > SILENCE_SECONDS

    def _answered(self, future: "asyncio.Future[Any]") -> None:
        self._asked -= 1
        if not future.cancelled():
            self._heard_at = time.monotonic()
            future.exception()  # nobody may wait for it any more

    def _transaction(self, work: Work[T]) -> T:
        with _as_not_ready(), self.engine.begin() as connection:
            done = work(connection)
        self._heard_at = time.monotonic()  # here and not on the loop, which may be late
        return done

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._pool.shutdown(wait=True)
        self.engine.dispose()


@contextlib.contextmanager
def _as_not_ready() -> Any:
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise not_ready(error) from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise not_ready(error) from error
        raise


def not_ready(error: SQLAlchemyError) -> NotReady:
    cause = str(getattr(error, "orig", error)).splitlines()[0] if str(error) else "no connection"
    return NotReady(f"the database cannot be used now ({cause[:200]})", "Try again in a moment")


def silent() -> NotReady:
    return NotReady("the database does not answer", "Try again in a moment")


def sqlite_engine(plain_url: str) -> Engine:
    """An engine whose every connection is in WAL mode, syncs fully, waits for locks, and begins its own
    transactions."""
    url = with_driver(plain_url)
    if (file := sqlite_file(url)) is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url, connect_args={"check_same_thread": False, "timeout": BUSY_SECONDS}, pool_size=8, hide_parameters=True
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


WITH_SUBSECONDS = (3, 42)
"""SQLite from which ``unixepoch('subsec')`` is a time, and not NULL. From Python 3.12 on DBOS asks for it, and Debian 12 has
SQLite 3.40; there DBOS's times are in whole seconds, as they are with Python 3.11."""


def dbos_engine(plain_url: str) -> Engine:
    """The same for DBOS, which begins its transactions by itself and by pysqlite's IMMEDIATE mode."""
    url = with_driver(plain_url)
    if (file := sqlite_file(url)) is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
    arguments = {"check_same_thread": False, "timeout": BUSY_SECONDS, "isolation_level": "IMMEDIATE"}
    engine = create_engine(url, connect_args=arguments, pool_size=8, hide_parameters=True)
    event.listen(engine, "connect", _prepare_for_dbos)
    return engine


def _prepare_sqlite(connection: Any, record: Any) -> None:
    connection.isolation_level = None  # pysqlite's own transaction handling begins too late: see _begin_sqlite
    _set_pragmas(connection, record)


def _prepare_for_dbos(connection: Any, record: Any) -> None:
    _set_pragmas(connection, record)
    if sqlite3.sqlite_version_info < WITH_SUBSECONDS:
        connection.create_function("unixepoch", 1, lambda modifier: int(time.time()) if modifier == "subsec" else None)


def _set_pragmas(connection: Any, _record: Any) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_SECONDS * 1000}"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    mode = connection.get_execution_options().get("begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")


LINE_CHECKS = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 12_000}
"""A line that was cut without a word is given up after a quarter of a minute (libpq's names)."""


def _postgres_engine(plain_url: str) -> Engine:
    limits = "-c statement_timeout=15000 -c lock_timeout=10000 -c idle_in_transaction_session_timeout=30000"
    return create_engine(
        with_driver(plain_url),
        pool_size=POSTGRES_CONNECTIONS,
        max_overflow=2,
        pool_timeout=5,
        pool_recycle=1800,
        hide_parameters=True,
        connect_args={"connect_timeout": 3, "options": limits, "application_name": "frontdesk", **LINE_CHECKS},
    )


class _GroupWriter:
    """The one thread that writes to SQLite."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine.execution_options(begin="IMMEDIATE")
        self._queue: queue.SimpleQueue[_Job[Any] | None] = queue.SimpleQueue()
        self._connection: Connection | None = None
        self._thread = threading.Thread(target=self._run, name="sqlite-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Work[T]) -> asyncio.Future[T]:
        job = _Job(work, asyncio.get_running_loop())
        self._queue.put(job)
        return job.future

    def close(self) -> None:
        self._queue.put(None)
        self._thread.join(timeout=BUSY_SECONDS + 5)

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            jobs, last = self._gather(first)
            self._commit_together(jobs)
            if last:
                break
        self._disconnect()

    def _gather(self, first: "_Job[Any]") -> "tuple[list[_Job[Any]], bool]":
        """What has queued up by now, and whether the end was among it."""
        jobs = [first]
        while len(jobs) < GROUP:
            try:
                job = self._queue.get_nowait()
            except queue.Empty:
                return jobs, False
            if job is None:
                return jobs, True
            jobs.append(job)
        return jobs, False

    def _commit_together(self, jobs: "list[_Job[Any]]") -> None:
        live = [job for job in jobs if not job.future.cancelled()]
        try:
            with _as_not_ready(), self._connected().begin():
                for job in live:
                    job.run(self._connected(), alone=len(live) == 1)
        except BaseException as error:  # the shared commit failed: none of them is stored
            for job in live:
                job.error = job.error or error
            _tell(live)
            self._disconnect()
        else:
            _tell(live)

    def _connected(self) -> Connection:
        """One connection for as long as all goes well: taking one from the pool costs as much as a statement."""
        if self._connection is None:
            self._connection = self._engine.connect()
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class _Job(Generic[T]):
    """One transaction on its way through the writer, in a savepoint of its own when it shares the commit."""

    def __init__(self, work: Work[T], loop: asyncio.AbstractEventLoop) -> None:
        self._work = work
        self.loop = loop
        self.future: asyncio.Future[T] = loop.create_future()
        self._result: T | None = None
        self.error: BaseException | None = None

    def run(self, connection: Connection, alone: bool) -> None:
        if alone:
            self._try(connection)
            if self.error is not None:
                raise self.error
            return
        connection.exec_driver_sql("SAVEPOINT job")
        self._try(connection)
        if self.error is not None:
            connection.exec_driver_sql("ROLLBACK TO job")
        connection.exec_driver_sql("RELEASE job")

    def _try(self, connection: Connection) -> None:
        try:
            with _as_not_ready():
                self._result = self._work(connection)
        except BaseException as error:
            self.error = error

    def settle(self) -> None:
        """Tell whoever waits; on the event loop."""
        if self.future.done():
            return  # nobody waits any more
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self._result)  # type: ignore[arg-type]  # None is a T where work returns None


def _tell(jobs: list[_Job[Any]]) -> None:
    """Wake each event loop once for all of its transactions: a wake-up costs more than what it brings."""
    for loop in {job.loop for job in jobs}:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_settle, [job for job in jobs if job.loop is loop])


def _settle(jobs: list[_Job[Any]]) -> None:
    for job in jobs:
        job.settle()
