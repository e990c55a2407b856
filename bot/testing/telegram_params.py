"""The parameters of a call of the Bot API, however they were sent (core.telegram.org/bots/api, "Making requests")."""

import email
import email.message
import json
from typing import Any
from urllib.parse import parse_qsl

from bot.model.base import JsonObject
from bot.testing.loopback import Asked


def params_of(asked: Asked) -> JsonObject:
    """Form fields, with the files among them under ``uploaded``, or JSON; a field that holds JSON is read."""
    if "multipart" in asked.headers.get("content-type", ""):
        return _multipart(asked)
    if "json" in asked.headers.get("content-type", ""):
        return dict(asked.json())
    fields = dict(parse_qsl(asked.body.decode(), keep_blank_values=True)) | asked.query
    return {name: _value(name, value) for name, value in fields.items()}


def _multipart(asked: Asked) -> JsonObject:
    head = f"content-type: {asked.headers['content-type']}\r\n\r\n".encode()
    parsed = email.message_from_bytes(head + asked.body)
    found: JsonObject = {"uploaded": []}
    for part in parsed.get_payload():
        assert isinstance(part, email.message.Message)
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        name = str(part.get_param("name", header="content-disposition"))
        if part.get_filename() is not None:
            found["uploaded"].append({"name": part.get_filename(), "content": content})
        else:
            found[name] = _value(name, content.decode())
    return found


def _value(name: str, value: str) -> Any:
    if name in ("text", "caption", "photo", "document", "url", "secret_token"):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
