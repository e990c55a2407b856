"""Articles cut into passages: whole blocks of Markdown under one heading, long enough to answer, short to read."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.model.article import Article, Passage

LONGEST = 700
"""Characters of a passage. A single block that is longer stays whole."""
_MARKDOWN = MarkdownIt("commonmark").enable("table")
_ITEM = re.compile(r"\s*(?:[-*+]|\d+[.)])\s")


@dataclass(frozen=True, slots=True)
class _Block:
    heading: str | None
    text: str


def passages_of(article: Article, language: str) -> list[Passage]:
    """The passages of an article, in order. ``language``: where the article does not say."""
    merged = _merged(_blocks(article.body))
    return [
        Passage(
            article=article.name, number=number, title=article.title, heading=block.heading, text=block.text,
            language=article.language or language, url=article.url,
        )
        for number, block in enumerate(merged)
    ]  # fmt: skip


def _blocks(body: str) -> Iterator[_Block]:
    """Paragraphs, lists, tables and code as they are written, each with the headings above it."""
    lines = body.split("\n")
    above: list[tuple[int, str]] = []
    tokens = _MARKDOWN.parse(body)
    for place, token in enumerate(tokens):
        if token.level != 0 or token.map is None or token.nesting == -1:
            continue
        if token.type == "heading_open":
            depth = int(token.tag[1:])
            above = [one for one in above if one[0] < depth] + [(depth, _inline(tokens[place + 1]))]
        elif text := _unwrapped(token.type, lines[token.map[0] : token.map[1]]):
            yield _Block(" / ".join(words for _, words in above) or None, text)


def _unwrapped(kind: str, lines: Sequence[str]) -> str:
    """The block as a chat shows it: a line that only goes on in the next one of the file is one line."""
    if kind not in ("paragraph_open", "bullet_list_open", "ordered_list_open"):
        return "\n".join(lines).strip("\n")
    found: list[str] = []
    for line in lines:
        goes_on = found and line.strip() and found[-1] and not _ITEM.match(line) and not found[-1].endswith("  ")
        if goes_on:
            found[-1] = f"{found[-1].rstrip()} {line.strip()}"
        else:
            found.append(line)
    return "\n".join(line.rstrip() for line in found).strip()


def _inline(token: Token) -> str:
    return "".join(child.content for child in token.children or ()) or token.content


def _merged(blocks: Iterator[_Block]) -> list[_Block]:
    """Neighbours under one heading, joined as long as they fit."""
    joined: list[_Block] = []
    for block in blocks:
        last = joined[-1] if joined else None
        if last is not None and last.heading == block.heading and len(last.text) + len(block.text) + 2 <= LONGEST:
            joined[-1] = _Block(last.heading, f"{last.text}\n\n{block.text}")
        else:
            joined.append(block)
    return joined
