"""Runs actions wherever they live: in this process, or on a remote action server."""

from collections.abc import Mapping

from bot.edges.action_local import LocalActions
from bot.edges.action_remote import STALE_SECONDS, RemoteActions
from bot.edges.failing import failed, tamed
from bot.errors import ActionFailed
from bot.model.action import ActionCall, ActionResult, ActionSpec
from bot.ports import ActionDatabase, Articles, Clock, Egress, NoArticles


class Host:
    """Implements the ActionHost port: what actions are handed."""

    def __init__(
        self, egress: Egress, database: ActionDatabase, clock: Clock, articles: Articles | None = None
    ) -> None:
        self.egress = egress
        self.database = database
        self.clock = clock
        self.articles: Articles = articles or NoArticles()


class DeskActionRunner:
    """Implements the ActionRunner port.

    An action of this process wins over a remote one of the same name: a server may add actions to a desk,
    never take one over.
    """

    def __init__(self, local: LocalActions, remote: RemoteActions | None = None) -> None:
        self._local = local
        self._remote = remote

    async def refresh(self) -> None:
        """Fetches the remote server's list, within two seconds; at start and whenever flows are loaded.

        A server that is down is no error; see ``problems``.
        """
        if self._remote:
            await self._remote.refresh()

    async def close(self) -> None:
        if self._remote:
            await self._remote.close()

    def problems(self) -> tuple[str, ...]:
        """What an operator should know: actions left out, a silent remote server, names it offers in vain."""
        if not self._remote:
            return tuple(self._local.problems)
        taken = sorted(self._remote.specs.keys() & self._local.specs.keys())
        hidden = tuple(f"the action server also offers {name}; the desk's own is used" for name in taken)
        silent = (self._remote.problem,) if self._remote.problem else ()
        return (*self._local.problems, *silent, *hidden)

    def knows_all(self) -> bool:
        """False while a remote server has not told its list: then an unknown name may be one of its own."""
        return self._remote is None or self._remote.listed

    def catalogue(self) -> Mapping[str, ActionSpec]:
        return {**(self._remote.specs if self._remote else {}), **self._local.specs}

    async def run(self, call: ActionCall) -> ActionResult:
        try:
            return await self._run(call)
        except ActionFailed:
            raise
        except Exception as error:
            why = tamed(f"{call.action} failed: {type(error).__name__} {error}")
            raise failed("internal", why) from error

    async def _run(self, call: ActionCall) -> ActionResult:
        if call.action in self._local.specs:
            return await self._local.run(call)
        if self._remote:
            if call.action not in self._remote.specs:
                await self._remote.refresh(STALE_SECONDS)
            return await self._remote.run(call)
        raise failed("not_found", f"no action is called {call.action!r}. Load a package that has it.")
