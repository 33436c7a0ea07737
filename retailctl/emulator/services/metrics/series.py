"""Time series from the router's minutes: requests counted, latencies merged, split by dimensions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from retailctl.emulator.router.metrics import Histogram, MinuteMetrics
from retailctl.emulator.services.metrics.definitions import Metric
from retailctl.emulator.services.metrics.filters import Filter

# Values of the split dimensions, in their order.
Key = tuple[str, ...]
# Values of a bin by aggregation (`average`), by the start of the bin in epoch seconds.
Points = dict[int, dict[str, float]]


@dataclass(frozen=True, slots=True)
class Window:
    """Epoch seconds of the first bin's start and of the end, and the length of a bin in seconds."""

    start: int
    end: int
    step: int

    def bin(self, minute: int) -> int:
        """Start of the bin that a minute is in."""
        return self.start + (minute - self.start) // self.step * self.step

    def bins(self) -> range:
        """Start of each bin."""
        return range(self.start, self.end, self.step)


def requests_per_minute(rows: Iterable[MinuteMetrics], wanted: Filter, window: Window) -> dict[Key, Points]:
    """Average requests a minute of each bin, over the minutes that had any."""
    counts: dict[Key, dict[int, dict[int, int]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
    for row in rows:
        for (status, model), count in row.requests.items():
            values = _request_dimensions(row.slot, status, model)
            if wanted.holds(values):
                counts[split_key(values, wanted)][window.bin(row.minute)][row.minute] += count
    return {
        key: {start: {"average": sum(minutes.values()) / len(minutes)} for start, minutes in bins.items()}
        for key, bins in counts.items()
    }


def _request_dimensions(slot: str, status: int, model: int | None) -> dict[str, str]:
    return {
        "deployment": slot,
        "statusCode": str(status),
        "envoy_response_code": str(status),
        "statusCodeClass": f"{status // 100}xx",
        "modelStatusCode": "" if model is None else str(model),
    }


@dataclass(slots=True)
class _Latency:
    histogram: Histogram = field(default_factory=Histogram)
    sum_ms: float = 0.0

    def add(self, row: MinuteMetrics) -> None:
        self.histogram.merge(row.latency)
        self.sum_ms += row.latency_sum_ms

    def value(self, percentile: float | None) -> float | None:
        if percentile is not None:
            return self.histogram.percentile(percentile)
        return self.sum_ms / self.histogram.count if self.histogram.count else None


def latency(rows: Iterable[MinuteMetrics], metric: Metric, wanted: Filter, window: Window) -> dict[Key, Points]:
    """Mean or percentile of the latency of each bin, in milliseconds."""
    found: dict[Key, dict[int, _Latency]] = defaultdict(lambda: defaultdict(_Latency))
    for row in rows:
        values = {"deployment": row.slot}
        if row.slot and wanted.holds(values):
            found[split_key(values, wanted)][window.bin(row.minute)].add(row)
    return {
        key: {
            start: {"average": value}
            for start, each in bins.items()
            if (value := each.value(metric.percentile)) is not None
        }
        for key, bins in found.items()
    }


def split_key(values: Mapping[str, str], wanted: Filter) -> Key:
    return tuple(values.get(dimension, "") for dimension in wanted.dimensions)
