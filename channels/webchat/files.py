"""Files that visitors send: kept beside the desk's data, known by their content, handed out with a signed link alone.

Whatever a file says of itself, its first bytes decide: what is not among ``ACCEPTED`` is refused, and nothing is ever
shown by a browser on the desk's own address, only saved.
"""

import asyncio
import codecs
import io
import secrets
import zipfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import puremagic
from fastapi import HTTPException, Response
from fastapi.responses import FileResponse

from bot.errors import ActionFailed, BadInput
from bot.model.action import Failure
from bot.model.message import FileRef
from bot.ports import Fetched
from channels.signed_files import SignedLinks, headers

SALT: Final = "frontdesk.webchat.file"
PATH: Final = "/webchat/files/"
LONGEST_NAME: Final = 120
ACCEPTED: Final = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "text/plain": ".txt",
}
"""Media type -> how the name of such a file ends."""
_PARTS: Final = {
    "word/document.xml": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/workbook.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_SAME: Final = {"image/jpg": "image/jpeg", "image/pjpeg": "image/jpeg", "image/x-png": "image/png"}
_MARKUP: Final = ("<!", "<?", "<html", "<svg", "<script", "<head", "<body", "<math", "<iframe")
_SPREADSHEETS: Final = "cp1252"
"""What programs for tables still write in Western Europe. Where there is no control character in it, it is text."""


class FileStore:
    """Keeps files in a folder of its own. most: bytes of one."""

    def __init__(self, folder: Path, secret: str, most: int) -> None:
        self._folder = folder
        self._most = most
        self._links = SignedLinks(secret, SALT, PATH)

    async def keep(self, content: bytes, name: str, visitor: str) -> FileRef:
        """Store what a visitor has sent. Raises BadInput when it is empty, too large, or nothing that is accepted."""
        if not 0 < len(content) <= self._most:
            raise BadInput("the file is empty or too large", f"Send at most {self._most / 1e6:.0f} MB")
        media_type = await asyncio.to_thread(media_type_of, content)
        if media_type not in ACCEPTED:
            raise BadInput("files of this kind are not accepted", f"Send one of {' '.join(sorted(ACCEPTED.values()))}")
        id_ = secrets.token_hex(16)
        await asyncio.to_thread(self._write, id_, content)
        shown = named(name, media_type)
        link = self._links.link([id_, shown, media_type, len(content), visitor])
        return FileRef(name=shown, url=link, media_type=media_type, size=len(content))

    def sent_by(self, visitor: str, url: str) -> FileRef:
        """The file behind a link that this visitor was given. Raises BadInput when it is not theirs."""
        known = self._links.behind(url)
        if known is None or known[4] != visitor:
            raise BadInput("this file was not sent by this visitor", "POST it to /webchat/files first")
        _, name, media_type, size, _ = known
        return FileRef(name=name, url=url, media_type=media_type, size=size)

    def handed_out(self, signed: str) -> Response:
        """The file as it was sent. Raises HTTPException 404."""
        id_, name, media_type, _, _ = self._links.wanted(signed)
        file = self._place(id_)
        if not file.is_file():
            raise HTTPException(404, "this file is no longer kept")
        return FileResponse(file, headers=headers(name), media_type=media_type)

    async def fetch(self, url: str, most_bytes: int, timeout_seconds: float = 15.0) -> Fetched:
        """See `bot.ports.Fetch`: what is behind one of the links that `keep` has given."""
        known = self._links.behind(url)
        file = self._place(known[0]) if known is not None else None
        if known is None or file is None or not await asyncio.to_thread(file.is_file):
            raise ActionFailed(Failure(kind="not_found", message="there is no such file, or no more"))
        _, name, media_type, size, _ = known
        if size > most_bytes:
            raise ActionFailed(Failure(kind="rejected", message=f"the file has more than {most_bytes} bytes"))
        return Fetched(content=await asyncio.to_thread(file.read_bytes), name=name, media_type=media_type)

    async def sweep(self, now: datetime, keep: timedelta) -> int:
        """Remove what was sent longer ago than this. Returns how many files that were."""
        return await asyncio.to_thread(self._sweep, (now - keep).timestamp())

    def _sweep(self, before: float) -> int:
        removed = 0
        for file in self._folder.glob("??/*"):
            try:
                if file.stat().st_mtime < before:
                    file.unlink()
                    removed += 1
            except FileNotFoundError:
                continue  # another process was quicker
        return removed

    def _place(self, id_: str) -> Path:
        return self._folder / id_[:2] / id_

    def _write(self, id_: str, content: bytes) -> None:
        place = self._place(id_)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        place.write_bytes(content)
        place.chmod(0o600)


def media_type_of(content: bytes) -> str:
    """By what the content is; "" for what nobody knows."""
    if content.startswith(b"%PDF-"):  # some are text from end to end
        return "application/pdf"
    if (text := _as_text(content)) is not None:
        return "" if text.lstrip("\ufeff \t\r\n\f")[:64].lower().startswith(_MARKUP) else "text/plain"
    if content.startswith(b"PK"):
        return _document_type(content)
    try:
        best = puremagic.from_string(content, mime=True)
    except (puremagic.PureError, ValueError):
        return ""
    # What is text has been found by now: by its first letters alone nothing is.
    return "" if best.startswith("text/") else _SAME.get(best, best)


def _document_type(content: bytes) -> str:
    """Office documents are archives: what stands in them tells, and only the table of contents is read.

    A document with macros is none that is accepted.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):  # the last: an archive of a newer kind
        return ""
    if any(name.rpartition("/")[2].lower().startswith("vba") for name in names):
        return ""
    return next((media_type for part, media_type in _PARTS.items() if part in names), "")


def _as_text(content: bytes) -> str | None:
    """The text of a file of text, as programs write it today and as some still do."""
    is_wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if is_wide else ("utf-8", _SPREADSHEETS):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        looked_at = text if encoding == _SPREADSHEETS else text[:4_096]
        return text if all(one.isprintable() or one in "\t\n\r\f\u00a0\u00ad\ufeff" for one in looked_at) else None
    return None


def named(name: str, media_type: str) -> str:
    """A name that can stand in any folder, with the ending of what the file is."""
    plain = "".join(c for c in name.replace("\\", "/").rpartition("/")[2] if c.isprintable() and c not in '<>:"|?*%')
    ending = ACCEPTED[media_type]
    known = {".jpg": (".jpg", ".jpeg"), ".txt": (".txt", ".csv", ".log", ".md")}.get(ending, (ending,))
    stem = plain.strip(". ")[-LONGEST_NAME:]
    return stem if stem.lower().endswith(known) else f"{stem or 'file'}{ending}"
