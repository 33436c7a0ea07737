"""Who gives way when there are as many connections as may be: those that have waited the longest, not the new."""

from collections.abc import Iterable
from heapq import nsmallest
from typing import Protocol, TypeVar

_SHARE = 16


class Connection(Protocol):
    """One that may wait for its client."""

    @property
    def waits_since_s(self) -> float | None:
        """When it began to wait for a request (monotonic); None while it has one."""


Known = TypeVar("Known", bound=Connection)


def room_for(most: int) -> int:
    """How many make room at once: one at a time, each that comes would cost a look at all that are there."""
    return max(1, most // _SHARE)


def longest_waiting(connections: Iterable[Known], number: int) -> list[Known]:
    """The `number` that have waited the longest; fewer where fewer wait, and none when every one has a request."""
    waiting = [(since_s, each) for each in connections if (since_s := each.waits_since_s) is not None]
    return [each for _, each in nsmallest(number, waiting, key=lambda found: found[0])]
