"""Answers in the form of Anthropic's Messages API and of OpenAI's chat completions, whole or as server-sent events."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bot.model.base import Json, JsonObject
from bot.testing.loopback import answer

_PIECE = 40
"""Characters of one event."""
_TOKENS = {"input": 100, "output": 20}


@dataclass(frozen=True)
class Speech:
    """What the model says: text, or calls of tools (name, arguments), or a refusal; nothing at all is empty.

    is_cut: it ended because max_tokens were over.
    """

    text: str = ""
    calls: tuple[tuple[str, str], ...] = ()
    refusal: str = ""
    is_cut: bool = False


def anthropic_answer(body: JsonObject, speech: Speech) -> bytes:
    """The whole HTTP answer to ``POST /v1/messages``."""
    if body.get("stream"):
        return _events(_anthropic_events(body, speech))
    return answer(200, _anthropic_message(body, speech, _anthropic_content(body, speech), _anthropic_stop(speech)))


def _anthropic_message(body: JsonObject, speech: Speech, content: list[Json], stop: str | None) -> JsonObject:
    return {
        "id": "msg_01", "type": "message", "role": "assistant", "model": body["model"], "content": content,
        "stop_reason": stop, "stop_sequence": None,
        "usage": {"input_tokens": _TOKENS["input"], "output_tokens": _TOKENS["output"] if content else 0},
    }  # fmt: skip


def _anthropic_content(body: JsonObject, speech: Speech) -> list[Json]:
    if speech.calls:
        return [
            {"type": "tool_use", "id": _id(body, place), "name": name, "input": _lenient(arguments)}
            for place, (name, arguments) in enumerate(speech.calls)
        ]
    return [{"type": "text", "text": speech.text}] if speech.text else []


def _id(body: JsonObject, place: int) -> str:
    """Of one call: no two of a conversation are the same."""
    return f"call_{len(body.get('messages') or ())}_{place}"


def _lenient(arguments: str) -> Json:
    """In a whole message a tool's input is JSON itself: what is broken there is a text in its place."""
    try:
        return json.loads(arguments)
    except (ValueError, RecursionError):
        return {"broken": arguments}


def _anthropic_stop(speech: Speech) -> str:
    if speech.is_cut:
        return "max_tokens"
    return "refusal" if speech.refusal else "tool_use" if speech.calls else "end_turn"


def _anthropic_events(body: JsonObject, speech: Speech) -> Iterator[tuple[str, JsonObject]]:
    message = _anthropic_message(body, speech, [], None)
    yield "message_start", {"type": "message_start", "message": message}
    spoken = [(name, arguments) for name, arguments in speech.calls] or [("", speech.text)] * bool(speech.text)
    for index, (tool, words) in enumerate(spoken):
        block: Any = {"type": "text", "text": ""}
        if tool:
            block = {"type": "tool_use", "id": _id(body, index), "name": tool, "input": {}}
        yield "content_block_start", {"type": "content_block_start", "index": index, "content_block": block}
        for piece in _pieces(words):
            kind, name = ("input_json_delta", "partial_json") if tool else ("text_delta", "text")
            delta = {"type": kind, name: piece}
            yield "content_block_delta", {"type": "content_block_delta", "index": index, "delta": delta}
        yield "content_block_stop", {"type": "content_block_stop", "index": index}
    stop = {"stop_reason": _anthropic_stop(speech), "stop_sequence": None}
    tokens = _TOKENS["output"] if spoken else 0
    yield "message_delta", {"type": "message_delta", "delta": stop, "usage": {"output_tokens": tokens}}
    yield "message_stop", {"type": "message_stop"}


def openai_answer(body: JsonObject, speech: Speech) -> bytes:
    """The whole HTTP answer to ``POST /v1/chat/completions``."""
    if body.get("stream"):
        return _events((("", chunk) for chunk in _openai_chunks(body, speech)), "data: [DONE]\n\n")
    message: JsonObject = {"role": "assistant", "content": speech.text or None, "refusal": speech.refusal or None}
    if speech.calls:
        message["tool_calls"] = _openai_calls(body, speech)
    choice = {"index": 0, "message": message, "finish_reason": _openai_stop(speech), "logprobs": None}
    return answer(200, _openai_head(body, "chat.completion") | {"choices": [choice], "usage": _openai_usage(speech)})


def _openai_head(body: JsonObject, kind: str) -> JsonObject:
    return {"id": "chatcmpl-1", "object": kind, "created": 1_780_000_000, "model": body["model"]}


def _openai_calls(body: JsonObject, speech: Speech) -> list[Json]:
    return [
        {"id": _id(body, place), "type": "function", "function": {"name": name, "arguments": arguments}}
        for place, (name, arguments) in enumerate(speech.calls)
    ]


def _openai_usage(speech: Speech) -> JsonObject:
    output = _TOKENS["output"] if speech.calls or speech.text else 0
    return {"prompt_tokens": _TOKENS["input"], "completion_tokens": output, "total_tokens": _TOKENS["input"] + output}


def _openai_stop(speech: Speech) -> str:
    if speech.is_cut:
        return "length"
    return "content_filter" if speech.refusal else "tool_calls" if speech.calls else "stop"


def _openai_chunks(body: JsonObject, speech: Speech) -> Iterator[JsonObject]:
    top = _openai_head(body, "chat.completion.chunk")

    def chunk(delta: JsonObject, stop: str | None = None) -> JsonObject:
        return top | {"choices": [{"index": 0, "delta": delta, "finish_reason": stop}]}

    yield chunk({"role": "assistant", "content": ""})
    for index, call in enumerate(_openai_calls(body, speech)):
        yield chunk({"tool_calls": [{"index": index, **call, "function": {"name": call["function"]["name"]}}]})
        for piece in _pieces(call["function"]["arguments"]):
            yield chunk({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
    for piece in _pieces(speech.text):
        yield chunk({"content": piece})
    yield chunk({}, _openai_stop(speech))
    yield top | {"choices": [], "usage": _openai_usage(speech)}


def _pieces(text: str) -> Iterator[str]:
    return (text[place : place + _PIECE] for place in range(0, len(text), _PIECE))


def _events(events: Iterator[tuple[str, JsonObject]], end: str = "") -> bytes:
    """Server-sent events as one HTTP answer."""
    lines = (f"event: {name}\n" * bool(name) + f"data: {json.dumps(data)}\n\n" for name, data in events)
    return answer(200, "".join(lines) + end, {"content-type": "text/event-stream; charset=utf-8"})
