"""Saying things: responses in the contact's language, filled in, with their buttons."""

from collections.abc import Mapping, Sequence

from pydantic import ValidationError

from bot.model.base import Json, JsonObject
from bot.model.effect import Say as SayEffect
from bot.model.flow import SayStep, To, UtterStep
from bot.model.message import Address, Reply
from bot.model.response import Button, Say
from bot.model.state import Cursor, Frame, Line
from bot.rules.advance.machine import BROKEN, Machine
from bot.rules.expression import EvaluationError, render_value
from bot.rules.masking import as_text
from bot.rules.program import LoadedBundle, Node

Scope = Mapping[str, Json]
_NOTHING: Scope = {}
MOST_BUTTONS = 20
"""Buttons of one turn that may be named in words."""


def say_step(m: Machine, frame: Frame, cursor: Cursor, node: Node) -> None:
    assert isinstance(node.step, SayStep)
    say(m, frame, cursor, node.step.say, to=_address(m, frame, cursor, node.step.to))
    m.done(frame, cursor, node)


def utter_step(m: Machine, frame: Frame, cursor: Cursor, node: Node) -> None:
    assert isinstance(node.step, UtterStep)
    utter(m, frame, cursor, node.step.utter, to=_address(m, frame, cursor, node.step.to))
    m.done(frame, cursor, node)


def _address(m: Machine, frame: Frame, cursor: Cursor, to: To | None) -> Address | None:
    """Where ``to`` leads. Raises EvaluationError when its values name nobody."""
    if to is None:
        return None
    rendered: JsonObject = {
        name: as_text(m.render(value, frame, cursor)).strip() for name, value in to.model_dump().items()
    }
    try:
        return Address.model_validate({"sender": rendered.pop("contact"), **rendered})
    except ValidationError as error:
        wrong = "contact" if error.errors()[0]["loc"] == ("sender",) else error.errors()[0]["loc"][0]
        raise EvaluationError(
            f"`to` names no {wrong} that one can write to", "Look where its value comes from"
        ) from error


def say(
    m: Machine, frame: Frame, cursor: Cursor, what: Say, buttons: Sequence[Button] = (), to: Address | None = None
) -> None:
    """Say this in the contact's language. ``buttons`` are offered where the text brings none of its own."""
    speak(m, compose(m, m.loaded(frame), what, m.scope(frame, cursor), buttons), to)


def utter(
    m: Machine,
    frame: Frame,
    cursor: Cursor,
    name: str,
    buttons: Sequence[Button] = (),
    extra: Scope = _NOTHING,
    to: Address | None = None,
) -> None:
    """Say a response by its name; ``extra`` are further variables for its text."""
    loaded = m.loaded(frame)
    reply = compose(m, loaded, variation(m, loaded, name), {**m.scope(frame, cursor), **extra}, buttons)
    speak(m, reply.model_copy(update={"response": name}), to)


def words_of(m: Machine, frame: Frame, cursor: Cursor, what: Say | str, extra: Scope = _NOTHING) -> Reply:
    """The finished words of a response, or of a step's own, without saying them."""
    loaded = m.loaded(frame)
    say = variation(m, loaded, what) if isinstance(what, str) else what
    return compose(m, loaded, say, {**m.scope(frame, cursor), **extra}, ())


def utter_plain(m: Machine, loaded: LoadedBundle, name: str) -> None:
    """Say a response of the core's, outside any flow. It is said when things go wrong, so it never fails itself."""
    scope = {"slots": m.state.slots, "contact": m.state.contact, "conversation": m.around.conversation}
    try:
        reply = compose(m, loaded, variation(m, loaded, name), scope, ())
    except BROKEN as error:
        m.record("ResponseFailed", name=name, message=str(error))
        return
    speak(m, reply.model_copy(update={"response": name}))


def variation(m: Machine, loaded: LoadedBundle, name: str) -> Say:
    """One of the variations of a response: the next one each turn, so that a repeat does not sound like one."""
    variations = loaded.bundle.responses.get(name)
    if not variations:
        raise m.missing("response", name)
    return variations[m.state.turn % len(variations)]


def compose(m: Machine, loaded: LoadedBundle, what: Say, scope: Scope, buttons: Sequence[Button]) -> Reply:
    """The finished reply: translated where there is a translation, and filled in."""
    language = m.state.language or loaded.bundle.settings.languages[0]
    translated = what.translation.get(language)
    text = translated.text if translated else what.text
    own = (translated.buttons if translated else ()) or what.buttons
    return Reply(
        text=None if text is None else fill(m, text, scope),
        buttons=tuple(_button(m, button, scope) for button in own or buttons),
        image=None if what.image is None else fill(m, what.image, scope),
        files=tuple(fill(m, file, scope) for file in what.files),
        custom=_rendered(m, what.custom, scope),
    )


def speak(m: Machine, reply: Reply, to: Address | None = None) -> None:
    """``to``: said elsewhere, it is no line of this conversation."""
    if reply.text and to is None:
        m.remember(Line(who="bot", text=reply.text))
    if to is None:
        commands = [(one.title, one.payload) for one in reply.buttons if one.payload and one.payload.startswith("/")]
        m.state.buttons = [*m.state.buttons, *commands][:MOST_BUTTONS]
    masked = m.mask(reply.text)
    m.emit(SayEffect(reply=reply if masked == reply.text else reply.model_copy(update={"shown": masked}), to=to))


def _rendered(m: Machine, custom: JsonObject | None, scope: Scope) -> JsonObject | None:
    rendered: Json = render_value(custom, scope, m.around.now)
    return rendered  # type: ignore[no-any-return]  # a mapping stays a mapping


def fill(m: Machine, text: str, scope: Scope) -> str:
    """A text with its templates filled in."""
    return as_text(render_value(text, scope, m.around.now))


def _button(m: Machine, button: Button, scope: Scope) -> Button:
    return Button(
        title=fill(m, button.title, scope),
        payload=None if button.payload is None else fill(m, button.payload, scope),
        url=None if button.url is None else fill(m, button.url, scope),
    )
