"""The running measurement: the open minute of each slot, and the closed ones for two days."""

from collections import deque
from collections.abc import Iterator

import orjson

from retailctl.emulator.router.metrics import Histogram, MinuteMetrics

_KEPT_S = 48 * 3600


class Series:
    """One slot's minutes, its mirrored copies apart. Closed minutes are kept as text: some kilobytes each."""

    __slots__ = (
        "_bytes_in",
        "_bytes_out",
        "_closed",
        "_counts",
        "_latency",
        "_minute",
        "_mirrored",
        "_slot",
        "_sum_ms",
    )

    def __init__(self, slot: str, mirrored: bool) -> None:
        self._slot = slot
        self._mirrored = mirrored
        self._closed: deque[tuple[int, bytes]] = deque()
        self._open(0)

    def record(
        self, now_s: float, status: int, model_status: int | None, latency_ms: float, size_in: int, size_out: int
    ) -> None:
        """Count one finished request; `now_s` in epoch seconds, sizes in bytes of body."""
        if now_s >= self._minute + 60:
            self._close(now_s)
        key = (status, model_status)
        self._counts[key] = self._counts.get(key, 0) + 1
        self._latency.record(latency_ms)
        self._sum_ms += latency_ms
        self._bytes_in += size_in
        self._bytes_out += size_out

    def rows(self, since: float, until: float) -> Iterator[tuple[int, bytes]]:
        """Minute and JSON of every row that begins in [since, until), oldest first."""
        current = [(self._minute, self._encoded())] if self._counts else []
        return ((minute, row) for minute, row in (*self._closed, *current) if since <= minute < until)

    def is_empty(self, now_s: float) -> bool:
        """Whether there is nothing to report of the last two days."""
        if now_s >= self._minute + 60:
            self._close(now_s)
        return not self._closed and not self._counts

    def _close(self, now_s: float) -> None:
        if self._counts:
            # A copy, because orjson leaves the text in the buffer that it was written in: up to 128 KiB.
            self._closed.append((self._minute, bytes(memoryview(self._encoded()))))
        while self._closed and self._closed[0][0] < now_s - _KEPT_S:
            self._closed.popleft()
        self._open(int(now_s // 60) * 60)

    def _open(self, minute: int) -> None:
        self._minute = minute
        self._counts: dict[tuple[int, int | None], int] = {}
        self._latency = Histogram()
        self._sum_ms = 0.0
        self._bytes_in = self._bytes_out = 0

    def _encoded(self) -> bytes:
        sums = (self._sum_ms, self._bytes_in, self._bytes_out)
        row = MinuteMetrics(self._minute, self._slot, self._mirrored, self._counts, self._latency, *sums)
        return orjson.dumps(row.to_json())
