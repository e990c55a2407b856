"""Text on its way to and from Slack: its escapes, its references in angle brackets, and its limits."""

import re
import unicodedata
from typing import Final

from bot.model.message import MAX_TEXT
from channels.written import FENCE, tables_as_code

POST_LIMIT: Final = 3_900
"""Escaped characters of one message: Slack advises 4,000, and a fence may have to be closed and opened again."""
SECTION_LIMIT: Final = 2_900
"""Escaped characters of a section of Block Kit, which takes 3,000."""
_COST: Final = {"&": 5, "<": 4, ">": 4}
_REFERENCE = re.compile(r"<([^<>\n]*)>")
_MARKED = re.compile(r"```.*?```|`[^`\n]+`|(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])", re.DOTALL)
_LINK = re.compile(r"<(https?://[^<>|\s()]+)\|([^<>|\n\[\]]+)>")
_AUTHORED = re.compile(
    r"```.*?```|`[^`\n]+`|\*\*(?=\S)(?P<bold>[^*\n]+?)(?<=\S)\*\*|\[(?P<label>[^\[\]\n]+)\]\((?P<url>https?://[^\s()]+)\)",
    re.DOTALL,
)


def escape(text: str) -> str:
    """Exactly the three characters that Slack names: then no mention, link or command can stand in a text."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def authored(text: str) -> str:
    """What flows write, as Slack shows it: ``**bold**`` becomes ``*bold*``, a table a block of code, and a named link
    its name with the address behind it, so that what somebody wrote can disguise none."""
    return _AUTHORED.sub(_as_slack, tables_as_code(text)).strip()


def _as_slack(found: re.Match[str]) -> str:
    if found["label"] is not None:
        return found["url"] if found["label"] in found["url"] else f"{found['label']} ({found['url']})"
    return f"*{found['bold']}*" if found["bold"] is not None else found[0]


def plain(text: str, bot: str = "") -> str:
    """What a person wrote: references as one reads them, escapes undone once, mentions of the bot left out."""
    read = _REFERENCE.sub(lambda m: _reference(m[1], bot), text)
    read = read.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").replace("\0", "")
    return written(read)


def written(text: str) -> str:
    """What was typed into a field of a form: it has no escapes."""
    return text.replace("\0", "").encode("utf-8", "ignore").decode().strip()[:MAX_TEXT]


def marked(text: str) -> str:
    """What an agent wrote, for a contact on any channel: its bold words and named links as the desk marks them."""
    named = _LINK.sub(lambda m: m[1] if m[2] in m[1] else f"[{m[2]}]({m[1]})", text)
    return _MARKED.sub(lambda m: f"**{m[1]}**" if m[1] else m[0], plain(named))


def _reference(inside: str, bot: str) -> str:
    target, _, label = inside.partition("|")
    if target.startswith("@"):
        return "" if bot and target[1:] == bot else f"@{label or target[1:]}"
    if target.startswith("#"):
        return f"#{label or target[1:]}"
    if target.startswith("!"):
        return label or f"@{target[1:].split('^')[0]}"
    if target.startswith(("mailto:", "tel:")):
        return label or target.partition(":")[2]
    return target


def split(text: str, limit: int = POST_LIMIT) -> list[str]:
    """Pieces whose escaped length is within the limit, cut between paragraphs, lines or words where there are any;
    a fence of code that is cut is closed and opened again. Only white space at a cut is lost."""
    pieces: list[str] = []
    rest = text.strip()
    while cost(rest) > limit:
        at = _cut(rest, _fitting(rest, limit - 2 * len(FENCE) - 2))
        head, rest = rest[:at].rstrip(), rest[at:]
        if head.count(FENCE) % 2:
            head, rest = f"{head}\n{FENCE}", f"{FENCE}\n{rest.lstrip(chr(10))}"
        else:
            rest = rest.lstrip()
        pieces.append(head)
    return [*pieces, rest] if rest else pieces


def cost(text: str) -> int:
    """Escaped characters, those beyond the basic plane counted twice."""
    return len(text) + sum(map(_extra, text))


def _extra(character: str) -> int:
    return _COST.get(character, 1) - 1 + (character > "\uffff")


def _fitting(text: str, limit: int) -> int:
    """How many characters fit into the limit."""
    spent = 0
    for place, character in enumerate(text):
        spent += 1 + _extra(character)
        if spent > limit:
            return place
    return len(text)


def _cut(text: str, most: int) -> int:
    """Where to cut at the latest ``most``: behind a paragraph, a line, a word, else between two whole characters."""
    for mark in ("\n\n", "\n", " "):
        at = text.rfind(mark, most // 2, most + 1)
        if at > 0 and text[:at].strip("`\n "):
            return at
    at = most
    while at > most // 2 and (_joined(text[at]) or text[at - 1] == "\u200d" or text[at - 1 : at + 1] == "``"):
        at -= 1
    return at


def _joined(character: str) -> bool:
    """Belongs to the character before it: an accent, a skin tone, a joiner, a variation."""
    return unicodedata.category(character) in ("Mn", "Me", "Cf") or "\U0001f3fb" <= character <= "\U0001f3ff"
