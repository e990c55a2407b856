"""Ports for servers that tests start, stop and start again at the same place."""

import itertools
import os
import socket
from collections.abc import Iterator

# Below the range from which Linux takes the ports of outgoing connections (32768-60999), so that nobody takes a
# server's port while it is being restarted; a slice of it for each process, so that workers do not meet.
_FIRST, _SLICE, _SLICES = 15_000, 170, 100


def _slice() -> range:
    first = _FIRST + _SLICE * (os.getpid() % _SLICES)
    return range(first, first + _SLICE)


def _free(port: int) -> bool:
    try:
        with socket.create_server(("127.0.0.1", port)):
            return True
    except OSError:
        return False


def _in_turn() -> Iterator[int]:
    yield from itertools.cycle(_slice())


_candidates: dict[int, Iterator[int]] = {}


def free_port() -> int:
    """A port of loopback that nothing listens on, not given out before by this process while others are left.

    Raises OSError when every port of this process's slice is taken."""
    # A forked worker has a slice of its own, so the turn is remembered by process.
    candidates = _candidates.setdefault(os.getpid(), _in_turn())
    for port in itertools.islice(candidates, _SLICE):
        if _free(port):
            return port
    raise OSError(f"no free port in {_slice()}: end the servers that earlier tests left running")
