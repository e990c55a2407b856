"""What the HTTP side needs of the running desk. `bot/app.py` builds the real one."""

from collections.abc import Mapping
from typing import Protocol

from bot.api.metrics import Metrics
from bot.model.desk import Finding
from bot.ports import Clock, OpenChannel
from bot.services.heartbeat import Heartbeat
from bot.services.intake import Intake
from bot.services.library import Library
from bot.services.people import People
from bot.settings import Settings
from bot.store.database import Database


class Files(Protocol):
    """The authored files (`bot.services.reloading.FlowFiles`)."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Of the last load, whether it counted or not."""

    async def check(self, files: Mapping[str, str] | None = None) -> tuple[Finding, ...]:
        """Findings of the folder as it is now, or of files that are given as path -> text."""


class House(Protocol):
    """The running desk."""

    @property
    def settings(self) -> Settings: ...

    @property
    def database(self) -> Database: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def library(self) -> Library: ...

    @property
    def intake(self) -> Intake: ...

    @property
    def people(self) -> People: ...

    @property
    def heartbeat(self) -> Heartbeat: ...

    @property
    def flow_files(self) -> Files: ...

    @property
    def channels(self) -> Mapping[str, OpenChannel]: ...

    @property
    def metrics(self) -> Metrics: ...

    @property
    def is_open(self) -> bool:
        """Between the end of the start and the beginning of the end."""
