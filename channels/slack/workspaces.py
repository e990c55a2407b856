"""The tokens of the workspaces that the app is installed in, and the clients that speak for them.

``FRONTDESK_SLACK_BOT_TOKEN`` is one token for every workspace, or ``T012=xoxb-…,T345=xoxb-…``, or the path of a file
that holds either. A file is read again when Slack refuses a token, so that whoever rotates tokens writes them there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aiohttp import ClientSession, ClientTimeout  # noqa: TID251  # the SDK's own way out; the address is a setting
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import Undeliverable

TIMEOUT_SECONDS = 15
ANY = ""


@dataclass(slots=True)
class Workspace:
    """``broken`` is what Slack said when it refused the token: then nothing is sent until there is another one."""

    team: str
    token: str
    broken: str = ""


class Workspaces:
    """Every workspace by its id."""

    def __init__(self, source: str, api_url: str) -> None:
        """Raises ValueError when the setting cannot be read."""
        self._source = source.strip()
        self._api_url = api_url
        self._session: ClientSession | None = None
        self._known = {team: Workspace(team, token) for team, token in read_tokens(self._source).items()}

    def of(self, team: str) -> Workspace:
        """Raises Undeliverable when the app is not installed there."""
        found = self._known.get(team) or self._known.get(ANY)
        if found is None and not team and len(self._known) == 1:
            found = next(iter(self._known.values()))
        if found is None:
            raise Undeliverable(f"no token for the workspace {team!r}", "Add it to FRONTDESK_SLACK_BOT_TOKEN")
        return found

    def only(self) -> str:
        """The one workspace there is; empty where the token does not say which it is for."""
        return next(iter(self._known)) if len(self._known) == 1 else ANY

    def knows(self, team: str) -> bool:
        return team in self._known or ANY in self._known

    def client(self, workspace: Workspace) -> AsyncWebClient:
        """Speaks for a workspace. Nothing is tried again in there: the outbox does that, durably."""
        return AsyncWebClient(
            workspace.token,
            base_url=self._api_url,
            timeout=TIMEOUT_SECONDS,
            session=self.session(),
            retry_handlers=[],
        )

    def session(self) -> ClientSession:
        """Begun inside the loop, by whoever is the first to speak."""
        if self._session is None:
            self._session = ClientSession(timeout=ClientTimeout(total=TIMEOUT_SECONDS))
        return self._session

    def plain_client(self) -> AsyncWebClient:
        """For calls that bring a token of their own."""
        return AsyncWebClient(base_url=self._api_url, timeout=TIMEOUT_SECONDS, retry_handlers=[])

    def renewed(self, workspace: Workspace, refused: str) -> bool:
        """Look for another token in place of the refused one; True when there is one."""
        fresh = read_tokens(self._source).get(workspace.team) if _is_path(self._source) else None
        if workspace.token != refused:  # somebody else has renewed it meanwhile
            return True
        if fresh is None or fresh == refused:
            return False
        workspace.token, workspace.broken = fresh, ""
        return True

    async def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()


def _is_path(source: str) -> bool:
    return source.startswith(("/", "./", "~"))


def read_tokens(source: str) -> Mapping[str, str]:
    """Token by workspace; the empty name is every other workspace.

    Raises ValueError when it holds no token, OSError when the file cannot be read.
    """
    text = Path(source).expanduser().read_text() if _is_path(source) else source
    found: dict[str, str] = {}
    for part in text.replace("\n", ",").split(","):
        team, equals, token = part.strip().rpartition("=")
        if token.strip():
            found[team.strip() if equals else ANY] = token.strip()
    if not found:
        raise ValueError("FRONTDESK_SLACK_BOT_TOKEN holds no token")
    return found
