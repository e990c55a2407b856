"""Keys that are right in form and do nothing where they stand."""

from bot.model.flow import AiStep, AnswerStep, CollectStep, DoStep, LoopStep, ReviewStep, StepBase, WaitStep
from bot.rules.check.parts import Part
from bot.rules.check.places import Path
from bot.rules.check.walk import Site, sites
from bot.rules.check.world import World

_TRIED = (DoStep, AiStep, AnswerStep)
"""Steps that are tried, perhaps several times, and timed."""


def check_useless(world: World, part: Part) -> None:
    """One flow."""
    for site in sites(part):
        _settings(world, site)
        match site.step:
            case CollectStep():
                _collect(world, site, site.step)
            case WaitStep():
                _wait(world, site, site.step)


def _settings(world: World, site: Site) -> None:
    """`settings` that only steps which call something have."""
    step = site.step
    for key in sorted(step.settings.model_fields_set):
        takes_it = isinstance(step, AiStep | AnswerStep) if key == "context" else isinstance(step, _TRIED)
        if not takes_it:
            what = f"`{key}` does nothing for a `{step.kind}` step"
            _report(world, site, ("settings", key), what, _instead(step, key))


def _instead(step: StepBase, key: str) -> str:
    match step:
        case CollectStep() if key == "timeout":
            return "Write `timeout` beside `collect`, outside `settings`."
        case WaitStep() | ReviewStep() if key == "timeout":
            return f"Write `timeout` inside `{step.kind}`."
        case LoopStep() if key == "retries":
            return "Write `max_iterations`, or put it to the steps inside."
    return "Delete it." if key == "context" else "Put it to the `do` or `ai` step that it is meant for, or delete it."


def _collect(world: World, site: Site, step: CollectStep) -> None:
    if step.on_timeout is not None and step.timeout is None:
        what = "`on_timeout` never happens: this step has no `timeout`"
        _report(world, site, ("on_timeout",), what, "Add `timeout: 1d`, or delete it.")
    if step.ask is not None and step.utter is not None:
        _report(world, site, ("utter",), "`utter` does nothing beside `ask`", "Keep one of the two.")
    for index, rejection in enumerate(step.rejections):
        if rejection.say is not None and rejection.utter is not None:
            place: Path = ("rejections", index, "utter")
            _report(world, site, place, "`utter` does nothing beside `say`", "Keep one of the two.")


def _wait(world: World, site: Site, step: WaitStep) -> None:
    if step.wait.event is not None:
        return
    for key in ("match", "timeout", "on_timeout"):
        if getattr(step.wait, key) is not None:
            what = f"`{key}` does nothing without `event`"
            _report(world, site, ("wait", key), what, "Add the `event` that is waited for, or delete it.")


def _report(world: World, site: Site, path: Path, what: str, fix: str) -> None:
    world.at_key(site.part, (*site.path, *path), "useless-key", what, fix)
