"""Replies in plain text, for channels that have no better way and for previews."""

import re
from typing import Final

from bot.model.form import Form
from bot.model.message import Reply

FENCE: Final = "```"
_TABLE: Final = re.compile(r"(?:^[ \t]*\|.*\|[ \t]*$\n?){2,}", re.MULTILINE)


def tables_as_code(text: str) -> str:
    """Markdown tables put into fences, where they stay in columns; what stands in fences already is left alone."""
    parts = text.split(FENCE)
    parts[::2] = [_TABLE.sub(lambda m: f"{FENCE}\n{m[0].rstrip()}\n{FENCE}\n", part) for part in parts[::2]]
    return FENCE.join(parts)


def shown_button(title: str, url: str | None = None) -> str:
    return f"[{title}] {url}" if url else f"[{title}]"


def written_out(reply: Reply) -> list[str]:
    """A reply on a channel that shows it as one message with its buttons below; see `bot.rules.shown.Preview`."""
    buttons = [shown_button(button.title, button.url) for button in reply.buttons]
    parts = [reply.text, reply.image, *reply.files, " ".join(buttons)]
    whole = "\n".join(part for part in parts if part)
    return [*([whole] if whole else []), *([form_written(reply.form)] if reply.form else [])]


def form_written(form: Form) -> str:
    """A form as text: each field with the place for its answer, or what there is to choose from."""
    lines = [f"({form.title})"]
    for field in form.fields:
        options = " | ".join(option.title for option in field.choices)
        lines.append(f"{field.label} [{options or '    '}]")
        lines += [words for words in (field.problem, field.hint) if words]
    return "\n".join([*lines, f"[{form.send}]"])
