"""What the service takes on at once: beyond it a request is told to come back, before any work is spent on it.

A queue that may grow answers everybody late. A bounded one answers most callers in time and the others at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic
from types import TracebackType

from serving.errors import RequestError
from serving.metrics import Metrics
from serving.settings import Settings

SMALL_BODY = 32 * 1024
"""A body this short is read as it comes, in about a millisecond at most; a longer one in a thread."""

BODIES = 8
"""Bodies of the largest size that may be held at once; a body without a length counts as one."""


class Admission:
    """The room for requests, for the series of large ones and for bodies. All on the event loop's thread.

    Small requests do not wait for large ones, and are not refused because of them.
    """

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._settings = settings
        self._metrics = metrics
        self._requests = 0
        self._series = 0
        self._bytes = 0

    def enter(self, body_bytes: int) -> Ticket:
        """Room for a request whose head announces a body of so many bytes. Raises RequestError (429)."""
        settings = self._settings
        if self._requests >= settings.max_requests:
            raise self._overloaded("requests", f"{self._requests} requests are being answered")
        if self._bytes and self._bytes + body_bytes > BODIES * settings.max_body_bytes:
            raise self._overloaded("bytes", f"{self._bytes} bytes of other requests are being read")
        if body_bytes > SMALL_BODY:
            self._check_series(1)
        self._requests += 1
        self._bytes += body_bytes
        self._metrics.queue(self._requests, self._series)
        return Ticket(self, body_bytes, monotonic() + settings.deadline_seconds)

    def take(self, series: int) -> None:
        """Room for the series of a large request that was let in. Raises RequestError (429)."""
        self._check_series(series)
        self._series += series
        self._metrics.queue(self._requests, self._series)

    def leave(self, body_bytes: int, series: int) -> None:
        self._requests -= 1
        self._bytes -= body_bytes
        self._series -= series
        self._metrics.queue(self._requests, self._series)

    def late(self) -> RequestError:
        """503 for a request whose deadline has passed."""
        self._metrics.shed("deadline")
        seconds = self._settings.deadline_seconds
        return RequestError(503, "deadline-exceeded", f"no forecast within {seconds:g} seconds; ask for less at a time")

    def _check_series(self, more: int) -> None:
        if self._series and self._series + more > self._settings.max_pending_series:
            raise self._overloaded("series", f"{self._series} series are being forecast")

    def _overloaded(self, reason: str, what: str) -> RequestError:
        self._metrics.shed(reason)
        return RequestError(429, "overloaded", f"{what}; try again in a moment")


@dataclass(slots=True)
class Ticket:
    """One request's place; it is given back on leaving the ``with`` block, when the answer is out."""

    admission: Admission
    body_bytes: int
    deadline: float
    """On ``monotonic``'s clock, counted from the request's head."""
    series: int = field(default=0, init=False)

    def take(self, series: int) -> None:
        """Room for its series, once it has turned out to be large. Raises RequestError (429)."""
        self.admission.take(series)
        self.series = series

    def check(self, now: float) -> None:
        """Raises RequestError (503) when it is too late to begin."""
        if now > self.deadline:
            raise self.admission.late()

    def __enter__(self) -> Ticket:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.admission.leave(self.body_bytes, self.series)
