"""Files that people put into Slack: ``GET /slack/files/{signed id}/{name}`` fetches one with the workspace's token.

The address is signed with the desk's secret and stands in the message alone, so who can read the conversation can open
the file, and nobody else. Slack's own address wants the token, which goes to Slack's own hosts and nowhere else.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlsplit

from aiohttp import ClientSession  # noqa: TID251  # see `Workspaces`: hosts of Slack alone are asked
from fastapi import APIRouter, HTTPException, Response
from slack_sdk.errors import SlackApiError

from bot.errors import ActionFailed, NotReady, Undeliverable
from bot.model.action import Failure
from bot.model.flow import FailureKind
from bot.model.message import FileRef, Message
from bot.ports import Fetched
from channels.signed_files import SignedLinks, headers
from channels.slack.calling import Caller
from channels.slack.incoming import OWN, object_in, text_in
from channels.slack.refusals import FAILURES
from channels.slack.workspaces import Workspace, Workspaces

SALT: Final = "frontdesk.slack.file"
PATH: Final = "/slack/files/"
MOST_BYTES: Final = 20_000_000
AT_ONCE: Final = 4
"""Files that are fetched side by side; each may take 20 MB of memory."""
_CHUNK: Final = 65_536


@dataclass(frozen=True, slots=True)
class Passed:
    """What of an agent's files can be passed on: their links; and the names of those that cannot."""

    links: tuple[str, ...]
    left: tuple[str, ...]


class SlackFiles:
    """Gives files an address, and fetches them. Implements `bot.ports.Fetch` for these addresses."""

    def __init__(self, caller: Caller, workspaces: Workspaces, secret: str, api_url: str) -> None:
        self._caller = caller
        self._workspaces = workspaces
        self._links = SignedLinks(secret, SALT, PATH)
        self._api = urlsplit(api_url)
        self._free = asyncio.Semaphore(AT_ONCE)

    # --- addresses ---------------------------------------------------------------------------------------------------

    def addressed(self, message: Message) -> Message:
        """The message with addresses of the desk's own for its files."""
        team = message.address.account
        return message.model_copy(update={"files": tuple(self._addressed(team, file) for file in message.files)})

    def _addressed(self, team: str, file: FileRef) -> FileRef:
        if file.url is None or not file.url.startswith(OWN):
            return file
        return file.model_copy(update={"url": self.link(team, file.url.removeprefix(OWN), file.name)})

    def link(self, team: str, file: str, name: str) -> str:
        """It ends with the name, which browsers and people see."""
        return f"{self._links.link([team, file])}/{quote(name.replace('/', '_'), safe='')[:300]}"

    def passed(self, team: str, files: tuple[FileRef, ...]) -> Passed:
        """What an agent has put into a thread, for the contact."""
        found = [self._addressed(team, file) for file in files]
        fits = [file.url is not None and (file.size or 0) <= MOST_BYTES for file in found]
        links = tuple(file.url for file, fit in zip(found, fits, strict=True) if fit and file.url is not None)
        return Passed(links, tuple(file.name for file, fit in zip(found, fits, strict=True) if not fit))

    # --- fetching ----------------------------------------------------------------------------------------------------

    def routes(self) -> APIRouter:
        router = APIRouter(tags=["slack"])
        router.add_api_route(
            PATH + "{signed}/{name}", self.download, summary="A file that somebody sent", response_class=Response
        )
        return router

    async def download(self, signed: str, name: str) -> Response:
        """The file as it was sent, never shown by a browser but saved."""
        team, file = self._links.wanted(signed)
        try:
            found = await self._fetched(team, file, MOST_BYTES)
        except ActionFailed as error:
            if error.failure.kind in ("unavailable", "timeout"):
                raise NotReady("Slack does not hand out the file at the moment", "Try again") from error
            raise HTTPException(404, "Slack no longer has this file, or does not hand it out") from error
        return Response(found.content, headers=headers(found.name), media_type="application/octet-stream")

    async def fetch(self, url: str, most_bytes: int, timeout_seconds: float = 15.0) -> Fetched:
        """See `bot.ports.Fetch`."""
        if (known := self._links.behind(url.rpartition("/")[0])) is None:
            raise _failed("not_found", "this link is none of ours")
        try:
            async with asyncio.timeout(timeout_seconds):
                return await self._fetched(known[0], known[1], most_bytes)
        except TimeoutError:
            raise _failed("timeout", "Slack does not hand out the file in time") from None

    async def _fetched(self, team: str, file: str, most: int) -> Fetched:
        async with self._free:
            try:
                workspace = self._workspaces.of(team)
                told = await self._caller.call(workspace, lambda client: client.files_info(file=file))
                return await self._content(workspace, object_in(told.data, "file"), most)
            except Undeliverable as error:
                raise _failed("rejected", error.what) from error
            except FAILURES as error:
                passes = not isinstance(error, SlackApiError) or self._caller.passes(error)
                raise _failed("unavailable" if passes else "not_found", f"Slack: {error}"[:200]) from error

    async def _content(self, workspace: Workspace, known: Mapping[str, Any], most: int) -> Fetched:
        url = text_in(known, "url_private_download") or text_in(known, "url_private")
        name, media_type = text_in(known, "name") or "file", text_in(known, "mimetype")
        if not self._is_slacks(url):
            raise _failed("not_found", "Slack does not hold this file itself")
        content, given = await _read(self._workspaces.session(), url, workspace.token, most)
        # Without the scope `files:read` Slack answers with the page on which people log in, and status 200.
        if given == "text/html" and media_type != "text/html":
            self._caller.trouble("file_not_handed_out")
            raise _failed("rejected", "Slack does not hand out files: look whether the app has the scope files:read")
        return Fetched(content=content, name=name, media_type=media_type)

    def _is_slacks(self, url: str) -> bool:
        """The token goes nowhere else."""
        try:
            parts = urlsplit(url)
            host = parts.hostname or ""
        except ValueError:
            return False
        same = (parts.scheme, parts.netloc) == (self._api.scheme, self._api.netloc)
        return same or (parts.scheme == "https" and re.fullmatch(r"([a-z0-9-]+\.)*slack\.com", host) is not None)


async def _read(session: ClientSession, url: str, token: str, most: int) -> tuple[bytes, str]:
    """The content and its media type. Raises ActionFailed and ClientError."""
    given = {"authorization": f"Bearer {token}"}
    async with session.get(url, headers=given, allow_redirects=False) as answer:
        if answer.status != 200:
            passes = answer.status >= 500 or answer.status == 429
            raise _failed("unavailable" if passes else "not_found", f"Slack answers {answer.status}")
        content = bytearray()
        async for chunk in answer.content.iter_chunked(_CHUNK):
            content += chunk
            if len(content) > most:
                raise _failed("rejected", f"the file has more than {most} bytes")
        return bytes(content), answer.content_type


def _failed(kind: FailureKind, message: str) -> ActionFailed:
    return ActionFailed(Failure(kind=kind, message=message))
