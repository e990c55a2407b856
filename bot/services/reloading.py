"""The authored files: loaded at start and on every change, checked before they count.

A change with errors is reported and leaves everything as it was; a desk that starts on broken files runs with what
holds.
"""

from collections.abc import Mapping
from pathlib import Path

import structlog
from watchfiles import awatch

from bot.edges.desk_loader import FileCache, Loaded, load_core, load_desk, load_texts
from bot.failpoints import reach
from bot.model.desk import Desk, Finding
from bot.nlu.pipeline import train
from bot.ports import ActionRunner, Classifier
from bot.rules.bundles import reached_flows
from bot.rules.check.desk import broken_parts, check_desk
from bot.rules.shown import Preview
from bot.services.aside import aside
from bot.services.library import Library, make_shelf

log = structlog.get_logger(__name__)


class FlowFiles:
    """Keeps the library in step with a folder. ``findings`` are those of the last load, whether it counted or not."""

    def __init__(
        self,
        folder: Path,
        library: Library,
        actions: ActionRunner,
        cache: Path | None = None,
        channels: Mapping[str, Preview] | None = None,
    ) -> None:
        """cache: the folder where what was learned is kept for the next start. channels: see `check_desk`."""
        self._channels = channels
        self._folder = folder
        self._cache_folder = cache
        self._library = library
        self._actions = actions
        self._cache = FileCache()
        self._core = load_core()
        self._trained: tuple[object, Classifier] | None = None
        self.findings: tuple[Finding, ...] = ()

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.level == "error")

    async def load(self) -> bool:
        """Load the folder and, unless it has errors, make it current. The first load counts in any case, as far as
        it holds."""
        loaded = await aside(load_desk, self._folder, self._core, self._cache)
        self.findings = await aside(self._check, loaded)
        if self.errors and self._library.is_ready:
            log.warning("flows not loaded: the ones before stay", errors=len(self.errors), first=str(self.errors[0]))
            return False
        await self._put(sound_desk(loaded, self.findings) if self.errors else loaded.desk)
        return not self.errors

    async def _put(self, desk: Desk) -> None:
        classifier = await aside(self._classifier, desk)
        shelf, texts = await aside(make_shelf, desk, classifier, self.findings)
        reach("flows.import.before")
        await self._library.put(shelf, texts)
        reach("flows.import.after")
        log.info("flows loaded", flows=len(desk.flows), findings=len(self.findings))

    def _classifier(self, desk: Desk) -> Classifier:
        """Trained again only when something that it learns from has changed."""
        settings = desk.settings
        basis = (desk.nlu, desk.slots, settings.languages, settings.precision, settings.timezone)
        if self._trained is None or self._trained[0] != basis:
            self._trained = (basis, train(desk, cache=self._cache_folder))
        return self._trained[1]

    def _check(self, loaded: Loaded) -> tuple[Finding, ...]:
        return check_desk(
            loaded.authored,
            self._actions.catalogue(),
            loaded.findings,
            all_actions=self._actions.knows_all(),
            channels=self._channels,
        )

    async def check(self, files: Mapping[str, str] | None = None) -> tuple[Finding, ...]:
        """Findings of the folder as it is now, or of files that are given as path -> text."""
        if files is None:
            loaded = await aside(load_desk, self._folder, self._core, FileCache())
        else:
            contents = {path: text.encode() for path, text in files.items()}
            loaded = await aside(load_texts, contents, self._core)
        return await aside(self._check, loaded)

    async def watch(self) -> None:
        """Until cancelled: load again whenever a file below the folder changes."""
        async for _ in awatch(self._folder, debounce=300, step=100, recursive=True):
            try:
                await self.load()
            except Exception:
                log.exception("flows not loaded: the ones before stay")


def sound_desk(loaded: Loaded, findings: tuple[Finding, ...]) -> Desk:
    """The desk without flows that have an error, and without the flows that lead to those."""
    broken = {name for kind, name in broken_parts(loaded.authored, findings) if kind == "flow"}
    desk = loaded.desk
    flows = {name: flow for name, flow in desk.flows.items() if not broken & set(reached_flows(desk, name))}
    return desk.model_copy(update={"flows": flows})
