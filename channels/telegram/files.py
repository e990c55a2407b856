"""Files that people sent, for agents and actions: ``GET /telegram/files/{signed id}`` fetches one from Telegram.

The address is signed with the desk's secret and stands in the message alone, so who can read the conversation can open
the file, and nobody else. Telegram's own address would hold the bot's token.
"""

import asyncio
from typing import Final

from fastapi import APIRouter, HTTPException, Response

from bot.errors import ActionFailed, NotReady, Unavailable, Undeliverable
from bot.model.action import Failure
from bot.model.message import FileRef, Message
from bot.ports import Fetched
from channels.signed_files import SignedLinks, headers
from channels.telegram.api import Api

SALT: Final = "frontdesk.telegram.file"
PATH: Final = "/telegram/files/"
AT_ONCE: Final = 4
"""Files that are fetched side by side; each may take 20 MB of memory."""
_OWN: Final = "telegram:"


class Files:
    """Gives files an address, and fetches them. Implements `bot.ports.Fetch` for these addresses."""

    def __init__(self, api: Api, secret: str) -> None:
        self._api = api
        self._links = SignedLinks(secret, SALT, PATH)
        self._free = asyncio.Semaphore(AT_ONCE)

    def addressed(self, message: Message) -> Message:
        """The message with addresses of the desk's own for its files."""
        return message.model_copy(update={"files": tuple(map(self._addressed, message.files))})

    def _addressed(self, file: FileRef) -> FileRef:
        if file.url is None:
            return file
        return file.model_copy(update={"url": self._links.link(file.url.removeprefix(_OWN))})

    def routes(self) -> APIRouter:
        router = APIRouter(tags=["telegram"])
        router.add_api_route(
            PATH + "{signed}", self.download, summary="A file that somebody sent", response_class=Response
        )
        return router

    async def fetch(self, url: str, most_bytes: int, timeout_seconds: float = 15.0) -> Fetched:
        """See `bot.ports.Fetch`. Telegram tells no name of a file."""
        if (file_id := self._links.behind(url)) is None:
            raise ActionFailed(Failure(kind="not_found", message="this link is none of ours"))
        try:
            async with asyncio.timeout(timeout_seconds):
                content = await self._content(file_id)
        except Undeliverable as gone:
            raise ActionFailed(Failure(kind="not_found", message=gone.what)) from gone
        except (Unavailable, TimeoutError) as error:
            raise ActionFailed(Failure(kind="unavailable", message="Telegram does not hand it out now")) from error
        if len(content) > most_bytes:
            raise ActionFailed(Failure(kind="rejected", message=f"the file has more than {most_bytes} bytes"))
        return Fetched(content=content, name="file")

    async def _content(self, file_id: str) -> bytes:
        async with self._free:
            return await self._api.file(file_id)

    async def download(self, signed: str) -> Response:
        """The file as it was sent, never shown by a browser but saved."""
        file_id = self._links.wanted(signed)
        try:
            content = await self._content(file_id)
        except Undeliverable as gone:
            raise HTTPException(404, "Telegram no longer has this file, or does not hand it out") from gone
        except Unavailable as error:
            raise NotReady("Telegram does not hand out the file at the moment", "Try again") from error
        return Response(content, headers=headers(), media_type="application/octet-stream")
