"""A run of requests in a few figures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Latency:
    """Milliseconds from sending to the last byte, over all requests of a run."""

    mean_ms: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float


def summarise(seconds: Sequence[float]) -> Latency:
    """The figures of a run; a percentile is the smallest value that so many per cent do not exceed (nearest rank)."""
    ordered = sorted(each * 1000 for each in seconds)

    def percentile(percent: int) -> float:
        return ordered[math.ceil(percent * len(ordered) / 100) - 1]

    return Latency(sum(ordered) / len(ordered), percentile(50), percentile(95), percentile(99), ordered[-1])
