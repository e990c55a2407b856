"""The running summary of a conversation, by rules: one line for each thing that has happened to it."""

from bot.model.base import JsonObject

MOST_LINES = 12
LONGEST_LINE = 140


def line_of(event: str, data: JsonObject, title: str | None) -> str | None:
    """What a fact means for the summary, in words; None for what is no news. Never anything that a contact wrote.

    title: of a flow's fact, what the flow is for. None: it is a pattern, or a part of another flow.
    """
    match event:
        case "FlowStarted" if title is not None and data.get("called_by") is None:
            return f"Begun: {title}"
        case "FlowFinished" if title is not None:
            return f"Ended ({data.get('outcome')}): {title}"
        case "FlowCancelled" if title is not None:
            return f"Dropped by {data.get('by')}: {title}"
        case "FlowDeferred" if title is not None:
            return f"For later: {title}"
        case "SlotCorrected":
            return f"Corrected: {data.get('slot')}"
        case "HandoffRequested":
            return f"A person was asked for: {data.get('reason')}"
        case "HandoffReturned":
            return f"Given back by {data.get('by')}"
        case _:
            return None


def continued(story: list[str], line: str) -> list[str]:
    """The summary with one line more; of too many the oldest are left out."""
    return [*story, line[:LONGEST_LINE]][-MOST_LINES:]
