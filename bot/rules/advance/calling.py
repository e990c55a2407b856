"""Steps that reach outside: ``do`` and ``ai``. Their outcomes are in outcomes.py."""

from collections.abc import Sequence
from typing import Final

from bot.model.base import JsonObject
from bot.model.effect import Act, Think
from bot.model.flow import AiStep, DoStep, StepBase
from bot.model.prompt import ContextPart, InlinePrompt, PromptSpec, ToolUse
from bot.model.state import Cursor, Frame, Waiting
from bot.rules.advance.context import context_of
from bot.rules.advance.machine import Machine
from bot.rules.expression import render_value
from bot.rules.program import Node
from bot.rules.prompt_scope import complete, prompt_scope

_TEXTS = ("prompt", "system")
SEARCH: Final = "knowledge.search"


def do_step(m: Machine, frame: Frame, cursor: Cursor, node: Node) -> None:
    step = node.step
    assert isinstance(step, DoStep)
    args: JsonObject = m.render(step.with_, frame, cursor)
    if step.do == SEARCH and m.loaded(frame).bundle.knowledge is not None:
        args.setdefault("knowledge", m.loaded(frame).bundle.knowledge)
    shown = m.mask(args)
    act = Act(
        key=m.key(frame, node),
        frame=frame.number,
        node=node.name,
        action=step.do,
        args=args,
        shown=None if shown == args else shown,
        timeout_seconds=seconds_of(step),
        connection=step.connection,
        retries=step.settings.retries,
    )
    begin(m, cursor, act)


def ai_step(m: Machine, frame: Frame, cursor: Cursor, node: Node) -> None:
    """Ask the prompt; where it is to see articles, look for them first."""
    _, inputs, parts = _asked(m, frame, cursor, node)
    knowledge, question = m.loaded(frame).bundle.knowledge, _about(m, frame, inputs)
    if "articles" not in parts or knowledge is None or not question:
        think(m, frame, cursor, node)
        return
    language = m.state.language or m.loaded(frame).bundle.settings.languages[0]
    args: JsonObject = {"question": question, "language": language, "knowledge": knowledge}
    begin(m, cursor, Act(key=m.key(frame, node), frame=frame.number, node=node.name, action=SEARCH, args=args))


def looks_for_articles(cursor: Cursor) -> bool:
    """Whether an ``ai`` step is still at its search."""
    call = cursor.waiting.call if cursor.waiting is not None else None
    return call is not None and call.get("action") == SEARCH


def _about(m: Machine, frame: Frame, inputs: JsonObject) -> str:
    """What articles are looked for: the contact's last words, else the texts that the prompt is handed."""
    said = next((line.text for line in reversed(m.state.recent) if line.who == "contact"), "")
    return said or " ".join(str(m.mask(value)) for value in inputs.values() if isinstance(value, str))


def _asked(
    m: Machine, frame: Frame, cursor: Cursor, node: Node
) -> tuple[JsonObject, JsonObject, Sequence[ContextPart]]:
    """The prompt of an ``ai`` step with its texts filled in, its inputs, and what it may see of the conversation."""
    step = node.step
    assert isinstance(step, AiStep)
    given = m.render(step.with_, frame, cursor)
    spec, inputs = (
        _inline(m, frame, cursor, step, given)
        if isinstance(step.ai, InlinePrompt)
        else (named_spec(m, frame, step.ai, given))
    )
    wished = step.settings.context
    return spec, inputs, spec["context"] if wished is None else wished


def think(m: Machine, frame: Frame, cursor: Cursor, node: Node, articles: Sequence[str] = ()) -> None:
    """Ask the prompt of an ``ai`` step. articles: passages that were found for it."""
    spec, inputs, parts = _asked(m, frame, cursor, node)
    context = context_of(m, frame, parts) | ({"articles": list(articles)} if articles else {})
    asked = Think(
        key=m.key(frame, node), frame=frame.number, node=node.name, spec=spec, inputs=m.mask(inputs),
        context=context, timeout_seconds=seconds_of(node.step),
    )  # fmt: skip
    begin(m, cursor, asked)


def named_spec(m: Machine, frame: Frame, name: str, given: JsonObject) -> tuple[JsonObject, JsonObject]:
    """A spec with its texts and tools filled in, and its inputs: all that its texts and tools see."""
    found = m.loaded(frame).bundle.prompts.get(name)
    if found is None:
        raise m.missing("prompt", name)
    inputs = complete(found.inputs, given)
    spec = found.model_dump(mode="json", by_alias=True)
    scope = prompt_scope(inputs)
    return spec | _filled(m, found, spec, scope), inputs


def _inline(m: Machine, frame: Frame, cursor: Cursor, step: AiStep, given: JsonObject) -> tuple[JsonObject, JsonObject]:
    """A prompt written in its step, in the shape of a spec. Its texts see all that the flow's texts see."""
    assert isinstance(step.ai, InlinePrompt)
    spec = step.ai.model_dump(mode="json", by_alias=True)
    filled = _filled(m, step.ai, spec, m.scope(frame, cursor))
    about = {
        "name": f"{frame.flow}.{step.id or 'inline'}",
        "owner": m.loaded(frame).bundle.flows[frame.flow].owner,
        "output": spec.pop("schema"),
    }
    return spec | filled | about, given


def _filled(m: Machine, asked: PromptSpec | InlinePrompt, spec: JsonObject, scope: JsonObject) -> JsonObject:
    """What of a prompt is worked out: its texts in fences, and the tools with the arguments that are set here."""
    texts = {key: m.fenced(spec[key], scope) for key in _TEXTS if spec[key] is not None}
    return {**texts, "tools": [_tool(m, scope, tool) for tool in asked.tools]}


def _tool(m: Machine, scope: JsonObject, tool: str | ToolUse) -> JsonObject:
    """What a model may call, with the arguments that the flow sets filled in."""
    if isinstance(tool, str):
        return {"action": tool}
    args = render_value(tool.with_, scope, m.around.now)
    shown = m.mask(args)
    return {"action": tool.action, "with": args, "shown": shown, "connection": tool.connection, "writes": tool.writes}


def seconds_of(step: StepBase) -> float | None:
    return step.settings.timeout.total_seconds() if step.settings.timeout else None


def begin(m: Machine, cursor: Cursor, effect: Act | Think, found: JsonObject | None = None) -> None:
    """``found``: what an answer was looked for and found, kept while a model puts it into words."""
    call = effect.model_dump(mode="json") | {"is": "act" if isinstance(effect, Act) else "think"}
    m.wait(cursor, Waiting(kind="effect", key=effect.key, attempt=effect.attempt, call=call, found=found))
    m.emit(effect)


def begin_again(m: Machine, cursor: Cursor) -> None:
    """Another attempt at exactly the effect that this cursor asked for."""
    waiting = cursor.waiting
    assert waiting is not None
    assert waiting.call is not None
    call = {name: value for name, value in waiting.call.items() if name != "is"} | {"attempt": waiting.attempt + 1}
    begin(m, cursor, Act(**call) if waiting.call["is"] == "act" else Think(**call), waiting.found)
