"""Requests to other systems, through the desk's one guarded way out."""

from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from actions.base import Call, DeskAction, failed
from bot.model.base import Json, Word, parse_duration
from bot.ports import HttpAnswer

_UNAVAILABLE = frozenset({502, 503, 504})
_TOO_MANY = 429


def _seconds(value: object) -> object:
    return parse_duration(value).total_seconds() if isinstance(value, str) else value


Seconds = Annotated[
    float, BeforeValidator(_seconds), Field(gt=0, le=30), WithJsonSchema({"type": ["string", "number"]})
]
"""At most 30; as a number of seconds, or as ``5s``."""
Method = Annotated[
    Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
    BeforeValidator(lambda value: value.upper() if isinstance(value, str) else value),
]
Plain = str | int | float | bool | None


class HttpRequest(Word):
    """``json`` or ``body``, not both. A null header or query value is left out."""

    url: str
    method: Method = "GET"
    headers: dict[str, Plain] = Field(default_factory=dict)
    query: dict[str, Plain | list[Plain]] = Field(default_factory=dict)
    json_: Json = Field(default=None, alias="json")
    body: str | None = None
    timeout: Seconds = 10.0

    @model_validator(mode="after")
    def _one_body(self) -> "HttpRequest":
        if self.json_ is not None and self.body is not None:
            raise ValueError("give either json or body, not both")
        return self


class HttpResponse(Word):
    """headers: names in lower case, cookies left out. A body that is no JSON is ``text``."""

    status: int
    headers: dict[str, str]
    json_: Json = Field(default=None, alias="json")
    text: str | None = None


class RequestOverHttp(DeskAction[HttpRequest, HttpResponse]):
    """Calls a URL and gives what it answers; the call's key goes along as the Idempotency-Key header."""

    action_name = "http.request"
    effect = "send"
    idempotent = True
    timeout_seconds = 30.0

    async def act(self, params: HttpRequest, call: Call) -> HttpResponse:
        """Raises ActionFailed: ``rate_limit`` for 429, ``unavailable`` for 502, 503 and 504."""
        answer = await call.egress.request(
            params.method,
            params.url,
            headers={name: _text(value) for name, value in params.headers.items() if value is not None},
            query=params.query,
            json=params.json_,
            body=params.body,
            timeout_seconds=min(params.timeout, call.timeout_seconds or params.timeout),
            key=call.key,
        )
        if answer.status == _TOO_MANY or answer.status in _UNAVAILABLE:
            kind: Literal["rate_limit", "unavailable"] = "rate_limit" if answer.status == _TOO_MANY else "unavailable"
            wait = retry_after(answer, call.clock.now())
            raise failed(kind, f"{_host(params.url)} answered {answer.status}", retry_after_seconds=wait)
        headers = {name: value for name, value in answer.headers.items() if name != "set-cookie"}
        return HttpResponse(status=answer.status, headers=headers, json_=answer.json_, text=answer.text)


def retry_after(answer: HttpAnswer, now: datetime) -> float | None:
    """Seconds to wait by the Retry-After header (RFC 9110, 10.2.3: seconds or a date); None without one."""
    value = answer.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:6])
    try:
        return max((parsedate_to_datetime(value) - now).total_seconds(), 0.0)
    except (ValueError, TypeError):
        return None


def _text(value: Plain) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0].rpartition("@")[2]
