"""A way to a person from every question, and from every pattern that is there to fetch one."""

from collections.abc import Iterator, Sequence
from typing import Final

from bot.model.flow import CallStep, CollectStep, HandoffStep, LinkStep, StepBase
from bot.rules.check.authored import typed_flow
from bot.rules.check.parts import Part
from bot.rules.check.sketch import Lines, opening, talk
from bot.rules.check.walk import Site, sites
from bot.rules.check.world import World
from bot.rules.program import inner_blocks

FETCHER: Final = "pattern_human_handoff"
"""The pattern of the core whose purpose is a person: one that a desk puts in its place must lead to one, too."""


def check_escapes(world: World, part: Part) -> None:
    """One flow."""
    if part.name == FETCHER and part.whole and not _leads_to_a_person(world, typed_flow(part).steps):
        what = f"{part.name!r} fetches nobody: a contact who needs a person would never get one"
        world.at_key(part, (), "no-escape", what, "Add `handoff: {team: support}` to it.")
    for site in sites(part):
        if isinstance(site.step, CollectStep) and site.step.on_give_up and _no_way(world, site.step.on_give_up):
            what = "whoever cannot answer this gets neither to the end of the flow's purpose nor to a person"
            fix = "Add a handoff to `on_give_up`, or delete it: then a person is fetched."
            place = part.source.key_place(part.file_path((*site.path, "on_give_up")))
            world.at_place(part, place, "no-escape", what, fix, "warning", _sketch(world, part, site, site.step))


def _no_way(world: World, steps: Sequence[StepBase]) -> bool:
    """Whether giving up ends the flow and nobody is fetched on the way. Where it goes on, what is behind counts."""
    return any(step.kind == "stop" for step in _all(steps)) and not _leads_to_a_person(world, steps)


def _leads_to_a_person(world: World, steps: Sequence[StepBase], seen: frozenset[str] = frozenset()) -> bool:
    for step in _all(steps):
        if isinstance(step, HandoffStep):
            return True
        target = step.call if isinstance(step, CallStep) else step.link if isinstance(step, LinkStep) else None
        if target is not None and target not in seen:
            flow = world.desk.flows.get(target)
            # A flow that could not be read may lead anywhere.
            if flow is None or _leads_to_a_person(world, flow.steps, seen | {target}):
                return True
    return False


def _all(steps: Sequence[StepBase]) -> Iterator[StepBase]:
    for step in steps:
        yield step
        for _, _, inner, _ in inner_blocks(step, "", None):
            yield from _all(inner)


def _sketch(world: World, part: Part, site: Site, step: CollectStep) -> Lines:
    """The contact gives answers that cannot be used until the desk gives up."""
    asked = talk(world.authored, step)[:1]
    refused = ("customer: (an answer that cannot be used)",)
    told = tuple(line for one in step.on_give_up or () for line in talk(world.authored, one))
    return (*opening(world.authored, part.name, typed_flow(part)), *(asked + refused) * step.max_attempts, *told)
