"""Files that visitors send: known by their content, kept out of reach, never shown by a browser."""

import asyncio
import io
import os
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import HTTPException

from bot.plugins.channels import Host
from bot.settings import Settings
from bot.store import events
from bot.testing.action_database import SqliteActionDatabase
from bot.testing.recording_intake import RecordingIntake
from channels.webchat import open_channel
from channels.webchat.files import FileStore, named
from tests.webchat.visitors import Served, Visitor, a_visitor, conversation_of, first

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n"


def archive(*names: str) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as made:
        for name in names:
            made.writestr(name, "x")
    return kept.getvalue()


GOOD = {
    "screen.png": (PNG, "image/png"),
    "invoice.pdf": (PDF, "application/pdf"),
    "photo.jpeg": (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9", "image/jpeg"),
    "list.csv": (b"number;name\n1;Gr\xc3\xbc\xc3\x9fe\n", "text/plain"),
    "table.csv": ("Straße;Größe\r\n€ 5;groß\r\n".encode("cp1252"), "text/plain"),
    "notes.txt": ("Grüße aus dem Editor\r\n".encode("utf-16"), "text/plain"),
    "plain.pdf": (b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n", "application/pdf"),
    "letter.docx": (
        archive("[Content_Types].xml", "_rels/.rels", "word/document.xml"),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
}
BAD = {
    "page.html": b"<!doctype html><script>alert(1)</script>",
    "page.txt": b"\n  <HTML><body onload=alert(1)>",
    "marked.txt": b"\xef\xbb\xbf<script>alert(1)</script>",
    "wide.txt": "<script>alert(1)</script>".encode("utf-16"),
    "picture.svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "picture.png": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
    "program.png": b"MZ\x90\x00\x03\x00\x00\x00" + b"\0" * 100,
    "program.pdf": b"\x7fELF\x02\x01\x01" + b"\0" * 100,
    "archive.docx": archive("run.exe"),
    "macros.docx": archive("word/document.xml", "word/vbaProject.bin"),
    "broken.docx": b"PK\x03\x04" + b"\0" * 40,
    "noise.png": bytes(range(256)),
    "nothing.txt": b"",
}


@pytest.fixture
async def visitor(web: Served) -> AsyncIterator[Visitor]:
    async with a_visitor(web.url) as one:
        yield one


async def upload(visitor: Visitor, name: str, content: bytes) -> httpx.Response:
    return await visitor.http.post("/webchat/files", params={"name": name}, content=content, headers=visitor.headers)


@pytest.mark.parametrize("name", GOOD)
async def test_a_file_is_kept_and_comes_back_as_it_was_sent(visitor: Visitor, name: str) -> None:
    content, media_type = GOOD[name]
    answer = await upload(visitor, name, content)
    assert answer.status_code == 201, answer.text
    kept = answer.json()
    assert (kept["name"], kept["media_type"], kept["size"]) == (name, media_type, len(content))
    back = await visitor.http.get(kept["url"])
    assert back.content == content
    assert back.headers["content-disposition"].startswith("attachment")
    assert back.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in back.headers["content-security-policy"]


@pytest.mark.parametrize("name", BAD)
async def test_a_file_counts_for_what_it_is_and_not_for_what_it_is_called(visitor: Visitor, name: str) -> None:
    answer = await upload(visitor, name, BAD[name])
    assert answer.status_code == 422, answer.text
    assert answer.json()["fix"]


async def test_a_file_that_is_too_large_is_refused_before_it_is_kept(visitor: Visitor) -> None:
    assert (await upload(visitor, "long.txt", b"x" * 200_000)).status_code == 201
    assert (await upload(visitor, "long.txt", b"x" * 200_001)).status_code == 413


async def test_a_message_brings_its_files_to_whoever_reads_the_conversation(web: Served, visitor: Visitor) -> None:
    kept = (await upload(visitor, "screen.png", PNG)).json()
    async with visitor.stream() as frames:
        assert (await visitor.say("/hours", files=[kept["url"]])).status_code == 200
        await first(frames)
    facts = await web.desk.house.database.read(lambda c: events.of(c, conversation_of(web, visitor), 0))
    (received,) = [fact.data for fact in facts if fact.type == "MessageReceived"]
    assert received["files"] == [
        {"name": "screen.png", "url": kept["url"], "media_type": "image/png", "size": len(PNG)}
    ]


async def test_a_file_alone_is_a_message(visitor: Visitor) -> None:
    kept = (await upload(visitor, "screen.png", PNG)).json()
    assert (await visitor.say("", files=[kept["url"]])).status_code == 200


async def test_nobody_sends_another_visitors_file_or_one_that_was_made_up(web: Served, visitor: Visitor) -> None:
    kept = (await upload(visitor, "screen.png", PNG)).json()
    async with a_visitor(web.url) as other:
        for url in (kept["url"], kept["url"] + "x", "https://evil.example/x.png", "/webchat/files/abc"):
            assert (await other.say("look", files=[url])).status_code == 422


@pytest.mark.parametrize("signed", ["abc", "WyJhIl0.abc", "..%2F..%2Fsecret", "%00"])
async def test_a_link_that_was_not_signed_leads_nowhere(web: Served, signed: str) -> None:
    async with httpx.AsyncClient(base_url=web.url) as http:
        assert (await http.get(f"/webchat/files/{signed}")).status_code in (400, 404)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd.png"),
        ("C:\\fotos\\a.png", "a.png"),
        ('a"b\r\nc.png', "abc.png"),
        ("a.html", "a.html.png"),
        ("", "file.png"),
        (".png", "png.png"),
        ("x" * 300 + ".png", "x" * 116 + ".png"),
        ("schön.PNG", "schön.PNG"),
    ],
)
def test_a_name_stays_a_name_and_ends_as_what_the_file_is(given: str, kept: str) -> None:
    assert named(given, "image/png") == kept


async def test_files_are_readable_by_the_desk_alone(web: Served, visitor: Visitor) -> None:
    await upload(visitor, "screen.png", PNG)
    folder = web.desk.house.settings.data_dir / "webchat"
    modes = await asyncio.to_thread(
        lambda: {file.stat().st_mode & 0o077 for file in folder.rglob("*") if file.is_file()}
    )
    assert modes == {0}


def sent_long_ago(folder: Path, content: bytes, at: datetime) -> None:
    (file,) = [one for one in folder.glob("??/*") if one.read_bytes() == content]
    os.utime(file, (at.timestamp(), at.timestamp()))


async def test_what_is_older_than_it_is_kept_goes_and_its_link_says_so(tmp_path: Path) -> None:
    """Time is an argument: nobody waits for ninety days."""
    store = FileStore(tmp_path, "secret", 10_000)
    now = datetime.now(UTC)
    old, new = await store.keep(PNG, "old.png", "ada"), await store.keep(PDF, "new.pdf", "ada")
    sent_long_ago(tmp_path, PNG, now - timedelta(days=80))
    assert await store.sweep(now, timedelta(days=90)) == 0
    assert await store.sweep(now + timedelta(days=11), timedelta(days=90)) == 1
    assert await store.sweep(now + timedelta(days=11), timedelta(days=90)) == 0
    assert old.url is not None
    assert new.url is not None
    with pytest.raises(HTTPException) as gone:
        store.handed_out(old.url.removeprefix("/webchat/files/"))
    assert (gone.value.status_code, gone.value.detail) == (404, "this file is no longer kept")
    assert store.handed_out(new.url.removeprefix("/webchat/files/")).status_code == 200


def test_a_desk_sweeps_unless_it_is_to_keep_files_for_ever(tmp_path: Path) -> None:
    for days, jobs in ((90.0, 1), (0.0, 0)):
        intake = RecordingIntake()
        settings = Settings(_env_file=None, data_dir=tmp_path, webchat_file_days=days)
        opened = open_channel(Host(intake, intake, SqliteActionDatabase(), settings, "secret"))
        assert len(opened.jobs) == jobs
