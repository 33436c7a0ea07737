"""Starting a program again that somebody killed before it could begin: `kill -9` at any moment is to do no harm."""

import contextlib
from collections.abc import Awaitable, Callable
from typing import TypeVar

_MOST_STARTS = 3

Started = TypeVar("Started")


async def start_patiently(start: Callable[[], Awaitable[Started]], killed: type[Exception]) -> Started:
    """What `start` gives, begun again after a `killed` from it; the last one is raised."""
    for _ in range(_MOST_STARTS - 1):
        with contextlib.suppress(killed):
            return await start()
    return await start()
