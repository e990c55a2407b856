"""All checks of a folder, one after the other."""

from collections.abc import Callable, Mapping, Sequence

from bot.model.action import ActionSpec
from bot.model.desk import Finding
from bot.rules.check.arguments import check_arguments
from bot.rules.check.articles import check_answers, check_article, check_asked
from bot.rules.check.authored import Authored, typed_flow
from bot.rules.check.buttons import check_buttons
from bot.rules.check.channels import check_channels
from bot.rules.check.declarations import (
    check_inputs,
    check_response,
    check_slot,
    check_spoken,
    check_unsaid,
    check_unused_slots,
)
from bot.rules.check.ends import check_ends
from bot.rules.check.equal_starts import check_equal_starts
from bot.rules.check.escapes import check_escapes
from bot.rules.check.formats import check_settings, check_triggers
from bot.rules.check.graph import check_graph
from bot.rules.check.intents import check_intents
from bot.rules.check.parts import Part
from bot.rules.check.paths import check_paths
from bot.rules.check.prompts import check_inline, check_prompt
from bot.rules.check.references import check_references
from bot.rules.check.repeats import check_repeats
from bot.rules.check.report import ordered
from bot.rules.check.structure import check_structure
from bot.rules.check.titles import check_choice_titles, check_flow_title
from bot.rules.check.twins import check_tests
from bot.rules.check.useless import check_useless
from bot.rules.check.world import World
from bot.rules.shown import Preview

PartCheck = Callable[[World, Part], None]


def _flow_inputs(world: World, part: Part) -> None:
    check_inputs(world, part, typed_flow(part).inputs.fields)


_OF_PART: Mapping[str, Sequence[PartCheck]] = {
    "flow": (
        check_references, check_arguments, check_paths, check_structure, check_triggers, check_spoken,
        check_inline, check_useless, check_repeats, check_escapes, check_answers, _flow_inputs,
        check_flow_title,
    ),
    "slot": (check_slot, check_choice_titles),
    "response": (check_response,),
    "prompt": (check_prompt,),
    "settings": (check_settings,),
    "article": (check_article,),
    "questions": (check_asked,),
    "evaluation": (check_asked,),
}  # fmt: skip
_OF_ALL: Sequence[Callable[[World], None]] = (
    check_intents, check_buttons, check_graph, check_ends, check_unsaid, check_unused_slots, check_tests,
    check_channels, check_equal_starts,
)  # fmt: skip


def check_desk(
    authored: Authored,
    actions: Mapping[str, ActionSpec],
    loaded: Sequence[Finding] = (),
    all_actions: bool = True,
    channels: Mapping[str, Preview] | None = None,
) -> tuple[Finding, ...]:
    """Everything that is wrong with a folder, sorted by file, line and column.

    actions:     the catalogue. all_actions: it is complete, so that a name it lacks is an error.
    loaded:      findings from loading, which come first in the making and are sorted in here; default: those
                 that ``authored`` carries.
    channels:    what a contact on each channel sees of a reply; default: nobody looks.
    Nothing of the core's gets a finding. Never raises for anything that can be written in a file.
    """
    world = World(authored, actions, all_actions, channels or {})
    for part in authored.parts:
        if part.value is not None:
            for check in _OF_PART.get(part.kind, ()):
                check(world, part)
    for check_all in _OF_ALL:
        check_all(world)
    return ordered((*(loaded or authored.findings), *world.findings))


def broken_parts(authored: Authored, findings: Sequence[Finding]) -> frozenset[tuple[str, str]]:
    """The parts (kind and name) that have an error: a running desk keeps its older version of them."""
    starts: dict[str, list[tuple[int, Part]]] = {}
    for part in authored.parts:
        line, _ = part.source.key_place(part.path)
        starts.setdefault(part.source.name, []).append((line, part))
    broken = {(part.kind, part.name) for part in authored.parts if not part.whole and part.kind != "test_cases"}
    for finding in findings:
        before = [(line, part) for line, part in starts.get(finding.file, ()) if line <= finding.line]
        if finding.level == "error" and before:
            part = max(before, key=lambda pair: pair[0])[1]
            broken.add((part.kind, part.name))
    return frozenset(broken)
