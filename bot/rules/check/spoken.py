"""Everything that a flow may say to a contact, with its place."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from bot.model.flow import CollectStep
from bot.model.form import Form, FormField, Option
from bot.model.message import Reply
from bot.model.response import Button, Say
from bot.rules.advance.collecting import choice_buttons
from bot.rules.advance.forming import ASK, FIRST, HINT, LABEL, TITLE
from bot.rules.check.authored import Authored, typed_flow
from bot.rules.check.parts import Part
from bot.rules.check.places import Path
from bot.rules.check.walk import Site, said_by, sites
from bot.rules.shown import authored_replies, said_in

UNSAID: Final = "utter_"


@dataclass(frozen=True, slots=True)
class Spoken:
    """One reply as it was authored. name: of its response, else the key that holds it (``say``, ``ask``).

    part and path: where it is written; None for a response of the core's.
    """

    site: Site
    name: str
    language: str
    reply: Reply
    part: Part | None
    path: Path


def spoken_by(authored: Authored, flow: Part) -> Iterator[Spoken]:
    """In the order of the steps; each variation of a response, in each language it is written in."""
    language = (authored.desk.settings.languages or ("en",))[0]
    for site in sites(flow):
        for name, part, path, say in _says(authored, flow, site):
            for spoken_in, reply in authored_replies(say, language, _offered(authored, site, name)):
                yield Spoken(site, name, spoken_in, reply, part, path)


def _says(authored: Authored, flow: Part, site: Site) -> Iterator[tuple[str, Part | None, Path, Say]]:
    for key in ("say", "ask"):
        if isinstance(say := getattr(site.step, key, None), Say):
            yield key, flow, (*site.path, key), say
    for index, rejection in enumerate(getattr(site.step, "rejections", ())):
        if rejection.say is not None:
            yield "say", flow, (*site.path, "rejections", index, "say"), rejection.say
    for name in said_by(site.step):
        part = authored.responses.get(name)
        for index, say in enumerate(authored.desk.responses.get(name, ())):
            yield name, part, (index,), say


def forms_by(authored: Authored, flow: Part) -> Iterator[Spoken]:
    """The form of each step that asks for several slots at once, as channels with forms show it."""
    for site in sites(flow):
        if isinstance(site.step, CollectStep) and len(site.step.slots) > 1:
            for language in authored.desk.settings.languages or ("en",):
                yield Spoken(site, FIRST, language, _form(authored, flow, site.step, language), flow, site.path)


def _form(authored: Authored, flow: Part, step: CollectStep, language: str) -> Reply:
    def words(name: str) -> str:
        return said_in(authored.desk.responses[name][0], language) if name in authored.desk.responses else ""

    fields = tuple(_field(authored, slot, words, language) for slot in step.slots if slot in authored.desk.slots)
    own = said_in(step.ask, language) if step.ask else words(step.utter or f"{ASK}{step.slots[0]}")
    text = words(FIRST).replace("{{ question }}", own)
    title = words(f"{TITLE}{flow.name}") or typed_flow(flow).name or flow.name
    buttons = {name: words(f"utter_form_{name}") for name in ("open", "send", "cancel")}
    return Reply(text=text, form=Form(id="form", title=title, fields=fields, **buttons))


def _field(authored: Authored, slot: str, words: Callable[[str], str], language: str) -> FormField:
    spec = authored.desk.slots[slot]
    label = words(f"{LABEL}{slot}") or words(f"{ASK}{slot}") or spec.description or slot
    titles = {one.value: one.title or one.value for one in spec.values}
    if spec.type == "boolean":
        titles = {one: words(f"utter_form_{one}") for one in ("yes", "no")}
    asked = next(iter(authored.desk.responses.get(f"{ASK}{slot}", ())), None)
    replies = dict(authored_replies(asked, (authored.desk.settings.languages or ("en",))[0])) if asked else {}
    called = {one.payload: one.title for one in replies[language].buttons} if language in replies else {}
    choices = tuple(Option(value=value, title=called.get(value, title)) for value, title in titles.items())
    return FormField(slot=slot, label=label, type=spec.type, choices=choices, hint=words(f"{HINT}{slot}") or None)


def _offered(authored: Authored, site: Site, name: str) -> tuple[Button, ...]:
    """The buttons that a question for a choice brings by itself."""
    if not isinstance(site.step, CollectStep) or name == "say":
        return ()
    slots = [slot for slot in site.step.slots if name in ("ask", site.step.utter, f"{UNSAID}ask_{slot}")]
    return choice_buttons(authored.desk.slots.get(slots[0])) if slots else ()
