"""What Slack refuses: the limits of a message and of Block Kit (docs.slack.dev/reference/block-kit)."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

MAX_TEXT: Final = 40_000
MAX_BLOCKS: Final = 50
MAX_BLOCKS_JSON: Final = 13_200


def refusal_of(body: Mapping[str, Any], blocks: Any) -> str | None:
    """Slack's error for a message, None for one that it takes. blocks: as they were sent, decoded."""
    if len(str(body.get("text") or "")) > MAX_TEXT:
        return "msg_too_long"
    if blocks is None:
        return None if body.get("text") else "no_text"
    if not isinstance(blocks, list) or not blocks or len(blocks) > MAX_BLOCKS:
        return "invalid_blocks"
    if not all(_block_holds(block) for block in blocks) or not _ids_differ(blocks):
        return "invalid_blocks"
    return "msg_blocks_too_long" if len(json.dumps(blocks)) > MAX_BLOCKS_JSON else None


def _ids_differ(blocks: Sequence[Mapping[str, Any]]) -> bool:
    named = [block["block_id"] for block in blocks if "block_id" in block]
    return len(set(named)) == len(named)


def _block_holds(block: Any) -> bool:
    if not isinstance(block, dict) or len(block.get("block_id", "x")) not in range(1, 256):
        return False
    match block.get("type"):
        case "section":
            return _text_holds(block.get("text"), 3_000)
        case "image":
            url, alt = block.get("image_url", ""), block.get("alt_text", "")
            return url.startswith("http") and len(url) <= 3_000 and 1 <= len(alt) <= 2_000
        case "actions":
            elements = block.get("elements", [])
            ids = [element.get("action_id") for element in elements]
            return 1 <= len(elements) <= 25 and len(set(ids)) == len(ids) and all(map(_element_holds, elements))
        case "context":
            return 1 <= len(block.get("elements", [])) <= 10
        case "header":
            return _text_holds(block.get("text"), 150)
        case "divider":
            return True
        case _:
            return False


def _element_holds(element: Mapping[str, Any]) -> bool:
    if not 1 <= len(element.get("action_id", "")) <= 255:
        return False
    if element.get("type") == "button":
        return (
            _text_holds(element.get("text"), 75)
            and len(element.get("value", "")) <= 2_000
            and len(element.get("url", "")) <= 3_000
        )
    if element.get("type") == "static_select":
        options = element.get("options", [])
        return 1 <= len(options) <= 100 and all(
            _text_holds(option.get("text"), 75) and 1 <= len(option.get("value", "")) <= 150 for option in options
        )
    return False


def _text_holds(text: Any, most: int) -> bool:
    return isinstance(text, dict) and 1 <= len(text.get("text", "")) <= most


def view_refusal_of(view: Any) -> str | None:
    """Of a modal."""
    if not isinstance(view, dict) or view.get("type") != "modal":
        return "invalid_arguments"
    short = all(len(view.get(name, {}).get("text", "")) <= 24 for name in ("title", "submit", "close"))
    return None if short and 1 <= len(view.get("blocks", [])) <= 100 else "invalid_arguments"
