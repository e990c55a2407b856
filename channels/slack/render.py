"""A reply as Slack's messages: nothing is lost, and nothing is sent that Slack would refuse."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from bot.model.message import Reply
from channels.signed_files import is_desks
from channels.slack.blocks import Block, can_show, fill_button, fits, image, listed, rows, section
from channels.slack.text import SECTION_LIMIT, authored, escape, split

MAX_BLOCKS: Final = 50
MAX_BLOCKS_JSON: Final = 12_000
"""Slack refuses somewhat above 13,000 characters of blocks (msg_blocks_too_long); the figure is not documented."""


@dataclass(frozen=True, slots=True)
class Post:
    """One message. text: escaped; with blocks it is what notifications and screen readers give."""

    text: str
    blocks: tuple[Block, ...] = ()


def posts_of(reply: Reply, contact: str) -> list[Post]:
    """The messages of a reply in order; none when it holds nothing that Slack can show."""
    numbered = not all(fits(button) for button in reply.buttons)
    pieces = split(_words(reply, numbered))
    if not reply.buttons and not can_show(reply.image) and reply.form is None:
        return [Post(escape(piece)) for piece in pieces]
    last = split(pieces.pop(), SECTION_LIMIT) if pieces else []
    posts = [Post(escape(piece)) for piece in [*pieces, *last[:-1]]]
    return posts + _with_blocks(reply, escape(last[-1]) if last else "", contact, numbered)


def plainly(reply: Reply) -> list[Post]:
    """The same without blocks, for when Slack refuses them: buttons as a numbered list."""
    parts = [_words(reply, numbered=False)]
    if reply.image and can_show(reply.image):
        parts.append(reply.image)
    pieces = [piece for part in [*parts, listed(reply.buttons)] for piece in split(part)]
    return [Post(escape(piece)) for piece in pieces]


def _words(reply: Reply, numbered: bool) -> str:
    """All that is text: the words, the whole titles where labels cut them, what can neither be shown nor uploaded."""
    parts = [authored(reply.text or "")]
    if numbered:
        parts.append("\n".join(f"{number}. {button.title}" for number, button in enumerate(reply.buttons, 1)))
    if reply.image and not can_show(reply.image):
        parts.append(reply.image)
    parts += [f"{button.title}: {button.url}" for button in reply.buttons if button.url and not can_show(button.url)]
    parts += [file for file in reply.files if not can_fetch(file)]
    return "\n".join(part for part in parts if part)


def can_fetch(url: str) -> bool:
    """Whether a file's address is one of the web or of the desk: then it is uploaded; anything else is only named."""
    if is_desks(url):
        return True
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def uploads_of(reply: Reply) -> list[str]:
    """The files that follow the messages, in order."""
    return [file for file in reply.files if can_fetch(file)]


def _with_blocks(reply: Reply, text: str, contact: str, numbered: bool) -> list[Post]:
    first = [section(text)] if text else []
    if reply.image and can_show(reply.image):
        first.append(image(reply.image))
    more = [*rows(reply.buttons, contact, numbered)] if reply.buttons else []
    groups = _groups(first, [*more, *([fill_button(reply.form, contact)] if reply.form else [])])
    fallback = text or "…"
    return [Post(fallback if number == 0 else "…", tuple(group)) for number, group in enumerate(groups)]


def _groups(first: list[Block], more: Sequence[Block]) -> list[list[Block]]:
    """As many messages as the limits of one ask for."""
    groups, size = [first], len(json.dumps(first))
    for block in more:
        length = len(json.dumps(block))
        if groups[-1] and (size + length > MAX_BLOCKS_JSON or len(groups[-1]) >= MAX_BLOCKS):
            groups.append([])
            size = 0
        groups[-1].append(block)
        size += length
    return groups
