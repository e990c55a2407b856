"""What went wrong with a request, in words for whoever runs the desk. Never with the body of an error, nor with what
led to it: both may hold what was sent, and the key."""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

import httpx2
from pydantic_ai.exceptions import (
    ContentFilterError,
    ModelAPIError,
    ModelConnectionError,
    ModelHTTPError,
    ModelQuotaExceededError,
    ModelRateLimitError,
    ModelRequestRejectedError,
    ModelServerError,
    ModelTimeoutError,
    ModelUnavailableError,
    UserError,
)

from bot.llm.keys import Endpoint
from bot.llm.requests import Trouble
from bot.llm.transport import Refused

LONGEST_WAIT: Final = 300.0
"""Seconds of a Retry-After that are believed."""
_OWN_FAULT: Final = frozenset((401, 402, 403, 404, 405, 407))
"""No other request would fare better there: the key, the account, or the address."""
_PASSES: Final = frozenset((408, 409, 425, 429))
_PLAIN: Final = re.compile(r"[a-z][a-z_.]{0,60}")
_HTTP_WORDS: Final = {
    401: "refuses the key",
    403: "refuses the key",
    404: "has no such model, or its base URL is wrong",
}


def trouble_of(endpoint: Endpoint, error: Exception) -> Trouble:
    """What an SDK has raised, as a Trouble."""
    name = endpoint.name
    refused = next((one for one in _causes(error) if isinstance(one, Refused)), None)
    if refused is not None:
        return Trouble("unavailable", f"{name} {refused}")
    match error:
        case ContentFilterError():
            return Trouble("rejected", f"{name} declined to answer", is_endpoint=False)
        case UserError():
            return Trouble("rejected", f"{name} cannot be asked so: {type(error).__name__}", is_endpoint=False)
        case ModelTimeoutError():
            return Trouble("timeout", f"{name} did not answer in time", may_pass=True)
        case ModelConnectionError() | httpx2.HTTPError():
            return _of_connection(endpoint, error)
        case ModelAPIError():
            wait = None if error.retry_after is None else min(error.retry_after, LONGEST_WAIT)
            return _said(endpoint, error, wait)
    return nonsense(endpoint, error)


def _said(endpoint: Endpoint, error: ModelAPIError, wait: float | None) -> Trouble:
    """What the provider itself has said."""
    name = endpoint.name
    match error:
        case ModelQuotaExceededError():
            return Trouble("rejected", f"{name}: the account has no credit left", cost_usd=0.0)
        case ModelRateLimitError():
            words = f"{name}: too many requests"
            return Trouble("rate_limit", words, may_pass=True, retry_after_seconds=wait, cost_usd=0.0)
        case ModelHTTPError(status_code=status):
            return _of_status(endpoint, error, status, wait)
        case ModelRequestRejectedError():
            return _of_status(endpoint, error, 400, wait)
        case ModelUnavailableError() | ModelServerError():
            return Trouble("unavailable", f"{name} is overloaded", may_pass=True, retry_after_seconds=wait)
    return nonsense(endpoint, error)


def nonsense(endpoint: Endpoint, error: Exception) -> Trouble:
    """An answer that is not of its provider's shape; most often the address is another one's."""
    words = (
        f"{endpoint.name} did not answer as {endpoint.provider} does ({type(error).__name__}): is its base URL right?"
    )
    return Trouble("unavailable", words, may_pass=True)


def unsendable(endpoint: Endpoint, error: Exception) -> Trouble:
    """A request that could not even be put into the provider's words."""
    words = f"{endpoint.name} cannot be asked so ({type(error).__name__}): look at the prompt's schema"
    return Trouble("rejected", words, is_endpoint=False, cost_usd=0.0)


def _of_status(endpoint: Endpoint, error: ModelAPIError, status: int, wait: float | None) -> Trouble:
    """A refused request costs nothing, and is refused again; what is the endpoint's own trouble may pass."""
    is_stream = error.in_stream
    cost = None if is_stream else 0.0
    if status >= 500 or status in _PASSES or status < 400:
        words = f"{endpoint.name} answered HTTP {status}"
        return Trouble("unavailable", words, may_pass=True, retry_after_seconds=wait, cost_usd=cost)
    why = _HTTP_WORDS.get(status, "refused the request")
    codes = [f"HTTP {status}", *_codes(error)]
    return Trouble(
        "rejected", f"{endpoint.name} {why} ({', '.join(codes)})", is_endpoint=status in _OWN_FAULT, cost_usd=cost
    )


def _codes(error: ModelAPIError) -> Iterator[str]:
    """The provider's own names for what is wrong. Only what looks like one: anything may stand there."""
    for code in dict.fromkeys((error.provider_error_type, error.provider_error_code)):
        if isinstance(code, str) and _PLAIN.fullmatch(code):
            yield code


def _of_connection(endpoint: Endpoint, error: Exception) -> Trouble:
    kinds = [type(one) for one in _causes(error)]
    is_unsent = any(issubclass(kind, httpx2.ConnectError | httpx2.ConnectTimeout) for kind in kinds)
    found = next((kind for kind in reversed(kinds) if issubclass(kind, httpx2.HTTPError)), kinds[0])
    address = urlsplit(endpoint.base_url).hostname if endpoint.base_url else "its provider's address"
    words = f"{endpoint.name} cannot be reached at {address}: {found.__name__}"
    return Trouble("unavailable", words, may_pass=True, cost_usd=0.0 if is_unsent else None)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what led to it, newest first."""
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield one
        one = one.__cause__ or one.__context__
