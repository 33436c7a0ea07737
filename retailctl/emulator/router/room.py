"""What becomes of a connection when there are as many as may be: those that wait make room, the longest waiting first.

So a crowd of idle or slow clients locks nobody out; only where every connection has a request is a new one refused.
"""

from collections.abc import Iterable
from heapq import nsmallest
from typing import Literal, Protocol, TypeVar

_SHARE = 16


class Connection(Protocol):
    """One that may wait for its client."""

    @property
    def waits_since_s(self) -> float | None:
        """When it began to wait for a request (monotonic); None while it has one, or is about to end."""

    def abort(self) -> None:
        """Cut it."""


Known = TypeVar("Known", bound=Connection)


def admit(newcomer: Known, connections: set[Known], most: int) -> Literal["taken", "refused", "cut"]:
    """Whether the newest of `connections` may stay; "cut" where even those that are being refused are too many.

    A sixteenth of all makes room at once: one at a time, each newcomer would cost a look at all that are there.
    """
    room, present = max(1, most // _SHARE), len(connections)
    if present <= most:
        return "taken"
    leaving = _longest_waiting(connections - {newcomer}, room)
    for each in leaving:
        each.abort()
    connections.difference_update(leaving)
    if leaving:
        return "taken"
    return "refused" if present <= most + room else "cut"


def _longest_waiting(connections: Iterable[Known], number: int) -> list[Known]:
    waiting = [(since_s, each) for each in connections if (since_s := each.waits_since_s) is not None]
    return [each for _, each in nsmallest(number, waiting, key=lambda found: found[0])]
