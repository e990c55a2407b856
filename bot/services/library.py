"""The flows as they are now and as they were: the current desk, what it can start, and every bundle by its hash."""

import os
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import structlog

from bot.model.article import Knowledge
from bot.model.decision import Postpone, StartFlow
from bot.model.desk import Bundle, Desk, Finding
from bot.model.incoming import Incoming, Said, Started
from bot.model.response import Say
from bot.model.state import State
from bot.ports import Classifier, Clock
from bot.rules.bundles import bundle_of, hash_of, write_bundle
from bot.rules.policy import Menu
from bot.rules.program import LoadedBundle, load_bundle
from bot.services.aside import aside
from bot.store import flow_versions
from bot.store.database import Database

log = structlog.get_logger(__name__)
CACHED_BUNDLES = 2_000
SEARCH_PATTERN = "pattern_search"
ARTICLES = "/knowledge"
"""Under which name the articles are stored beside the bundles that answer from them; no flow can have it."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """One state of the authored files: everything that a new turn needs, exchanged as a whole."""

    desk: Desk
    menu: Menu
    classifier: Classifier
    bundles: Mapping[str, LoadedBundle]
    findings: tuple[Finding, ...] = ()
    env: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def any_bundle(self) -> LoadedBundle:
        return next(iter(self.bundles.values()))


def make_shelf(desk: Desk, classifier: Classifier, findings: tuple[Finding, ...] = ()) -> tuple[Shelf, dict[str, str]]:
    """The shelf of a desk, and the stored text of each of its bundles by hash."""
    bundles: dict[str, LoadedBundle] = {}
    texts: dict[str, str] = {}
    hashes: dict[str, str] = {}
    for name in desk.flows:
        bundle = bundle_of(desk, name)
        text = write_bundle(bundle)
        hashes[name] = hash_of(text)
        texts[hashes[name]] = text
        bundles[hashes[name]] = load_bundle(hashes[name], bundle)
    env = {name: os.environ.get(name, default) for name, default in desk.settings.env.items()}
    return Shelf(desk, make_menu(desk, hashes, classifier.thresholds), classifier, bundles, findings, env), texts


def make_menu(desk: Desk, hashes: Mapping[str, str], thresholds: Mapping[str, float]) -> Menu:
    by_intent = {
        trigger.intent: name for name, flow in desk.flows.items() for trigger in flow.triggers if trigger.intent
    }
    titles = {
        language: {intent: desk.flows[name].titled(intent, language) for intent, name in by_intent.items()}
        for language in desk.settings.languages
    }
    searches = desk.knowledge.articles and SEARCH_PATTERN in hashes
    fallback = SEARCH_PATTERN if searches else "pattern_cannot_handle"
    return Menu(by_intent=by_intent, bundle_of=hashes, titles=titles, start_at=thresholds, fallback=fallback)


class Library:
    """Holds the current shelf and finds old bundles again in the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._shelf: Shelf | None = None
        self._old: OrderedDict[str, LoadedBundle] = OrderedDict()
        self.on_change: list[Callable[[Shelf], None]] = []

    @property
    def shelf(self) -> Shelf:
        assert self._shelf is not None, "put() comes first"
        return self._shelf

    @property
    def is_ready(self) -> bool:
        return self._shelf is not None

    async def put(self, shelf: Shelf, texts: dict[str, str]) -> None:
        """Make this the current shelf: stored first, so that no conversation is ever pinned to a bundle that is not."""
        rows = {h: (shelf.bundles[h].bundle.flow, content) for h, content in texts.items()}
        if shelf.desk.knowledge.articles:
            rows[shelf.desk.knowledge.hash] = (ARTICLES, shelf.desk.knowledge.written)
        await self._database.write(lambda c: flow_versions.replace_current(c, rows, self._clock.now()))
        if self._shelf is not None:
            for hash_, loaded in self._shelf.bundles.items():
                self._remember(hash_, loaded)
        self._shelf = shelf
        for tell in self.on_change:
            tell(shelf)

    async def bundles_for(
        self, shelf: Shelf, state: State, incoming: Incoming | None = None
    ) -> dict[str, LoadedBundle]:
        """Every bundle that advancing may need: of the flows on the stack and of the one that is to begin."""
        hashes = pinned_by(state) | begun_by(incoming)
        found = {hash_: await self._bundle(shelf, hash_) for hash_ in hashes}
        return found or {shelf.any_bundle.hash: shelf.any_bundle}

    async def _bundle(self, shelf: Shelf, hash_: str) -> LoadedBundle:
        known = shelf.bundles.get(hash_) or self._old.get(hash_)
        if known is not None:
            return known
        content = await self._database.read(lambda c: flow_versions.content_of(c, hash_))
        if content is None:
            raise LookupError(f"bundle {hash_} is pinned but not stored")
        loaded = await aside(lambda: load_bundle(hash_, Bundle.model_validate_json(content)))
        self._remember(hash_, loaded)
        return loaded

    async def knowledge(self, hash_: str) -> Knowledge | None:
        """The articles of this hash: the current ones, or those that an older bundle is pinned to."""
        if self._shelf is not None and hash_ in ("", self._shelf.desk.knowledge.hash):
            return self._shelf.desk.knowledge
        content = await self._database.read(lambda c: flow_versions.content_of(c, hash_))
        return None if content is None else Knowledge.model_validate_json(content)

    def _remember(self, hash_: str, loaded: LoadedBundle) -> None:
        self._old[hash_] = loaded
        self._old.move_to_end(hash_)
        while len(self._old) > CACHED_BUNDLES:
            self._old.popitem(last=False)

    def responses_named(self, names: set[str]) -> dict[str, tuple[Say, ...]]:
        """The desk's responses of these names, for actions that ask for one."""
        return {name: self.shelf.desk.responses[name] for name in names if name in self.shelf.desk.responses}


def pinned_by(state: State) -> set[str]:
    """The bundles of the flows under way, of those that are to begin later, and of the one that ended last."""
    ended = {state.ended.bundle} if state.ended is not None else set()
    return ended | {frame.bundle for frame in state.frames} | {later.bundle for later in state.deferred}


def begun_by(incoming: Incoming | None) -> set[str]:
    """The bundle that an event begins a flow of, if it does."""
    hash_ = None
    if isinstance(incoming, Said):
        hash_ = getattr(incoming.decision, "bundle", None)
        if isinstance(incoming.decision, StartFlow):
            return {incoming.decision.bundle} | {wish.bundle for wish in incoming.decision.later}
        if isinstance(incoming.decision, Postpone):
            return {incoming.decision.bundle, incoming.decision.wish.bundle}
    elif isinstance(incoming, Started):
        hash_ = incoming.bundle
    elif incoming is not None:
        hash_ = getattr(incoming, "bundle", None)
    return {hash_} if hash_ else set()
