"""Long computations beside the event loop, in threads of their own."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_threads = ThreadPoolExecutor(2, thread_name_prefix="aside")


async def aside(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What ``work`` gives or raises, without holding up the event loop.

    ``asyncio.to_thread`` would not do: DBOS puts its own few threads under the loop, and every effect would wait
    until a folder of flows has been checked.
    """
    return await asyncio.get_running_loop().run_in_executor(_threads, lambda: work(*args, **kwargs))
