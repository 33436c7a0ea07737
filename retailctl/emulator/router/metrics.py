"""What the router measures: requests and latency by slot and minute, kept for a bounded time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


class Histogram:
    """Latencies in milliseconds in logarithmic bins two percent wide; mergeable, so any window has true percentiles."""

    def record(self, value_ms: float) -> None:
        """Count one value."""
        raise NotImplementedError

    def merge(self, other: "Histogram") -> None:
        """Add another's counts."""
        raise NotImplementedError

    def percentile(self, percent: float) -> float | None:
        """The value below which `percent` of the counts lie; None when empty."""
        raise NotImplementedError


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


def merged_latency(rows: Iterable[MinuteMetrics]) -> Histogram:
    """The latency of several rows together."""
    raise NotImplementedError
