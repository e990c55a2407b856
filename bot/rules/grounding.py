"""Whether what a model wrote stands on the passages that it was given."""

import re
from collections.abc import Sequence
from typing import Final

from bot.model.article import FoundPassage
from bot.model.base import Json, JsonObject

NO_ARTICLE: Final = "none"
"""What a model cites when no passage answers."""
_NUMBER: Final = re.compile(r"\d+(?:[.,\u202f\u00a0 ]\d{3})*(?:[.,]\d+)?")
_LIST_MARK: Final = re.compile(r"^\s*\d+[.)]\s", re.MULTILINE)
_MARK: Final = re.compile(r"\s*\[[\w./-]+#\d+\]")


def answer_schema(schema: JsonObject, passages: Sequence[FoundPassage]) -> JsonObject:
    """The output of the prompt, its citations narrowed to what was given: an invented one does not fit, and is
    repaired once like anything that does not fit."""
    properties = schema.get("properties") or {}
    known = [*(one.id for one in passages), NO_ARTICLE]
    cited = {"type": "array", "minItems": 1, "maxItems": len(known), "items": {"type": "string", "enum": known}}
    return {**schema, "properties": {**properties, "citations": cited}}


def why_ungrounded(output: Json, passages: Sequence[FoundPassage], question: str) -> str | None:
    """What is wrong with an answer ``{answer, citations}``; None where it stands.

    Every citation has to be one of the passages, there has to be one, and each number of the answer has to stand in a
    cited passage or in the question: prices and periods are what people act on.
    """
    if not isinstance(output, dict) or not isinstance(output.get("answer"), str) or not output["answer"].strip():
        return "the answer is empty"
    cited = output.get("citations")
    if not isinstance(cited, list) or not cited:
        return "it cites nothing"
    by_id = {one.id: one for one in passages}
    invented = [one for one in cited if one not in by_id]
    if invented:
        return f"it cites {invented[0]!r}, which it was not given"
    material = "\n".join(f"{by_id[one].title}\n{by_id[one].heading}\n{by_id[one].text}" for one in cited)
    known = _numbers(f"{material}\n{question}")
    made_up = sorted(_numbers(_LIST_MARK.sub("", without_marks(output["answer"]))) - known)
    return f"no cited passage has the number {made_up[0]}" if made_up else None


def without_marks(text: str) -> str:
    """The answer without marks like ``[plans#2]``: people read the sources below it."""
    return _MARK.sub("", text).strip()


def _numbers(text: str) -> set[str]:
    """Numbers as their digits, so that 1,000 and 1.000 are the same."""
    return {re.sub(r"\D", "", found) for found in _NUMBER.findall(text)}
