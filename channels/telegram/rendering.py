"""From a reply to the messages that Telegram takes: nothing of it is lost, whatever does not fit is written out."""

import base64
import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal
from urllib.parse import urlsplit

from bot.model.message import Reply
from bot.model.response import Button
from channels.signed_files import is_desks, shown_link
from channels.telegram.formatting import Formatted, parse_marks, split
from channels.written import tables_as_code

MAX_BUTTONS: Final = 100
SHORT_TITLE: Final = 14
"""Characters of a title that leaves room for another button beside it."""
LONGEST_URL: Final = 2_048
NO_WORDS: Final = Formatted("")
POINTER: Final = "\u2b07"
"""Stands above buttons that came without words; Telegram sends no message without any."""


@dataclass(frozen=True, slots=True)
class Key:
    """A button under a message: ``url`` opens a page, ``data`` (at most 64 bytes) comes back when it is pressed."""

    title: str
    data: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One message. ``url``: of the photo or document; ``content``: the desk has fetched it itself, as ``name``."""

    kind: Literal["text", "photo", "document"]
    words: Formatted = NO_WORDS
    url: str = ""
    keys: tuple[Key, ...] = ()
    content: bytes | None = None
    name: str = ""


def token_of(secret: str, key: str) -> str:
    """Names a delivery in its buttons; nobody can make one up. 22 characters."""
    digest = hmac.new(secret.encode(), f"telegram.buttons\0{key}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:16]).decode().rstrip("=")


def pressable(reply: Reply) -> list[Button]:
    """The buttons that come back to the desk, in the order of their numbers."""
    return [button for button in reply.buttons if not _is_link(button)][:MAX_BUTTONS]


def parts_of(reply: Reply, token: str) -> tuple[Part, ...]:
    """In the order in which they are sent; the buttons stand under the last text."""
    files = list(_attachments(reply))
    keys, beyond = _keys(reply, token)
    text = "\n".join([*([reply.text] if reply.text else []), *beyond])
    texts = [Part("text", words) for words in split(parse_marks(tables_as_code(text)))]
    if keys:
        texts = texts or [Part("text", Formatted(POINTER))]
        texts[-1] = replace(texts[-1], keys=keys)
    return (*files, *texts)


def simpler(part: Part) -> Part | None:
    """What to send where Telegram refuses a part: first without formatting, then as words alone; None when it is."""
    if part.kind != "text":
        return Part("text", Formatted(shown_link(part.url)))
    if part.words.spans:
        return replace(part, words=Formatted(part.words.text))
    if part.keys:
        lines = [f"{key.title}: {key.url}" if key.url else f"\u2022 {key.title}" for key in part.keys]
        # A cut is better than nothing at all, and happens only to a text that was full already.
        whole = Formatted("\n".join([part.words.text, *lines]))
        return Part("text", next(split(whole)))
    return None


def _attachments(reply: Reply) -> Iterator[Part]:
    """What Telegram cannot fetch by itself is named."""
    for kind, url in [*([("photo", reply.image)] if reply.image else []), *(("document", url) for url in reply.files)]:
        if _is_web(url) or is_desks(url):
            yield Part("photo" if kind == "photo" else "document", url=url)
        else:
            yield Part("text", Formatted(url))


def _keys(reply: Reply, token: str) -> tuple[tuple[Key, ...], list[str]]:
    """The buttons, and a line for each that has no room or no address that Telegram takes."""
    keys: list[Key] = []
    beyond: list[str] = []
    number = 0
    for button in reply.buttons:
        if _is_link(button):
            fits = _is_web(button.url or "") and len(keys) < MAX_BUTTONS
            keys += [Key(button.title or "\u2026", url=button.url)] if fits else []
            beyond += [] if fits else [f"{button.title}: {button.url}"]
        elif len(keys) < MAX_BUTTONS:
            keys.append(Key(button.title or "\u2026", data=f"{token}.{number}"))
            number += 1
        else:
            beyond.append(f"\u2022 {button.title}")
    return tuple(keys), beyond


def rows_of(keys: tuple[Key, ...]) -> list[list[Key]]:
    """Two short buttons in a row, a long one alone."""
    rows: list[list[Key]] = []
    for key in keys:
        is_short = len(key.title) <= SHORT_TITLE
        if is_short and rows and len(rows[-1]) == 1 and len(rows[-1][0].title) <= SHORT_TITLE:
            rows[-1].append(key)
        else:
            rows.append([key])
    return rows


def _is_link(button: Button) -> bool:
    return bool(button.url)


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(host) and len(url) <= LONGEST_URL
