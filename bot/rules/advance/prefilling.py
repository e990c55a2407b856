"""What a message says by the way: ``prefill`` slots of the flows that it is for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.model.incoming import Said
from bot.model.message import FileRef
from bot.model.parse import Entity, Parse
from bot.model.slot import SlotSpec
from bot.model.state import Frame
from bot.rules.advance.machine import Machine
from bot.rules.advance.places import chains
from bot.rules.values import LACKING, Answer, Filled, read_entity, read_value

LONGEST_HEARD = 100
"""Characters that are kept of an answer that lacked a part."""
_ENTITIES_OF: Mapping[str, tuple[str, ...]] = {"integer": ("number",)}
"""Slot types whose values stand in entities of another name."""


@dataclass(frozen=True, slots=True)
class Words:
    """What was said of a wish, where that is not the whole turn."""

    text: str
    parse: Parse
    files: tuple[FileRef, ...] = ()


def prefill(m: Machine, frame: Frame, said: Said | Words, but: SlotSpec | None = None) -> list[str]:
    """Fill empty ``prefill`` slots that this flow, or one that called it, asks for or reads; returns their names.

    A value is that of one slot: of the one that it is named like, else of the first of its type, in the order in which
    the flow asks. Two values for two slots of one type tell nobody which is which, so they fill neither.

    but: the slot that the message answers; what is of its type is the answer.
    """
    wanted = [
        (name, spec)
        for name, spec in _fillable(m, frame)
        if m.state.slots.get(name) is None and (but is None or _is_apart(spec, but))
    ]
    filled: list[str] = []
    types: set[str] = set()
    for name, spec in wanted:
        if spec.type in types:
            continue
        alike = sum(other.type == spec.type for _, other in wanted)
        answer = _by_the_way(m, name, spec, said, alone=alike == 1)
        if isinstance(answer, Filled):
            m.set_slot(frame, name, answer.value)
            filled.append(name)
            types |= set() if spec.type in ("choice", "pattern") else {spec.type}
        elif answer is not None and answer.code in LACKING and not spec.sensitive:
            frame.vars[heard_name(name)] = said.text[:LONGEST_HEARD]
    return filled


def _is_apart(spec: SlotSpec, asked: SlotSpec) -> bool:
    """Whether a value of this slot can be told from an answer to the question. Patterns have forms of their own."""
    return spec.type != asked.type or (spec.type == "pattern" and spec.pattern != asked.pattern)


def heard_name(slot: str) -> str:
    """A private variable with what was said of a slot before it was asked for: no name in a flow can hold a space."""
    return f"heard {slot}"


def heard_before(m: Machine, frame: Frame, slot: str) -> str | None:
    """Words that lacked a part of this slot's value, said before it was asked for; they count once."""
    for one in _chain(m, frame):
        if (words := one.vars.pop(heard_name(slot), None)) is not None:
            return str(words)
    return None


def _chain(m: Machine, frame: Frame) -> list[Frame]:
    """The flow and those that called it, innermost first."""
    chain = next((chain for chain in chains(m.state) if any(one is frame for one in chain)), [frame])
    return chain[next(i for i, one in enumerate(chain) if one is frame) :]


def _fillable(m: Machine, frame: Frame) -> Iterator[tuple[str, SlotSpec]]:
    """The ``prefill`` slots that these flows have a use for, in the order in which they ask."""
    seen: set[str] = set()
    for one in _chain(m, frame):
        loaded = m.loaded(one)
        for name in loaded.uses.get(one.flow, ()):
            spec = loaded.bundle.slots.get(name)
            if spec is not None and spec.prefill and name not in seen:
                seen.add(name)
                yield name, spec


def _by_the_way(m: Machine, name: str, spec: SlotSpec, said: Said | Words, *, alone: bool) -> Answer | None:
    """What the message holds for this slot. alone: no other slot could be meant by a value of its type."""
    if spec.type == "file":
        return Filled(said.files[0].model_dump(mode="json")) if said.files else None
    if spec.type == "datetime":
        return _moment(m, spec, said)
    kinds = (spec.type, *_ENTITIES_OF.get(spec.type, ()))
    named = [entity for entity in said.parse.entities if entity.entity == name and name not in kinds]
    typed = [entity for entity in said.parse.entities if entity.entity in kinds]
    if not alone and len({str(entity.value) for entity in typed}) > 1:
        typed = []
    answers = (_read(m, spec, entity, said) for entity in (*named, *typed))
    # Else its form is right and the slot's bounds refuse it: it will be asked for.
    return next((answer for answer in answers if isinstance(answer, Filled)), None)


def _moment(m: Machine, spec: SlotSpec, said: Said | Words) -> Answer | None:
    """A day with a time; a parse has no such entity, because it knows no clock."""
    found = {entity.entity for entity in said.parse.entities}
    if "date" not in found:
        return None
    return read_value(
        spec,
        said.text,
        now=m.around.now,
        timezone=m.state.contact.get("timezone") or m.around.timezone,
        language=m.state.language or said.parse.language,
    )


def _read(m: Machine, spec: SlotSpec, entity: Entity, said: Said | Words) -> Answer:
    return read_entity(
        spec,
        entity,
        now=m.around.now,
        timezone=m.state.contact.get("timezone") or m.around.timezone,
        language=m.state.language or said.parse.language,
    )
