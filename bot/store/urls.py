"""Plain database URLs, and the driver that each gets."""

from pathlib import Path

from sqlalchemy.engine import URL, make_url

from bot.errors import BadInput


def with_driver(plain: str) -> URL:
    """``sqlite:///desk.db`` or ``postgresql://…`` with the driver the desk uses. Raises BadInput for anything else."""
    url = make_url(plain)
    match url.drivername:
        case "sqlite":
            return url
        case "postgresql" | "postgres":
            return url.set(drivername="postgresql+psycopg")
        case other:
            raise BadInput(
                f"FRONTDESK_DATABASE_URL begins with {other!r}",
                "Write it as sqlite:///desk.db or postgresql://user:password@host/name",
            )


def sqlite_file(url: URL) -> Path | None:
    """The file of a SQLite URL; None for Postgres or a database in memory."""
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return None
    return Path(str(url.database))
