"""The programs that the desk is compared with: what the same parts do when nothing is built on them.

``python -m benchmarks.floors http FOLDER PORT``  FastAPI; commits each message once to SQLite, then answers.
``python -m benchmarks.floors dbos URL``          DBOS; workflows of three steps. Reads ``SECONDS SENDERS``, a
                                                  line each, and answers with JSON: done, seconds.
"""

import asyncio
import json
import sqlite3
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import uvicorn
import uvloop
from dbos import DBOS, DBOSConfig
from fastapi import FastAPI
from pydantic import BaseModel

from bot.store.database import dbos_engine
from bot.store.urls import with_driver


class Posted(BaseModel):
    sender: str
    message: str


def serve_commits(folder: Path, port: int) -> None:
    """One endpoint, one commit a request, with WAL and full sync like the desk; no thread in between."""
    connection = sqlite3.connect(folder / "floor.db", isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE message (number INTEGER PRIMARY KEY, sender TEXT, text TEXT, at REAL)")
    app = FastAPI()

    @app.post("/webhooks/rest/webhook")
    async def webhook(body: Posted) -> list[dict[str, Any]]:
        connection.execute("BEGIN IMMEDIATE")
        values = (body.sender, body.message, time.time())
        connection.execute("INSERT INTO message (sender, text, at) VALUES (?, ?, ?)", values)
        connection.execute("COMMIT")
        return [{"recipient_id": body.sender, "text": "We are there Monday to Friday from 9 to 17 o'clock."}]

    @app.get("/readyz")
    async def ready() -> dict[str, str]:
        return {"status": "ready"}

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)


def dbos_config(plain_url: str) -> DBOSConfig:
    """DBOS as it comes, on the engine that the desk gives it."""
    config: DBOSConfig = {
        "name": "floor",
        "executor_id": uuid.uuid4().hex,
        "application_version": "floor",
        "enable_otlp": False,
        "log_level": "WARNING",
        "run_migrations": True,
        "system_database_url": with_driver(plain_url).render_as_string(hide_password=False),
    }
    if plain_url.startswith("sqlite"):
        config |= {"system_database_url": plain_url, "system_database_engine": dbos_engine(plain_url)}
    return config


async def run_workflows(plain_url: str) -> None:
    """Workflows of three steps, as many at once as asked for."""
    DBOS(config=dbos_config(plain_url))

    @DBOS.step()
    async def count(number: int) -> int:
        return number + 1

    @DBOS.workflow()
    async def three_steps(number: int) -> int:
        return await count(await count(await count(number)))

    async def driver(until: float) -> int:
        done = 0
        while time.perf_counter() < until:
            await three_steps(0)
            done += 1
        return done

    DBOS.launch()
    print(json.dumps({"ready": True}), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        seconds, senders = line.split()
        began = time.perf_counter()
        done = await asyncio.gather(*(driver(began + float(seconds)) for _ in range(int(senders))))
        print(json.dumps({"done": sum(done), "seconds": time.perf_counter() - began}), flush=True)
    DBOS.destroy()


def main(kind: str, *rest: str) -> None:
    if kind == "http":
        serve_commits(Path(rest[0]), int(rest[1]))
    else:
        uvloop.run(run_workflows(rest[0]))


if __name__ == "__main__":
    main(*sys.argv[1:])
