"""What a contact on Telegram sees of a reply: the messages that the adapter would send, as plain text."""

from bot.model.message import Reply
from channels.telegram.formatting import Formatted
from channels.telegram.rendering import Part, parts_of, rows_of
from channels.written import shown_button


def preview(reply: Reply) -> list[str]:
    """See `bot.rules.shown.Preview`."""
    return [_seen(part) for part in parts_of(reply, "preview")]


def _seen(part: Part) -> str:
    words = [part.url] if part.url else []
    words += [_written(part.words)] if part.words.text else []
    rows = [" ".join(shown_button(key.title, key.url) for key in row) for row in rows_of(part.keys)]
    return "\n".join([*words, *rows])


def _written(words: Formatted) -> str:
    """With the address behind each link: it opens when the link is tapped."""
    text = words.text
    for span in sorted(words.spans, key=lambda span: span.end, reverse=True):
        if span.url is not None:
            text = f"{text[: span.end]} ({span.url}){text[span.end :]}"
    return text
