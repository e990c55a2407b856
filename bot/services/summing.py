"""The running summary of a conversation, by a model: where one is connected and a prompt of the desk declares it."""

from bot.errors import ActionFailed
from bot.model.base import JsonObject
from bot.model.desk import Desk
from bot.model.flow import AiStep
from bot.model.llm import Question
from bot.model.prompt import ContextPart, InlinePrompt
from bot.model.state import State
from bot.ports import Llm
from bot.rules.bundles import all_steps
from bot.rules.fence import enclose

NAME = "frontdesk.summary"
EVERY_TURNS = 6
"""Turns after which the summary is made anew. The lines that are remembered reach as far back."""
LONGEST = 600
_SYSTEM = (
    "You keep a short summary of a conversation at a company's front desk, for a colleague who takes over: what the "
    "contact wants, what is settled, what is open. At most four sentences. Only what is in the text."
)
_SCHEMA: JsonObject = {
    "type": "object",
    "properties": {"summary": {"type": "string", "maxLength": LONGEST}},
    "required": ["summary"],
    "additionalProperties": False,
}


class Summariser:
    """Makes the summary anew when it is due. ``seconds``: how long a turn waits for it."""

    def __init__(self, llm: Llm, seconds: float) -> None:
        self._llm = llm
        self._seconds = seconds
        self._known: tuple[Desk, bool] | None = None

    async def summary_of(self, desk: Desk, state: State) -> JsonObject | None:
        """``{summary, asked}`` or, of a failed call, ``{asked}``; None when none is due. Never raises.

        Sent are the summary so far and the last lines, which are kept without what is sensitive.
        """
        if state.turn - state.summarised_turn < EVERY_TURNS or not self._is_declared(desk):
            return None
        lines = "\n".join(f"{line.who}: {line.text}" for line in state.recent)
        before = f"The summary so far:\n{enclose(state.summary)}\n\n" if state.summary else ""
        question = Question(
            name=NAME, system=_SYSTEM, prompt=f"{before}The last lines:\n{enclose(lines)}", output=_SCHEMA,
            max_tokens=400, timeout_seconds=self._seconds,
        )  # fmt: skip
        try:
            answered = await self._llm.answer(question)
        except ActionFailed as error:
            return {"asked": {"prompt": NAME, "failed": error.failure.kind, "why": str(error)[:300]}}
        asked = {"prompt": NAME, **answered.usage.model_dump(mode="json")}
        return {"summary": answered.output["summary"], "asked": asked}

    def _is_declared(self, desk: Desk) -> bool:
        """Whether any prompt sees the summary: else nobody has said that a conversation may be sent for it."""
        if self._known is None or self._known[0] is not desk:
            self._known = (desk, any("summary" in parts for parts in _declared(desk)))
        return self._known[1]


def _declared(desk: Desk) -> list[tuple[ContextPart, ...]]:
    """The context of every prompt, and of every step that names its own."""
    steps = [step for flow in desk.flows.values() for step in all_steps(flow.steps)]
    inline = [step.ai.context for step in steps if isinstance(step, AiStep) and isinstance(step.ai, InlinePrompt)]
    own = [step.settings.context for step in steps if step.settings.context is not None]
    return [*(prompt.context for prompt in desk.prompts.values()), *inline, *own]
