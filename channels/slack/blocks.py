"""Pieces of Block Kit within its limits (docs.slack.dev/reference/block-kit), and what they carry back.

``block_id`` begins with whom the buttons are for, so that a click by somebody else is told apart without a look-up.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from bot.model.form import Form
from bot.model.response import Button

MAX_LABEL: Final = 75
MAX_VALUE: Final = 2_000
MAX_OPTION_VALUE: Final = 150
MAX_URL: Final = 3_000
MAX_BLOCK_ID: Final = 255
IN_A_ROW: Final = 25
MAX_OPTIONS: Final = 100
SELECT_FROM: Final = 11
"""So many choices are easier to find in a menu than in a wall of buttons."""

FOR: Final = "for:"
PRESS: Final = "press"
LINK: Final = "link"
FILL: Final = "fill"

Block = dict[str, Any]


def section(text: str) -> Block:
    """A paragraph. text: escaped, 1 to 3,000 characters."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def image(url: str) -> Block:
    return {"type": "image", "image_url": url, "alt_text": "image"}


def can_show(url: str | None) -> bool:
    """Whether Slack takes this address for an image or a button."""
    return bool(url) and str(url).startswith(("https://", "http://")) and len(str(url)) <= MAX_URL


def label(title: str, number: int | None = None) -> str:
    """At most 75 characters and never empty; numbered where the whole title stands in the text."""
    words = title.strip() or "…"
    if number is not None:
        words = f"{number}. {words}"
    return words if len(words) <= MAX_LABEL else words[: MAX_LABEL - 1].rstrip() + "…"


def value_of(button: Button) -> str:
    """What comes back with a click. A payload that Slack cannot carry is the title's words instead."""
    value = button.payload or button.title
    return value if len(value) <= MAX_VALUE else button.title[:MAX_VALUE]


def fits(button: Button) -> bool:
    """Whether the label shows all of the title."""
    return len(button.title) <= MAX_LABEL


def rows(buttons: Sequence[Button], contact: str, numbered: bool) -> Iterator[Block]:
    """Buttons in rows of 25, or one menu."""
    if _as_menu(buttons):
        yield _menu(buttons, contact, numbered)
        return
    for start in range(0, len(buttons), IN_A_ROW):
        elements = [
            _button(button, number, number if numbered else None)
            for number, button in enumerate(buttons[start : start + IN_A_ROW], start + 1)
        ]
        yield {"type": "actions", "block_id": _block_id(contact, start), "elements": elements}


def fill_button(form: Form, contact: str) -> Block:
    """What opens a form."""
    button = {"type": "button", "text": _plain(label(form.open)), "value": form.id, "action_id": FILL}
    block_id = f"{FOR}{FILL}:{contact}"[:MAX_BLOCK_ID]
    return {"type": "actions", "block_id": block_id, "elements": [button | {"style": "primary"}]}


def _as_menu(buttons: Sequence[Button]) -> bool:
    return SELECT_FROM <= len(buttons) <= MAX_OPTIONS and all(
        button.url is None and len(value_of(button)) <= MAX_OPTION_VALUE for button in buttons
    )


def _menu(buttons: Sequence[Button], contact: str, numbered: bool) -> Block:
    options = [
        {"text": _plain(label(button.title, number if numbered else None)), "value": value_of(button)}
        for number, button in enumerate(buttons, 1)
    ]
    menu = {"type": "static_select", "action_id": PRESS, "placeholder": _plain("…"), "options": options}
    return {"type": "actions", "block_id": _block_id(contact, 0), "elements": [menu]}


def _button(button: Button, number: int, shown: int | None) -> Block:
    made: Block = {"type": "button", "text": _plain(label(button.title, shown)), "value": value_of(button)}
    if can_show(button.url):
        return made | {"action_id": f"{LINK}:{number}", "url": button.url}
    return made | {"action_id": f"{PRESS}:{number}"}


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": True}


def _block_id(contact: str, number: int) -> str:
    return f"{FOR}{number}:{contact}"[:MAX_BLOCK_ID]


def contact_of(block_id: str) -> str | None:
    """Whom the buttons of a block are for; None when the block is not one of ours."""
    if not block_id.startswith(FOR):
        return None
    return block_id.removeprefix(FOR).partition(":")[2]


def listed(buttons: Sequence[Button]) -> str:
    """The buttons as text: all of each title, with the page that it opens."""
    lines = [
        f"{number}. {button.title}" + (f" {button.url}" if button.url else "")
        for number, button in enumerate(buttons, 1)
    ]
    return "\n".join(lines)
