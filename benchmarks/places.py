"""A database for each desk that is measured: a file, or one of its own on a Postgres server."""

import contextlib
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from benchmarks.processes import upgrade


@dataclass(slots=True)
class Places:
    """Hands out folders and databases.

    server: the URL of a Postgres database whose user may create others; empty for SQLite.
    """

    folder: Path
    server: str = ""
    _made: list[str] = field(default_factory=list)

    @property
    def kind(self) -> str:
        return "Postgres" if self.server else "SQLite"

    def new_folder(self, name: str) -> Path:
        folder = self.folder / f"{name}-{uuid.uuid4().hex[:6]}"
        folder.mkdir(parents=True)
        return folder

    def new_database(self, folder: Path, *, ready: bool = True) -> str:
        """The plain URL of an empty database; on Postgres with the desk's tables, if that is wanted."""
        if not self.server:
            return f"sqlite:///{folder / 'desk.db'}"
        name = f"frontdesk_bench_{uuid.uuid4().hex[:12]}"
        self._on_server(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        self._made.append(name)
        url = urlsplit(self.server)._replace(path=f"/{name}").geturl()
        if ready:
            upgrade(folder, url)
        return url

    def drop_all(self) -> None:
        for name in self._made:
            self._on_server(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _on_server(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(statement)


@contextlib.contextmanager
def opened_places(server: str) -> Iterator[Places]:
    """Everything that was made is removed at the end."""
    with tempfile.TemporaryDirectory(prefix="frontdesk-bench-") as folder:
        places = Places(Path(folder), server)
        try:
            yield places
        finally:
            places.drop_all()
