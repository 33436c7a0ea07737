"""Time limits of many calls by one timer.

A timer of the event loop for each request would cost more than all of its other bookkeeping; so calls are looked at
together, every few milliseconds while there are any. A limit is therefore kept to within that time.
"""

import asyncio
import time
from typing import Protocol

_LOOK_EVERY_S = 0.01


class Timed(Protocol):
    """What has a time limit."""

    def time_out(self) -> None:
        """The limit has passed."""


class Stopwatch:
    """Watches deadlines (monotonic seconds)."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._deadlines: dict[Timed, float] = {}
        self._ticking = False

    def start(self, timed: Timed, limit_s: float) -> None:
        """Call its `time_out` after `limit_s`, unless it is stopped before."""
        self._deadlines[timed] = time.monotonic() + limit_s
        if not self._ticking:
            self._ticking = True
            self._loop.call_later(_LOOK_EVERY_S, self._look)

    def stop(self, timed: Timed) -> None:
        """It has ended, or was never started."""
        self._deadlines.pop(timed, None)

    def _look(self) -> None:
        now = time.monotonic()
        for timed in [timed for timed, deadline in self._deadlines.items() if deadline <= now]:
            del self._deadlines[timed]
            timed.time_out()
        self._ticking = bool(self._deadlines)
        if self._ticking:
            self._loop.call_later(_LOOK_EVERY_S, self._look)
