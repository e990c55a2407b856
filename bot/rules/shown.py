"""What a contact sees of a reply on a channel, and what of it would be lost on the way to them."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from bot.model.message import Reply
from bot.model.response import Button, Say

Preview = Callable[[Reply], Sequence[str]]
"""The messages that a contact sees of a reply, in order, as plain text; what can be pressed stands in [brackets]."""

_WORD: Final = re.compile(r"\w+")


def lost(reply: Reply, seen: Sequence[str]) -> list[str]:
    """The parts of a reply that are not in what is seen of it, each named by its key and value; none when it is whole.

    Words may be formatted, cut into several messages and moved, but all of them must be there. ``custom`` is for
    programs: it counts as lost only where nothing else of the reply says it to a person.
    """
    everything = "\n".join(seen)
    parts = [*_lost_text(reply, everything), *_lost_places(reply, everything), *_lost_fields(reply, everything)]
    if reply.custom is not None and not (reply.text or reply.image or reply.files or reply.buttons):
        parts += [] if _squeezed(json.dumps(reply.custom)) in _squeezed(everything) else ["custom"]
    return parts


def _lost_text(reply: Reply, everything: str) -> Iterator[str]:
    there = Counter(_WORD.findall(everything))
    if reply.text is not None and (missing := Counter(_WORD.findall(reply.text)) - there):
        yield f"text ({', '.join(list(missing)[:5])})"
    for button in reply.buttons:
        if Counter(_WORD.findall(button.title)) - there:
            yield f"button {button.title!r}"


def _lost_places(reply: Reply, everything: str) -> Iterator[str]:
    named = [("image", reply.image), *(("file", file) for file in reply.files)]
    named += [(f"url of the button {button.title!r}", button.url) for button in reply.buttons]
    yield from (f"{name} {place}" for name, place in named if place and place not in everything)


def _lost_fields(reply: Reply, everything: str) -> Iterator[str]:
    there = Counter(_WORD.findall(everything))
    for field in reply.form.fields if reply.form else ():
        said = [field.label, field.hint or "", *(one.title for one in field.choices)]
        if any(Counter(_WORD.findall(words)) - there for words in said):
            yield f"field {field.slot!r}"


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def authored_replies(say: Say, language: str, buttons: Sequence[Button] = ()) -> Iterator[tuple[str, Reply]]:
    """The reply in each language that it is written in, with its templates as they stand.

    language: of the text itself. buttons: offered where the text brings none of its own.
    """
    for name, translated in [(language, None), *say.translation.items()]:
        own = (translated.buttons if translated else ()) or say.buttons
        text = translated.text if translated else say.text
        yield (
            name,
            Reply(text=text, buttons=tuple(own or buttons), image=say.image, files=say.files, custom=say.custom),
        )


def said_in(say: Say, language: str) -> str:
    """The text of a response in a language, else as it was written."""
    translated = say.translation.get(language)
    return (translated.text if translated else say.text) or ""
