"""What a contact on Slack sees of a reply: the messages that the adapter would post, as plain text."""

import json
from collections.abc import Iterator

from bot.model.form import Form
from bot.model.message import Reply
from channels.slack.blocks import Block
from channels.slack.forms import FormPlace, modal_of
from channels.slack.incoming import Place
from channels.slack.render import Post, posts_of, uploads_of
from channels.slack.text import plain
from channels.written import shown_button

_NOBODY = "preview"


def preview(reply: Reply) -> list[str]:
    """See `bot.rules.shown.Preview`."""
    seen = ["\n".join(_lines(post)) for post in posts_of(reply, _NOBODY)]
    seen += uploads_of(reply)
    return [*seen, modal_as_text(reply.form)] if reply.form else seen


def modal_as_text(form: Form) -> str:
    """What the modal behind a form's button shows."""
    view = modal_of(form, FormPlace(Place("", "", ""), form.id, ""))
    lines = [f"({view['title']['text']})"]
    for block in view["blocks"]:
        options = [option["text"]["text"] for option in block["element"].get("options", ())]
        lines.append(f"{block['label']['text']} [{' | '.join(options) or '    '}]")
        lines += [block["hint"]["text"]] if "hint" in block else []
    return "\n".join([*lines, f"[{view['submit']['text']}] [{view['close']['text']}]"])


def _lines(post: Post) -> Iterator[str]:
    if not post.blocks:
        yield plain(post.text)
    for block in post.blocks:
        yield from _of_block(block)


def _of_block(block: Block) -> Iterator[str]:
    match block["type"]:
        case "section":
            yield plain(block["text"]["text"])
        case "image":
            yield block["image_url"]
        case "actions":
            yield " ".join(text for element in block["elements"] for text in _of_element(element))
        case _:
            yield json.dumps(block)


def _of_element(element: Block) -> Iterator[str]:
    if element["type"] == "button":
        yield shown_button(element["text"]["text"], element.get("url"))
    else:
        yield from (shown_button(option["text"]["text"]) for option in element["options"])
