"""What the router measures, as values: requests and latency of one slot in one minute."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_SMALLEST_MS = 0.01
_LOG_GROWTH = math.log(1.02)


class Histogram:
    """Latencies in milliseconds in logarithmic bins two percent wide; mergeable, so any window has true percentiles."""

    __slots__ = ("_bins",)

    def __init__(self) -> None:
        self._bins: dict[int, int] = {}

    def record(self, value_ms: float) -> None:
        """Count one value."""
        index = int(math.log(value_ms / _SMALLEST_MS) / _LOG_GROWTH) if value_ms > _SMALLEST_MS else 0
        self._bins[index] = self._bins.get(index, 0) + 1

    def merge(self, other: "Histogram") -> None:
        """Add another's counts."""
        for index, count in other._bins.items():
            self._bins[index] = self._bins.get(index, 0) + count

    @property
    def count(self) -> int:
        """How many values were recorded."""
        return sum(self._bins.values())

    def percentile(self, percent: float) -> float | None:
        """The value below which `percent` of the counts lie, within one percent of itself; None when empty."""
        wanted = self.count * percent / 100
        seen = 0
        for index in sorted(self._bins):
            seen += self._bins[index]
            if seen >= wanted:
                return _SMALLEST_MS * math.exp(_LOG_GROWTH * (index + 0.5))
        return None

    def flat(self) -> list[int]:
        """Bin and count in turn."""
        return [number for pair in self._bins.items() for number in pair]

    @classmethod
    def from_flat(cls, flat: Iterable[int]) -> "Histogram":
        """The histogram again."""
        numbers = iter(flat)
        histogram = cls()
        histogram._bins = dict(zip(numbers, numbers, strict=True))
        return histogram


@dataclass(frozen=True, slots=True)
class MinuteMetrics:
    """One slot's traffic in one minute.

    `requests` counts by (status to the caller, model's own status or None when no container answered). `slot` is ''
    for requests refused before a slot was chosen. Mirrored copies are rows of their own: their status is the model's,
    and no caller saw it.
    """

    minute: int  # epoch seconds of the minute's start
    slot: str
    mirrored: bool
    requests: Mapping[tuple[int, int | None], int]
    latency: Histogram
    latency_sum_ms: float
    bytes_in: int
    bytes_out: int

    def to_json(self) -> list[object]:
        """Plain values for the control socket."""
        requests = [[status, model, count] for (status, model), count in self.requests.items()]
        sums = [self.latency_sum_ms, self.bytes_in, self.bytes_out]
        return [self.minute, self.slot, self.mirrored, requests, self.latency.flat(), *sums]

    @classmethod
    def from_json(cls, row: list[Any]) -> "MinuteMetrics":
        """The row again."""
        minute, slot, mirrored, requests, flat, *sums = row
        counts = {(status, model): count for status, model, count in requests}
        return cls(minute, slot, mirrored, counts, Histogram.from_flat(flat), *sums)
