"""Counters in the Prometheus text exposition format 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats).

Written by hand because it is a page of code, and a client library would cost memory and time in every request.
All counting happens on the event loop's thread, so nothing is locked.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping

BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the latency histogram, in seconds."""


class Histogram:
    """Counts by bucket, and the sum, of one route's latencies."""

    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS) + 1)
        self.sum = 0.0

    def observe(self, seconds: float) -> None:
        self.counts[bisect_left(BUCKETS, seconds)] += 1
        self.sum += seconds


class Metrics:
    """What the service counts about itself."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, int]] = Counter()
        self.latency: dict[str, Histogram] = {}
        self.in_flight = 0
        self.series = 0
        self.values = 0
        self.unknown_series = 0

    def finished(self, route: str, status: int, seconds: float) -> None:
        self.requests[route, status] += 1
        histogram = self.latency.get(route)
        if histogram is None:
            histogram = self.latency[route] = Histogram()
        histogram.observe(seconds)

    def forecast(self, series: int, horizon: int, unknown: int) -> None:
        self.series += series
        self.values += series * horizon
        self.unknown_series += unknown

    def exposition(self, model: Mapping[str, str] | None) -> str:
        """All metrics as text; ``model`` labels the loaded model, None = not loaded."""
        lines: list[str] = []
        requests = [(_labels(route=route, status=str(status)), n) for (route, status), n in self.requests.items()]
        _family(lines, "retail_requests_total", "counter", "Requests answered, by route and status.", requests)
        _histograms(lines, self.latency)
        for name, kind, meaning, value in (
            ("retail_requests_in_flight", "gauge", "Requests being answered.", self.in_flight),
            ("retail_forecast_series_total", "counter", "Series forecast.", self.series),
            ("retail_forecast_values_total", "counter", "Series times days forecast.", self.values),
            ("retail_unknown_series_total", "counter", "Series the model does not know.", self.unknown_series),
            ("retail_model_ready", "gauge", "1 when the model is in memory.", int(model is not None)),
        ):
            _family(lines, name, kind, meaning, [("", value)])
        if model is not None:
            _family(lines, "retail_model_info", "gauge", "The loaded model.", [(_labels(**model), 1)])
        return "\n".join(lines) + "\n"


def _family(lines: list[str], name: str, kind: str, meaning: str, samples: Iterable[tuple[str, float]]) -> None:
    lines += [f"# HELP {name} {meaning}", f"# TYPE {name} {kind}"]
    lines += [f"{name}{labels} {value}" for labels, value in samples]


def _histograms(lines: list[str], latency: Mapping[str, Histogram]) -> None:
    name = "retail_request_duration_seconds"
    lines += [f"# HELP {name} Time from request to answer, by route.", f"# TYPE {name} histogram"]
    for route, histogram in latency.items():
        total = 0
        for bound, count in zip((*BUCKETS, "+Inf"), histogram.counts, strict=True):
            total += count
            lines.append(f"{name}_bucket{_labels(route=route, le=str(bound))} {total}")
        lines.append(f"{name}_sum{_labels(route=route)} {histogram.sum:.6f}")
        lines.append(f"{name}_count{_labels(route=route)} {total}")


def _labels(**labels: str) -> str:
    escaped = {
        name: value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") for name, value in labels.items()
    }
    return "{" + ",".join(f'{name}="{value}"' for name, value in escaped.items()) + "}"
