"""What the service counts about itself, and all of it as Prometheus text.

Every label has a bounded set of values: a caller cannot make the service hold another series by asking for it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from math import inf

from serving.counters import Counters
from serving.drift import Drift
from serving.exposition import BARE, Distribution, Family, Labels, exposition
from serving.model import Model
from serving.processes import families as process_families
from serving.request import ScoreRequest
from training.artifact import Forecast

OTHER = "other"
ROUTES = ("/score", "/live", "/ready", "/health", "/version", "/metrics", "/openapi.json", "/docs", OTHER)
STATUSES: tuple[int | str, ...] = (200, 400, 404, 405, 408, 413, 415, 422, 429, 431, 499, 500, 503, OTHER)
REASONS = ("requests", "series", "bytes", "deadline", "connections", OTHER)
"""Why a request was shed."""
SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the histograms of latency."""
BATCHES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0)
"""Upper bounds of the histogram of batches: requests forecast in one call."""


class Histogram:
    """Counts by bucket, and the sum, of each of ``labels``."""

    def __init__(self, counters: Counters, name: str, bounds: Sequence[float], labels: Sequence[Labels]) -> None:
        self._counters = counters
        self._bounds = bounds
        self._labels = labels
        self._width = len(bounds) + 2  # one bucket above all bounds, and the sum
        self._first = counters.block(name, len(labels) * self._width)

    def observe(self, value: float, place: int = 0) -> None:
        """``place``: which of the labels."""
        row, first = self._counters.row, self._first + place * self._width
        row[first + bisect_left(self._bounds, value)] += 1
        row[first + self._width - 1] += value

    def samples(self, totals: Sequence[float]) -> Iterator[tuple[Labels, Distribution]]:
        """Those that were observed."""
        for place, labels in enumerate(self._labels):
            first = self._first + place * self._width
            *counts, total = totals[first : first + self._width]
            if any(counts):
                yield labels, Distribution(self._bounds, counts, total)


class Metrics:
    """Counts in this worker's row of ``counters``; all methods on the event loop's thread."""

    def __init__(self, counters: Counters) -> None:
        self.counters = counters
        self.drift = Drift(counters)
        self._requests = counters.block("requests", len(ROUTES) * len(STATUSES))
        self._latency = Histogram(counters, "latency", SECONDS, [{"route": route} for route in ROUTES])
        self._stages = Histogram(counters, "stages", SECONDS, [{"stage": "wait"}, {"stage": "compute"}])
        self._batches = Histogram(counters, "batches", BATCHES, [BARE])
        self._shed = counters.block("shed", len(REASONS))
        self._in_flight = counters.block("in flight", gauges=True)
        self._queue = counters.block("queue", 2, gauges=True)
        self._connections = counters.block("connections", gauges=True)

    def began(self) -> None:
        """A request came in."""
        self.counters.row[self._in_flight] += 1

    def finished(self, route: str, status: int, seconds: float) -> None:
        """A request that ``began`` was answered; ``route`` is its path, known or not."""
        row = self.counters.row
        row[self._in_flight] -= 1
        place = _ROUTE.get(route, len(ROUTES) - 1)
        row[self._requests + place * len(STATUSES) + _STATUS.get(status, len(STATUSES) - 1)] += 1
        self._latency.observe(seconds, place)

    def forecast(self, asked: ScoreRequest, forecast: Forecast, model: Model) -> None:
        """A forecast was answered: its volume, and how far the request is from what training saw."""
        self.drift.count(asked, forecast, model)

    def stages(self, waited: float, computed: float) -> None:
        """Seconds from a request's last byte to the start of its forecast, and of the forecast itself."""
        self._stages.observe(waited, 0)
        self._stages.observe(computed, 1)

    def batch(self, requests: int) -> None:
        """So many requests were forecast in one call."""
        self._batches.observe(requests)

    def queue(self, requests: int, series: int) -> None:
        """Admitted and not yet answered, as of now."""
        row = self.counters.row
        row[self._queue], row[self._queue + 1] = requests, series

    def connections(self, count: int) -> None:
        """Open in this worker, as of now."""
        self.counters.row[self._connections] = count

    def fewest_connections_elsewhere(self) -> float:
        """Of the worker that has fewest beside this one; infinity where there is no other."""
        return min(self.counters.elsewhere(self._connections), default=inf)

    def shed(self, reason: str) -> None:
        """A request was refused for want of room or time; one of ``REASONS``."""
        self.counters.row[self._shed + _REASON.get(reason, len(REASONS) - 1)] += 1

    def exposition(self, model: Model | None, *, ready: bool) -> str:
        """All metrics of all workers as text; ``model`` is the loaded one, None = not loaded."""
        return exposition(self.families(model, ready=ready))

    def families(self, model: Model | None, *, ready: bool, worker: int | None = None) -> Iterator[Family]:
        """The same as values; with ``worker``, those of one alone."""
        totals: list[float] = self.counters.totals(worker).tolist()
        yield Family(
            "retail_requests_total", "counter", "Requests answered, by route and status.", [*self._answered(totals)]
        )
        for name, meaning, histogram in (
            ("retail_request_duration_seconds", "Time from request to answer, by route.", self._latency),
            ("retail_forecast_stage_seconds", "Time that a forecast waited, and was computed.", self._stages),
            ("retail_forecast_batch_requests", "Requests forecast in one call.", self._batches),
        ):
            yield Family(name, "histogram", meaning, [*histogram.samples(totals)])
        for name, meaning, cell in (
            ("retail_requests_in_flight", "Requests being answered.", self._in_flight),
            ("retail_queued_requests", "Forecasts admitted and not yet answered.", self._queue),
            ("retail_queued_series", "Series of those.", self._queue + 1),
            ("retail_connections", "Connections that are open.", self._connections),
        ):
            yield Family(name, "gauge", meaning, [(BARE, totals[cell])])
        shed = [({"reason": reason}, totals[self._shed + place]) for place, reason in enumerate(REASONS)]
        yield Family("retail_requests_shed_total", "counter", "Requests refused for want of room or time.", shed)
        yield from self.drift.families(model, worker)
        yield Family("retail_model_ready", "gauge", "1 when forecasts are answered.", [(BARE, int(ready))])
        yield Family("retail_model_info", "gauge", "The loaded model.", [(model.labels, 1)] if model else [])
        yield from process_families(self.counters.pids(worker))

    def _answered(self, totals: Sequence[float]) -> Iterator[tuple[Labels, float]]:
        for route, start in zip(ROUTES, range(self._requests, len(totals), len(STATUSES)), strict=False):
            for place, status in enumerate(STATUSES):
                if totals[start + place]:
                    yield {"route": route, "status": str(status)}, totals[start + place]


_ROUTE: Mapping[str, int] = {route: place for place, route in enumerate(ROUTES)}
_STATUS: Mapping[int | str, int] = {status: place for place, status in enumerate(STATUSES)}
_REASON: Mapping[str, int] = {reason: place for place, reason in enumerate(REASONS)}
