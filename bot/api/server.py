"""The HTTP server: uvicorn, which lets the desk know before it stops."""

import contextlib
import gc
import socket
from collections.abc import Callable

import uvicorn


class DeskServer(uvicorn.Server):
    """Calls ``before_shutdown`` on the event loop when it begins to stop, and only then waits for open connections.

    Without it an open stream would hold up the stop for as long as the grace period lasts.
    """

    def __init__(self, config: uvicorn.Config, before_shutdown: Callable[[], None]) -> None:
        super().__init__(config)
        self._before_shutdown = before_shutdown

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        # What is there by now stays: without this the collector goes through all of it again and again, and every
        # request of that moment waits for more than a tenth of a second.
        gc.collect()
        gc.freeze()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._before_shutdown()
        await super().shutdown(sockets)


def run(config: uvicorn.Config, before_shutdown: Callable[[], None]) -> int:
    """Serve until a signal ends it. Returns the exit code: 3 when the desk could not be opened (the log says why)."""
    server = DeskServer(config, before_shutdown)
    with contextlib.suppress(KeyboardInterrupt):
        server.run()
    return 0 if server.started else 3
