"""Errors as RFC 9457 problem details (``application/problem+json``): what happened, and what to do about it.

Members: ``type`` (a URN), ``title``, ``status``, ``detail``, ``fix``, ``instance`` (the id of this one error, which
stands in the log of a 500), and where there are some ``errors`` (fields that do not fit) or ``findings`` (of authored
files).
"""

import json
import math
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.errors import (
    BadInput,
    Conflict,
    FlowBroken,
    Forbidden,
    FrontdeskError,
    NotFound,
    NotReady,
    TooMany,
    Unavailable,
    Undeliverable,
)
from bot.model.base import Json, JsonObject

log = structlog.get_logger(__name__)
MEDIA_TYPE: Final = "application/problem+json"
LONGEST: Final = 500
"""Characters of what came in that an error repeats at most."""
MOST_ERRORS: Final = 20

_KINDS: Final[tuple[tuple[type[FrontdeskError], int, str], ...]] = (
    (BadInput, 422, "bad-input"),
    (FlowBroken, 422, "flow-broken"),
    (NotFound, 404, "not-found"),
    (Conflict, 409, "conflict"),
    (Undeliverable, 409, "undeliverable"),
    (Forbidden, 403, "forbidden"),
    (TooMany, 429, "too-many"),
    (NotReady, 503, "not-ready"),
    (Unavailable, 503, "unavailable"),
)
_FIXES: Final[Mapping[int, str]] = {
    404: "Look the path up under /docs.",
    405: "Use one of the methods in the Allow header.",
    415: "Send JSON, with the header Content-Type: application/json.",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One error on its way out. ``kind`` is the last part of its type; default: the status in words."""

    status: int
    detail: str
    fix: str = ""
    kind: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Json] = field(default_factory=dict)
    instance: str = field(default_factory=lambda: f"urn:uuid:{uuid.uuid4()}")

    def body(self) -> JsonObject:
        phrase = HTTPStatus(self.status).phrase
        parts: JsonObject = {
            "type": f"urn:frontdesk:problem:{self.kind or phrase.lower().replace(' ', '-')}",
            "title": phrase,
            "status": self.status,
            "detail": shortened(self.detail),
            "instance": self.instance,
        }
        return parts | ({"fix": shortened(self.fix)} if self.fix else {}) | dict(self.extra)

    def response(self) -> Response:
        return Response(json.dumps(self.body()), self.status, dict(self.headers), MEDIA_TYPE)


class Refused(Exception):
    """Ends a request with this problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


def shortened(text: str, longest: int = LONGEST) -> str:
    return text if len(text) <= longest else f"{text[:longest]} …"


def problem_of(error: FrontdeskError) -> Problem:
    """What a caller is told of an error of ours; see the tree in `bot.errors`."""
    status, kind = next(((s, k) for cls, s, k in _KINDS if isinstance(error, cls)), (500, "internal"))
    if status == 500:
        return internal(error)
    return Problem(status, error.what, sentence(error.fix), kind, _retry_after(error), _extra(error))


def _extra(error: FrontdeskError) -> JsonObject:
    if not isinstance(error, FlowBroken):
        return {}
    return {"findings": [finding.model_dump(mode="json") for finding in error.findings[:MOST_ERRORS]]}


def _retry_after(error: FrontdeskError) -> dict[str, str]:
    """Whole seconds, as HTTP has it, and never 0."""
    if isinstance(error, NotReady):
        return {"retry-after": "1"}
    seconds = getattr(error, "retry_after_seconds", None)
    return {} if seconds is None else {"retry-after": str(max(1, math.ceil(seconds)))}


def internal(error: BaseException) -> Problem:
    """Something that should not happen: the caller gets an id, the log everything else."""
    problem = Problem(
        500,
        "something went wrong inside the desk",
        "Try again; if it stays, look this id up in the desk's log.",
        "internal",
    )
    log.error("request failed", error_id=problem.instance, exc_info=error)
    return problem


def sentence(text: str) -> str:
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."


# --- handlers --------------------------------------------------------------------------------------------------------


async def _on_frontdesk_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, FrontdeskError)
    return problem_of(error).response()


async def _on_refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return error.problem.response()


async def _on_http_exception(request: Request, error: Exception) -> Response:
    """What the framework raises by itself: 404, 405, an unreadable body."""
    assert isinstance(error, HTTPException)
    detail = _DETAILS.get(error.status_code, str(error.detail))
    return Problem(error.status_code, detail, _FIXES.get(error.status_code, ""), headers=error.headers or {}).response()


_DETAILS: Final[Mapping[int, str]] = {
    400: "the body cannot be read",
    404: "there is nothing here",
    405: "this method is not offered here",
}


async def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return _invalid(error.errors(), request.headers.get("content-type", "")).response()


def _invalid(errors: Sequence[Any], content_type: str) -> Problem:
    """Where what came in does not fit. The input itself is never repeated: it may be large, or a secret."""
    if errors and errors[0].get("type") == "json_invalid":
        at = errors[0]["loc"][-1]
        what = f"the body is not JSON: {errors[0].get('ctx', {}).get('error', '')} at character {at}"
        return Problem(400, what, "Send one JSON object.", "not-json")
    about_body = any(tuple(error["loc"]) == ("body",) and error["type"] != "missing" for error in errors)
    if about_body and "json" not in content_type.lower():
        return Problem(415, "the body is not marked as JSON", _FIXES[415])
    fields = [
        {"field": field_path(error["loc"]), "what": shortened(error["msg"], 200)} for error in errors[:MOST_ERRORS]
    ]
    names = ", ".join(dict.fromkeys(one["field"] for one in fields))
    return Problem(422, f"what was sent does not fit: {names}", "See errors.", "invalid", extra={"errors": fields})


def field_path(location: Sequence[str | int]) -> str:
    """``("body", "buttons", 0, "title")`` -> ``body.buttons[0].title``, each part cut to a readable length."""
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f"{'.' if path else ''}{shortened(str(part), 64)}"
    return shortened(path, 200)


def add_handlers(app: FastAPI) -> None:
    app.add_exception_handler(FrontdeskError, _on_frontdesk_error)
    app.add_exception_handler(Refused, _on_refused)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_invalid)


class CatchAll:
    """The last net: what nobody handled becomes a 500 in the form of all other errors. A plain ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            if started:
                raise
            await internal(error).response()(scope, receive, send)
