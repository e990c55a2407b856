"""What Slack refuses: the limits of a message and of Block Kit (docs.slack.dev/reference/block-kit)."""

import json
import re
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
    blocks, metadata = view.get("blocks", []), view.get("private_metadata", "")
    short = all(_text_holds(view[name], 24) for name in ("title", "submit", "close") if name in view)
    asks = any(block.get("type") == "input" for block in blocks)
    whole = "title" in view and ("submit" in view or not asks)
    named = len(view.get("callback_id", "")) <= 255 and len(metadata) <= 3_000
    holds = 1 <= len(blocks) <= 100 and _ids_differ(blocks) and all(map(_view_block_holds, blocks))
    return None if short and whole and named and holds else "invalid_arguments"


def _view_block_holds(block: Any) -> bool:
    if not isinstance(block, dict) or block.get("type") != "input":
        return _block_holds(block)
    hint = "hint" not in block or _text_holds(block["hint"], 2_000)
    named = 1 <= len(block.get("block_id", "x")) <= 255
    return named and hint and _text_holds(block.get("label"), 2_000) and _input_holds(block.get("element", {}))


def _input_holds(element: Mapping[str, Any]) -> bool:
    """docs.slack.dev/reference/block-kit/block-elements: what stands in an input from the start has to fit it."""
    if not 1 <= len(element.get("action_id", "")) <= 255:
        return False
    initial = element.get("initial_value", "")
    match element.get("type"):
        case "plain_text_input":
            return 1 <= element.get("max_length", 3_000) <= 3_000 and len(initial) <= 3_000
        case "email_text_input" | "url_text_input":
            return isinstance(initial, str)
        case "number_input":
            wanted = r"-?\d+(\.\d+)?" if element["is_decimal_allowed"] else r"-?\d+"
            return not initial or re.fullmatch(wanted, initial) is not None
        case "datepicker":
            return re.fullmatch(r"\d{4}-\d{2}-\d{2}", element.get("initial_date", "2026-01-01")) is not None
        case "timepicker":
            return re.fullmatch(r"\d{2}:\d{2}", element.get("initial_time", "12:00")) is not None
        case "static_select" | "radio_buttons" | "checkboxes" as kind:
            return _options_hold(element, 100 if kind == "static_select" else 10)
        case _:
            return False


def _options_hold(element: Mapping[str, Any], most: int) -> bool:
    options = element.get("options", [])
    chosen = element.get("initial_option")
    return (
        1 <= len(options) <= most
        and (chosen is None or chosen in options)
        and all(_text_holds(option.get("text"), 75) and 1 <= len(option.get("value", "")) <= 150 for option in options)
    )
