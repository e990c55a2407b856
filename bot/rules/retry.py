"""Whether and when a failed step is tried again."""

from datetime import timedelta

from bot.model.action import Failure
from bot.model.flow import Retries


def delay(retry: Retries, attempt: int, jitter: float = 0.0) -> timedelta | None:
    """How long to wait before the next attempt, or None to give up.

    attempt: the attempt that has just failed, from 1.
    jitter:  0.0 to 1.0, the part of the spread that is added on top; the caller draws it.
    Raises ValueError when attempt is below 1.

    Exponential backoff with a cap: ``backoff * multiplier ** (attempt - 1)``, at most ``max_backoff``.
    """
    if attempt < 1:
        raise ValueError(f"attempts are counted from 1, not {attempt}")
    if attempt >= retry.max_attempts:
        return None
    # In floats first: a timedelta overflows long before the cap would apply.
    seconds = min(retry.backoff.total_seconds() * retry.multiplier ** (attempt - 1), retry.max_backoff.total_seconds())
    # The cap goes on before the jitter: a herd that has reached the cap must still spread.
    return timedelta(seconds=seconds * (1 + retry.jitter * jitter))


def next_try(retry: Retries | None, failure: Failure, attempt: int, jitter: float) -> timedelta | None:
    """The wait before another attempt after this failure, or None when there is to be none.

    A failure whose effect may have happened is never repeated by itself. ``retry_after_seconds`` of the service is a
    lower bound, so a service that asks for patience gets it.
    """
    if retry is None or failure.uncertain or failure.kind not in retry.on:
        return None
    wait = delay(retry, attempt, jitter)
    if wait is None or failure.retry_after_seconds is None:
        return wait
    return max(wait, timedelta(seconds=failure.retry_after_seconds))
