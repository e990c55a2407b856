"""Names in steps: actions, slots, responses, flows, prompts, teams and step ids must be there."""

import re
from collections.abc import Iterable
from typing import Final

from bot.model.flow import (
    AiStep,
    AnswerStep,
    CallStep,
    CollectStep,
    DoStep,
    HandoffStep,
    LinkStep,
    ReviewStep,
    SetSlotsStep,
    UtterStep,
)
from bot.model.prompt import InlinePrompt
from bot.rules.check.authored import typed_flow
from bot.rules.check.parts import Part
from bot.rules.check.places import Path
from bot.rules.check.report import Level, listed, nearest, suggestion
from bot.rules.check.tools import check_action, check_tools
from bot.rules.check.walk import Site, all_sites, sites
from bot.rules.check.world import World

ROLES: Final = ("agent", "lead", "author", "admin", "owner")


def check_references(world: World, part: Part) -> None:
    """Names that one flow uses."""
    for site in sites(part):
        if not site.lost:
            _site(world, site)
    _ids(world, part)
    flow = typed_flow(part)
    for index, name in enumerate(flow.persisted_slots):
        _slot(world, part, ("persisted_slots", index), name)
    for index, trigger in enumerate(flow.triggers):
        for key in ("form", "manual"):
            roles = getattr(trigger, key)
            _roles(world, part, ("triggers", index, key, "roles"), roles.roles if roles else ())


def _site(world: World, site: Site) -> None:
    part, path = site.part, site.path
    match site.step:
        case DoStep(do=name):
            check_action(world, part, (*path, "do"), name)
        case CollectStep():
            _collect(world, site, site.step)
        case UtterStep(utter=name):
            _response(world, part, (*path, "utter"), name)
        case CallStep(call=name) | LinkStep(link=name):
            _flow(world, part, (*path, site.step.kind), name)
        case AiStep(ai=prompt):
            _prompt(world, part, path, prompt)
        case SetSlotsStep(set_slots=slots):
            for name in slots:
                _slot(world, part, (*path, "set_slots", name), name, key=True)
        case AnswerStep(answer=answer):
            _articles(world, part, (*path, "answer", "articles"), answer.articles)
        case HandoffStep() | ReviewStep():
            _people(world, part, path, site.step)


def _people(world: World, part: Part, path: Path, step: HandoffStep | ReviewStep) -> None:
    if isinstance(step, HandoffStep):
        _team(world, part, (*path, "handoff", "team"), step.handoff.team)
    else:
        _team(world, part, (*path, "review", "team"), step.review.team)
        _edited(world, part, path, step.review.edit)


def _collect(world: World, site: Site, step: CollectStep) -> None:
    part, path = site.part, site.path
    single = isinstance(step.collect, str)
    for index, name in enumerate(step.slots):
        here: Path = (*path, "collect") if single else (*path, "collect", index)
        _slot(world, part, here, name)
        _question(world, part, here, step, name)
    if step.utter is not None:
        _response(world, part, (*path, "utter"), step.utter)
    for index, rejection in enumerate(step.rejections):
        place: Path = (*path, "rejections", index)
        if rejection.utter is not None:
            _response(world, part, (*place, "utter"), rejection.utter)
        elif rejection.say is None:
            what = "this rejection says nothing, so nobody learns why the answer was refused"
            world.at_value(part, place, "silent-rejection", what, "Add `say: ...` or `utter: utter_...`.")


def _question(world: World, part: Part, path: Path, step: CollectStep, slot: str) -> None:
    response = f"utter_ask_{slot}"
    if step.ask is not None or step.utter is not None or response in world.authored.names("response"):
        return
    if slot not in world.authored.names("slot") or world.authored.may_exist(response):
        return
    what = f"nothing asks for {slot!r}: there is no response {response!r}"
    world.at_value(part, path, "no-question", what, "Add that response, or `ask: ...` to this step.")


def _slot(world: World, part: Part, path: Path, name: str, key: bool = False) -> None:
    known = world.authored.names("slot")
    if name in known or world.authored.may_exist(name):
        return
    report = world.at_key if key else world.at_value
    report(
        part,
        path,
        "unknown-slot",
        f"there is no slot {name!r}",
        suggestion(name, known, "Declare it under `slots`."),
    )


def _response(world: World, part: Part, path: Path, name: str) -> None:
    known = world.authored.names("response")
    if name not in known:
        world.unknown(part, path, "response", name, known, "Declare it under `responses`.")


def _flow(world: World, part: Part, path: Path, name: str) -> None:
    known = world.authored.names("flow")
    if name not in known:
        world.unknown(part, path, "flow", name, known, f"The flows are {listed(known)}.")


def _prompt(world: World, part: Part, path: Path, prompt: str | InlinePrompt) -> None:
    if isinstance(prompt, InlinePrompt):
        check_tools(world, part, (*path, "ai"), prompt)
        return
    known = world.authored.names("prompt")
    if prompt not in known:
        world.unknown(
            part, (*path, "ai"), "prompt", prompt, known, f"Add the file prompts/{prompt}.yml.", "prompt spec"
        )


def _articles(world: World, part: Part, path: Path, articles: Iterable[str]) -> None:
    known = world.authored.names("article")
    for index, name in enumerate(articles):
        if name not in known and known:
            world.unknown(part, (*path, index), "article", name, known, f"The articles are {listed(known)}.")


def _team(world: World, part: Part, path: Path, team: str | None) -> None:
    teams = world.desk.settings.teams
    if team is None or not teams or team in teams or "{{" in team:
        return
    fix = suggestion(team, teams, f"The teams are {listed(teams)}.")
    world.at_value(part, path, "unknown-team", f"there is no team {team!r}", fix)


def _roles(world: World, part: Part, path: Path, roles: Iterable[str]) -> None:
    for index, role in enumerate(roles):
        if role not in ROLES:
            near = nearest(role, ROLES)
            fix = f"Did you mean {near!r}?" if near else f"The roles are {', '.join(ROLES)}."
            level: Level = "error" if near else "warning"
            world.at_value(part, (*path, index), "unknown-role", f"there is no role {role!r}", fix, level)


def _edited(world: World, part: Part, path: Path, edited: str | None) -> None:
    if edited is None:
        return
    ids = [site.step.id for site in all_sites(part) if site.step.id]
    if edited in ids:
        return
    name = re.sub(r"^steps\.", "", edited)
    fix = (
        f"Write {name!r}."
        if name in ids
        else suggestion(edited, ids, "Write the id of the step whose output is edited.")
    )
    what = f"no step of this flow has the id {edited!r}"
    world.at_value(part, (*path, "review", "edit"), "unknown-step", what, fix)


def _ids(world: World, part: Part) -> None:
    """An id names one step of a flow, wherever it stands."""
    first: dict[str, Site] = {}
    for site in all_sites(part):
        step_id = site.step.id
        if step_id is None:
            continue
        if step_id in first:
            line, _ = part.source.key_place(part.file_path((*first[step_id].path, "id")))
            what = f"a step in line {line} of this flow has the id {step_id!r} already"
            world.at_value(part, (*site.path, "id"), "duplicate-id", what, "Give this step another id.")
        first.setdefault(step_id, site)
