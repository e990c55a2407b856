"""Files of a reply, uploaded into Slack (docs.slack.dev/messaging/working-with-files): Slack names an address, takes
the content there, and then the file is completed into a channel."""

from datetime import timedelta
from typing import Final

import structlog
from slack_sdk.errors import SlackApiError

from bot.errors import ActionFailed, Unavailable
from bot.ports import ChannelHost, Fetched
from channels.signed_files import is_desks
from channels.slack.calling import Caller
from channels.slack.refusals import code_of
from channels.slack.workspaces import Workspace

log = structlog.get_logger(__name__)
MOST_BYTES: Final = 20_000_000
KEPT: Final = timedelta(days=3)
_TABLE: Final = """
    CREATE TABLE IF NOT EXISTS slack_upload (
        part VARCHAR(200) PRIMARY KEY, file VARCHAR(64) NOT NULL, at BIGINT NOT NULL)
"""
_NOTE: Final = """
    INSERT INTO slack_upload (part, file, at) VALUES (:part, :file, :at)
    ON CONFLICT (part) DO UPDATE SET file = :file, at = :at
"""


class Uploads:
    """Uploads files. Which upload belongs to which part of a reply is noted before Slack is told to show it, so that
    after a crash Slack can be asked whether it does."""

    def __init__(self, host: ChannelHost, caller: Caller) -> None:
        self._host = host
        self._caller = caller
        self._is_ready = False

    async def upload(self, workspace: Workspace, url: str, part: str, name: str = "") -> str | None:
        """Bring a file to Slack, and give its id; nobody sees it yet. None where it cannot be had or Slack does not
        want it: then its address is to be said. Raises what a call raises when trying again can help.

        name: as which it is shown, where its address does not say.
        """
        try:
            found = await self._host.fetch.fetch(url, MOST_BYTES)
        except ActionFailed as error:
            if is_desks(url) and error.failure.kind in ("unavailable", "timeout"):
                # Its address would be of no use to anybody.
                raise Unavailable(error.failure.message, maybe_sent=False) from error
            log.warning("a file is sent as its address", kind=error.failure.kind, problem=error.failure.message)
            return None
        if not found.content:
            return None
        try:
            return await self._brought(workspace, found.model_copy(update={"name": name}) if name else found, part)
        except SlackApiError as error:
            self._refused(error)
            return None

    async def _brought(self, workspace: Workspace, found: Fetched, part: str) -> str:
        name, length = found.name, len(found.content)
        place = await self._caller.call(
            workspace, lambda client: client.files_getUploadURLExternal(filename=name, length=length)
        )
        status = await self._caller.put(str(place["upload_url"]), found.content)
        if status != 200:
            raise Unavailable(f"Slack takes no upload at the moment ({status})", maybe_sent=False)
        await self._note(part, str(place["file_id"]))
        return str(place["file_id"])

    async def show(self, workspace: Workspace, file: str, channel: str, thread: str | None) -> bool:
        """Complete an upload into a channel. False where Slack does not want it there."""
        try:
            await self._caller.call(
                workspace,
                lambda client: client.files_completeUploadExternal(
                    files=[{"id": file}], channel_id=channel, thread_ts=thread
                ),
            )
        except SlackApiError as error:
            self._refused(error)
            return False
        return True

    def _refused(self, error: SlackApiError) -> None:
        """Raises it where trying again can help; else somebody may look."""
        if self._caller.passes(error):
            raise error
        code = code_of(error)
        self._caller.trouble(f"upload_{code}" if code else "upload")
        log.error("Slack takes no files: sent as addresses", code=code)

    async def shown(self, workspace: Workspace, part: str) -> str | None:
        """The id of the file that this part has brought into a channel; None when it has not."""
        await self._prepare()
        rows = await self._host.database.read("SELECT file FROM slack_upload WHERE part = :part", part=part)
        if not rows:
            return None
        file = str(rows[0]["file"])
        try:
            told = await self._caller.call(workspace, lambda client: client.files_info(file=file))
        except SlackApiError as error:
            if self._caller.passes(error):
                raise
            return None
        known = told["file"]
        return file if any(known.get(name) for name in ("channels", "groups", "ims")) else None

    async def _note(self, part: str, file: str) -> None:
        await self._prepare()
        now = self._host.clock.now()
        old = int((now - KEPT).timestamp())
        await self._host.database.write("DELETE FROM slack_upload WHERE at < :old", old=old)
        await self._host.database.write(_NOTE, part=part, file=file, at=int(now.timestamp()))

    async def _prepare(self) -> None:
        if not self._is_ready:
            await self._host.database.write(_TABLE)
            self._is_ready = True
