"""Named places where a fault test may kill the process: ``FRONTDESK_KILL_AT=segment.commit.after:3`` ends it,
without any goodbye, when that place is reached for the third time. Without the variable a place costs one comparison.
"""

import os
import signal

_WANTED, _, _COUNT = os.environ.get("FRONTDESK_KILL_AT", "").partition(":")
_left = int(_COUNT or 1)

POINTS = (
    "intake.begin",
    "intake.insert.before",
    "intake.insert.after",
    "intake.ack.before",
    "drive.claimed",
    "drive.loaded",
    "parse.before",
    "parse.after",
    "policy.decided",
    "advance.before",
    "advance.after",
    "segment.plain.commit.before",
    "segment.commit.state",
    "segment.commit.events",
    "segment.commit.outbox",
    "segment.commit.people",
    "segment.commit.inbox",
    "segment.plain.commit.after",
    "segment.durable.start.before",
    "segment.durable.started",
    "segment.effects.before",
    "effect.begin.before",
    "effect.begin.after",
    "effect.call.before",
    "effect.call.after",
    "effect.finish.before",
    "effect.finish.after",
    "segment.effects.after",
    "segment.detach.before",
    "segment.detach.after",
    "detached.outcome.before",
    "detached.outcome.after",
    "segment.durable.commit.before",
    "segment.durable.commit.after",
    "segment.durable.done",
    "drive.release.before",
    "drive.release.after",
    "turn.answered",
    "outbox.claim.after",
    "outbox.send.before",
    "outbox.send.after",
    "outbox.sent.after",
    "review.decide.before",
    "review.decide.after",
    "handoff.claim.before",
    "handoff.claim.after",
    "handoff.return.after",
    "heartbeat.beat",
    "heartbeat.takeover.before",
    "heartbeat.takeover.after",
    "wake.due",
    "flows.import.before",
    "flows.import.after",
    "migration.before",
    "migration.after",
)


def reach(point: str) -> None:
    """The process has come to this place."""
    if point == _WANTED:
        _hit()


def _hit() -> None:
    global _left  # noqa: PLW0603  # the count down of one process
    _left -= 1
    if _left <= 0:
        os.kill(os.getpid(), signal.SIGKILL)
