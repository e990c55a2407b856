"""Slack's way to upload a file: an address, the content there, then the file is completed into a channel."""

import itertools
import json
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Uploaded:
    """A file. channel: where it is shown; empty before it is completed, and then nobody sees it."""

    id: str
    name: str
    length: int
    content: bytes | None = None
    title: str = ""
    channel: str = ""
    thread_ts: str = ""
    media_type: str = "application/octet-stream"


@dataclass
class SlackFiles:
    """files: every file by its id, in the order in which they were asked for. hands_out: the app has `files:read`."""

    files: dict[str, Uploaded] = field(default_factory=dict)
    hands_out: bool = True
    _file_numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def begin(self, arguments: dict[str, Any], base: str) -> dict[str, Any]:
        """``files.getUploadURLExternal``."""
        name, length = str(arguments.get("filename", "")), str(arguments.get("length", ""))
        if not name or not length.isdecimal() or int(length) < 1:
            return {"ok": False, "error": "invalid_arguments"}
        id_ = f"F{next(self._file_numbers)}"
        self.files[id_] = Uploaded(id_, name, int(length))
        return {"ok": True, "upload_url": f"{base}/upload/{id_}", "file_id": id_}

    def received(self, id_: str, content: bytes) -> int:
        """What was posted to such an address; the status. Slack takes what is as long as was announced."""
        file = self.files.get(id_)
        if file is None or len(content) != file.length:
            return 400
        file.content = content
        return 200

    def put(self, name: str, content: bytes, base: str, media_type: str = "application/pdf") -> dict[str, Any]:
        """Somebody puts a file into Slack: how it stands in the event of their message."""
        id_ = f"F{next(self._file_numbers)}"
        self.files[id_] = Uploaded(id_, name, len(content), content, channel="C0", media_type=media_type)
        return self.described(self.files[id_], base)

    def described(self, file: Uploaded, base: str) -> dict[str, Any]:
        """A file object, as far as an app reads it."""
        return {
            "id": file.id, "name": file.name, "title": file.title or file.name, "mimetype": file.media_type,
            "size": file.length, "mode": "hosted", "is_external": False,
            "url_private": f"{base}/files-pri/{file.id}", "url_private_download": f"{base}/files-pri/{file.id}",
        }  # fmt: skip

    def handed_out(self, id_: str, has_token: bool) -> tuple[bytes, str]:
        """What is behind such an address; without a token or the scope the page on which people log in."""
        file = self.files.get(id_)
        if file is None or file.content is None or not has_token or not self.hands_out:
            return b"<html>Sign in</html>", "text/html"
        return file.content, file.media_type

    def complete(self, arguments: dict[str, Any], channel_known: bool) -> list[Uploaded] | str:
        """``files.completeUploadExternal``: the files that are shown now, or Slack's error."""
        wished = json.loads(arguments.get("files") or "[]")
        found = [self.files.get(one.get("id", "")) for one in wished]
        channel = str(arguments.get("channel_id", ""))
        if not found or any(file is None or file.content is None for file in found):
            return "file_not_found"
        if not channel_known or channel[:1] not in "CDG":
            return "channel_not_found"
        shown = [file for file in found if file is not None]
        for file, one in zip(shown, wished, strict=True):
            file.title, file.channel, file.thread_ts = one.get("title", ""), channel, arguments.get("thread_ts", "")
        return shown

    def info(self, arguments: dict[str, Any], base: str) -> dict[str, Any]:
        """``files.info``."""
        file = self.files.get(str(arguments.get("file", "")))
        if file is None or file.content is None:
            return {"ok": False, "error": "file_not_found"}
        places = {"ims": [file.channel]} if file.channel[:1] == "D" else {"channels": [file.channel]}
        known = self.described(file, base) | {"channels": [], "groups": [], "ims": []}
        return {"ok": True, "file": known | (places if file.channel else {})}
