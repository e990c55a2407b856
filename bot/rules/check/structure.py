"""How steps may stand together: no wait inside parallel, nothing without an end, no words to nobody."""

from bot.model.flow import (
    CallStep,
    CollectStep,
    Flow,
    HandoffStep,
    Loop,
    LoopStep,
    RespondStep,
    ReviewStep,
    SayStep,
    StepBase,
    UtterStep,
    WaitStep,
)
from bot.rules.bundles import all_steps
from bot.rules.check.authored import typed_flow
from bot.rules.check.parts import Part
from bot.rules.check.walk import Site, sites
from bot.rules.check.world import World

_WAITS = (CollectStep, ReviewStep, HandoffStep, WaitStep)


def check_structure(world: World, part: Part) -> None:
    """One flow."""
    for site in sites(part):
        _parallel(world, site)
        match site.step:
            case LoopStep(loop=loop) if loop.while_ is not None and not _is_bounded(site, loop):
                what = "this loop may go on for ever: `while` has no `max_iterations`"
                world.at_key(part, (*site.path, "loop"), "unbounded-loop", what, "Add `max_iterations: 10`.")
            case WaitStep(wait=wait) if wait.event is not None and wait.timeout is None:
                what = f"this waits for {wait.event!r} without an end"
                fix = "Add `timeout: 7d`, and `on_timeout` with what happens then."
                world.at_key(part, (*site.path, "wait"), "wait-without-timeout", what, fix)
            case RespondStep():
                _respond(world, site)
            case SayStep() | UtterStep():
                _addressed(world, site, site.step)
            case CollectStep() if _is_alone(typed_flow(part)):
                what = "there is nobody to ask: the flow runs without a conversation"
                fix = "Take the value from `input`, or ask a person with `review`."
                world.at_key(part, (*site.path, "collect"), "ask-nobody", what, fix)
            case CollectStep(on_give_up=()):
                what = "`on_give_up` is empty: when there is no usable answer, nothing happens"
                fix = "Delete it, so that a person is fetched, or add a handoff, a say or a stop."
                world.at_key(part, (*site.path, "on_give_up"), "dead-end", what, fix)


def _is_bounded(site: Site, loop: Loop) -> bool:
    """Whether a bound is written; one that could not be read has had its finding."""
    source, path = site.part.source, site.part.file_path(site.path)
    written = (source.mark_at((*path, *inner, "max_iterations"))[1] for inner in ((), ("loop",)))
    return loop.max_iterations is not None or any(written)


def _parallel(world: World, site: Site) -> None:
    branch = next((label for label, _ in reversed(site.inside) if label.startswith("branch")), None)
    if branch is None:
        return
    if isinstance(site.step, _WAITS):
        what = f"`{site.step.kind}` cannot stand inside `parallel`: branches do not wait for people, times or events"
        world.at_key(
            site.part,
            (*site.path, site.step.kind),
            "wait-in-parallel",
            what,
            "Put it before or behind the parallel step.",
        )
    elif isinstance(site.step, CallStep):
        trail = _way_to_wait(world, site.step.call)
        if trail is not None:
            what = f"flow {site.step.call!r} waits ({' -> '.join(trail)}), and cannot be called inside `parallel`"
            world.at_value(
                site.part,
                (*site.path, "call"),
                "wait-in-parallel",
                what,
                "Call it before or behind the parallel step.",
            )


def _way_to_wait(world: World, flow: str) -> tuple[str, ...] | None:
    """The way from a flow to the nearest step that waits, through the flows that it calls."""
    ways: list[tuple[str, ...]] = [(flow,)]
    seen = {flow}
    for way in ways:
        found = world.desk.flows.get(way[-1])
        for step in (step for step in all_steps(found.steps) if step.enabled) if found else ():
            if isinstance(step, _WAITS):
                return (*way, step.id or step.kind)
            if isinstance(step, CallStep) and step.call not in seen:
                seen.add(step.call)
                ways.append((*way, step.call))
    return None


def _respond(world: World, site: Site) -> None:
    """An answer goes to the caller of a webhook or form; somebody must have called."""
    triggers = typed_flow(site.part).triggers
    if not triggers or any(trigger.webhook or trigger.form for trigger in triggers):
        return
    what = "nobody gets this answer: the flow is started by neither a webhook nor a form"
    world.at_key(site.part, (*site.path, "respond"), "respond-to-nobody", what, "Use `say`, or add a webhook trigger.")


def _is_alone(flow: Flow) -> bool:
    """Whether the flow never has a conversation. A form or a button of the console may belong to one, a message and an
    event of the desk do; a webhook or a schedule never does."""
    speaks = any(trigger.intent or trigger.event for trigger in flow.triggers)
    return not speaks and any(trigger.webhook or trigger.schedule for trigger in flow.triggers)


def _addressed(world: World, site: Site, step: SayStep | UtterStep) -> None:
    """A run has no conversation to speak in, so a reply in it needs an address."""
    flow = typed_flow(site.part)
    if step.to is not None or not flow.triggers or any(trigger.intent or trigger.event for trigger in flow.triggers):
        return
    what = "nobody hears this: the flow runs without a conversation"
    fix = "Add `to: {contact: ..., channel: ...}`."
    place = (*site.path, step.kind)
    world.at_key(site.part, place, "say-to-nobody", what, fix, "error" if _is_alone(flow) else "warning")


def waits(step: StepBase) -> bool:
    """Whether a step pauses the flow."""
    return isinstance(step, _WAITS)
