"""Which parts of a desk a flow needs: the bundle that a conversation is pinned to, and its hash."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence

from bot.model.desk import Bundle, Desk
from bot.model.flow import AiStep, AnswerStep, CallStep, CollectStep, DoStep, Flow, LinkStep, StepBase, UtterStep
from bot.model.prompt import PromptSpec
from bot.rules.advance.answering import PROMPT, SAID
from bot.rules.advance.calling import SEARCH
from bot.rules.advance.forming import HINT, LABEL, TITLE
from bot.rules.program import inner_blocks

CORE_RESPONSES = (
    "utter_internal_error",
    "utter_human_handoff",
    "utter_still_working",
    "utter_hand_back",
    "utter_refused",
    "utter_noted",
    "utter_fill_form",
    "utter_form_again",
    "utter_form_closed",
    "utter_form_open",
    "utter_form_send",
    "utter_form_cancel",
    "utter_form_yes",
    "utter_form_no",
)
"""Responses that the interpreter says by itself."""
CORE_PATTERNS = (
    "pattern_internal_error",
    "pattern_user_silence",
    "pattern_completed",
    "pattern_satisfaction",
    "pattern_continue_interrupted",
    "pattern_handle_digressions",
)
"""Flows that the interpreter begins by itself, so that each bundle has them: pinned like the flow that they mend."""


def all_steps(steps: Sequence[StepBase]) -> Iterator[StepBase]:
    """Every step of a block and of the blocks inside it."""
    for step in steps:
        yield step
        for _, _, inner, _ in inner_blocks(step, "", None):
            yield from all_steps(inner)


def reached_flows(desk: Desk, start: str) -> list[str]:
    """The flow and all flows that it can come to by call or link, in order of discovery."""
    found = [start]
    for name in found:
        for step in all_steps(desk.flows[name].steps):
            target = step.call if isinstance(step, CallStep) else step.link if isinstance(step, LinkStep) else None
            if target is not None and target in desk.flows and target not in found:
                found.append(target)
    return found


def used_responses(flow: Flow) -> Iterator[str]:
    for step in all_steps(flow.steps):
        if isinstance(step, UtterStep):
            yield step.utter
        if isinstance(step, AnswerStep):
            yield SAID
        if isinstance(step, CollectStep):
            yield from ([step.utter] if step.utter else [f"utter_ask_{slot}" for slot in step.slots])
            yield from (f"{name}{slot}" for slot in step.slots for name in (LABEL, HINT))
            yield from (rejection.utter for rejection in step.rejections if rejection.utter)


def used_prompts(flow: Flow) -> Iterator[str]:
    for step in all_steps(flow.steps):
        if isinstance(step, AiStep) and isinstance(step.ai, str):
            yield step.ai
        if isinstance(step, AnswerStep) and step.answer.mode == "generative":
            yield PROMPT


def reads_articles(flow: Flow, prompts: Mapping[str, PromptSpec]) -> bool:
    """Whether the flow may answer from the articles, search them, or show them to a model."""
    return any(_reads_articles(step, prompts) for step in all_steps(flow.steps))


def _reads_articles(step: StepBase, prompts: Mapping[str, PromptSpec]) -> bool:
    if isinstance(step, DoStep):
        return step.do == SEARCH
    if not isinstance(step, AiStep):
        return isinstance(step, AnswerStep)
    asked = prompts.get(step.ai) if isinstance(step.ai, str) else step.ai
    parts = step.settings.context if step.settings.context is not None else asked.context if asked else ()
    return "articles" in parts


def bundle_of(desk: Desk, flow: str) -> Bundle:
    """Everything that one flow needs to run to its end, whatever happens to the files meanwhile."""
    begun = (flow, *(name for name in CORE_PATTERNS if name in desk.flows))
    flows = {name: desk.flows[name] for start in begun for name in reached_flows(desk, start)}
    responses = {name for one in flows.values() for name in used_responses(one)} | set(CORE_RESPONSES)
    responses |= {name for name in desk.responses if name.startswith(("utter_refused_", TITLE))}
    prompts = {name for one in flows.values() for name in used_prompts(one)}
    reads = any(reads_articles(one, desk.prompts) for one in flows.values())
    return Bundle(
        flow=flow,
        flows=flows,
        slots=desk.slots,
        responses={name: desk.responses[name] for name in sorted(responses) if name in desk.responses},
        prompts={name: desk.prompts[name] for name in sorted(prompts) if name in desk.prompts},
        settings=desk.settings,
        knowledge=desk.knowledge.hash if desk.knowledge.articles and reads else None,
    )


def write_bundle(bundle: Bundle) -> str:
    """The stored text of a bundle. Equal bundles give equal texts."""
    return bundle.model_dump_json(by_alias=True, exclude_defaults=True)


def hash_of(text: str) -> str:
    """The name of a stored bundle: the first 32 hex digits of its SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]
