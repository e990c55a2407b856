"""``frontdesk preview FLOW``: every reply of a flow as each channel renders it."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.edges.desk_loader import Loaded, load_core, load_desk
from bot.model.form import FormLimits
from bot.model.message import Reply
from bot.rules.advance.forming import WITHOUT_A_FIELD
from bot.rules.check.parts import Part
from bot.rules.check.report import suggestion
from bot.rules.check.spoken import Spoken, forms_by, spoken_by
from bot.rules.shown import Preview, lost

NO_FORMS: Final[Mapping[str, FormLimits]] = {}


@dataclass(frozen=True, slots=True)
class Wanted:
    """channel, language: None means each."""

    flow: str
    channel: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """One reply on one channel. number: of the reply, from 1.

    place: ``file:line`` where it is written, empty for the core's responses.
    seen: the messages. lost: what of the reply is not in them.
    """

    number: int
    step: str
    name: str
    place: str
    language: str
    channel: str
    seen: Sequence[str]
    lost: Sequence[str]


def looks_of(
    loaded: Loaded, wanted: Wanted, channels: Mapping[str, Preview], forms: Mapping[str, FormLimits]
) -> Iterator[Look]:
    """What is seen of each reply on each channel that the flow is offered on; forms come last, on those that show them.
    Raises KeyError for an unknown flow."""
    part = loaded.authored.flows[wanted.flow]
    offered = loaded.desk.flows[wanted.flow].channels or tuple(channels)
    replies = (*spoken_by(loaded.authored, part), *forms_by(loaded.authored, part))
    for number, spoken in enumerate(replies, 1):
        if wanted.language in (None, spoken.language):
            for channel in offered:
                known = channel in channels and wanted.channel in (None, channel)
                if known and _has_room(spoken.reply, forms.get(channel)):
                    seen = channels[channel](spoken.reply)
                    yield Look(
                        number, spoken.site.name, spoken.name, _place(spoken), spoken.language, channel, seen,
                        lost(spoken.reply, seen),
                    )  # fmt: skip


def _has_room(reply: Reply, limits: FormLimits | None) -> bool:
    """Whether a channel shows this as one reply: what is in a form is asked for one by one where there is none."""
    if reply.form is None:
        return True
    fields = reply.form.fields
    return (
        limits is not None
        and len(fields) <= limits.fields
        and all(one.type not in WITHOUT_A_FIELD and len(one.choices) <= limits.choices for one in fields)
    )


def _place(spoken: Spoken) -> str:
    part: Part | None = spoken.part
    if part is None:
        return ""
    line, _ = part.source.value_place(part.file_path(spoken.path))
    return f"{part.source.name}:{line}"


def run_preview(
    directory: Path,
    wanted: Wanted,
    channels: Mapping[str, Preview],
    as_json: bool,
    forms: Mapping[str, FormLimits] = NO_FORMS,
) -> int:
    """Print it; the exit code: 1 when something would be lost or a name is unknown, else 0."""
    loaded = load_desk(directory, load_core())
    if (problem := _unknown(loaded, wanted, channels)) is not None:
        sys.stderr.write(f"error: {problem}\n")
        return 1
    looks = list(looks_of(loaded, wanted, channels, forms))
    if as_json:
        rows = [{name: getattr(look, name) for name in Look.__slots__} for look in looks]
        sys.stdout.write(json.dumps(rows, ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in _lines(looks))
    return 1 if any(look.lost for look in looks) else 0


def _unknown(loaded: Loaded, wanted: Wanted, channels: Mapping[str, Preview]) -> str | None:
    if wanted.flow not in loaded.authored.flows or wanted.flow not in loaded.desk.flows:
        known = sorted(set(loaded.authored.flows) & set(loaded.desk.flows))
        return f"there is no sound flow {wanted.flow!r}. {suggestion(wanted.flow, known, 'Run `frontdesk check`.')}"
    if wanted.channel is not None and wanted.channel not in channels:
        return f"there is no channel {wanted.channel!r}. The channels are {', '.join(sorted(channels))}."
    return None


def _lines(looks: Sequence[Look]) -> Iterator[str]:
    """Channels that show the same stand together."""
    grouped: dict[int, dict[tuple[str, ...], list[Look]]] = {}
    for look in looks:
        grouped.setdefault(look.number, {}).setdefault(tuple(look.seen), []).append(look)
    for ways in grouped.values():
        first = next(iter(ways.values()))[0]
        yield f"{first.step} ({first.name}, {first.language}){f'  {first.place}' if first.place else ''}"
        for seen, same in ways.items():
            yield f"  on {', '.join(look.channel for look in same)}:"
            for message in seen:
                yield from (f"    {'|' if number else '>'} {line}" for number, line in enumerate(message.split("\n")))
            for look in same:
                if look.lost:
                    yield f"    LOST on {look.channel}: {', '.join(look.lost)}"
