"""What a slot did, from Azure Monitor: requests, failures, latency.

Metrics and their dimensions: learn.microsoft.com/azure/azure-monitor/reference/supported-metrics/
microsoft-machinelearningservices-workspaces-onlineendpoints-metrics. Their only aggregation is the average over a
minute, so a span is put together from its minutes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from retailctl.azureml.arm import ArmClient, path_of
from retailctl.azureml.subject import Subject
from retailctl.azureml.transport import Json
from retailctl.domain.resources import SlotMetrics

MONITOR_API_VERSION = "2023-10-01"
_MOST_SERIES = 200
"""Combinations of dimensions in one answer; Azure Monitor cuts at 10 unless asked for more."""
_PERCENTILES = ("RequestLatency_P50", "RequestLatency_P95", "RequestLatency_P99")
_OVERLOAD = frozenset({"408", "429"})
"""The platform's own 4xx that say that the slot is too slow or too small, not that the caller is wrong."""

Minutes = dict[str, float]
"""Time stamp of a minute -> value."""


@dataclass(frozen=True)
class Series:
    """One metric of one combination of dimensions, minute by minute."""

    metric: str
    dimensions: Mapping[str, str]
    minutes: Minutes

    @property
    def family(self) -> str:
        """``2``, ``4``, ``5``, ...: by the model's own status, or the platform's where the model gave none."""
        own = self.dimensions.get("modelstatuscode", "")
        if own.isdecimal() and int(own) >= 100:
            return own[0]
        platform = self.dimensions.get("statuscode", "")
        return "5" if platform in _OVERLOAD else platform[:1]


class MetricsClient:
    """Reads an endpoint's metrics by slot."""

    def __init__(self, arm: ArmClient) -> None:
        self._arm = arm

    def slot_metrics(self, endpoint: str, slot: str, since: datetime, until: datetime) -> SlotMetrics:
        """As :meth:`by_slot`, of one slot."""
        return self.by_slot(endpoint, [slot], since, until)[slot]

    def by_slot(self, endpoint: str, slots: Sequence[str], since: datetime, until: datetime) -> dict[str, SlotMetrics]:
        """Requests, failures and latency of each slot between two moments (aware; grain one minute), in two requests.

        A percentile of the span is the mean of its minutes' percentiles, each weighted with its requests: close, but
        not the percentile of all requests, which Azure Monitor does not keep.
        """
        span = f"{_utc(since)}/{_utc(until)}"
        of_slot = f"deployment eq '{slots[0]}'" if len(slots) == 1 else "deployment eq '*'"
        by_status = "statusCode eq '*' and modelStatusCode eq '*'"
        counted = list(self._series(endpoint, span, ["RequestsPerMinute"], f"{of_slot} and {by_status}"))
        latency = list(self._series(endpoint, span, _PERCENTILES, of_slot))
        return {slot: _figures(slot, _of(slot, counted), _of(slot, latency)) for slot in slots}

    def _series(
        self, endpoint: str, span: str, metrics: tuple[str, ...] | list[str], condition: str
    ) -> Iterator[Series]:
        resource = self._arm.connection.workspace_id + path_of("onlineEndpoints", endpoint)
        answer = self._arm.request(
            "GET",
            f"{resource}/providers/Microsoft.Insights/metrics",
            Subject("endpoint", endpoint),
            query={
                "metricnames": ",".join(metrics),
                "timespan": span,
                "interval": "PT1M",
                "aggregation": "Average",
                "$filter": condition,
                "top": str(_MOST_SERIES),
            },
            api_version=MONITOR_API_VERSION,
        )
        for metric in answer.json().get("value") or []:
            for series in metric.get("timeseries") or []:
                yield _read_series(metric["name"]["value"], series)


def _of(slot: str, found: Iterable[Series]) -> Iterator[Series]:
    """The series of one slot; where only one was asked for, Azure Monitor may leave its name out."""
    return (series for series in found if series.dimensions.get("deployment", slot) == slot)


def _figures(slot: str, counted: Iterable[Series], latency: Iterable[Series]) -> SlotMetrics:
    failures: dict[str, float] = defaultdict(float)
    weights: Minutes = defaultdict(float)
    for series in counted:
        failures[series.family] += sum(series.minutes.values())
        for minute, requests in series.minutes.items():
            weights[minute] += requests
    percentiles = {series.metric: _weighted(series.minutes, weights) for series in latency}
    p50, p95, p99 = (percentiles.get(name) for name in _PERCENTILES)
    return SlotMetrics(slot, sum(weights.values()), failures["4"], failures["5"], p50, p95, p99)


def _read_series(metric: str, series: Json) -> Series:
    dimensions = {str(each["name"]["value"]).lower(): str(each["value"]) for each in series.get("metadatavalues") or []}
    minutes = {
        str(point["timeStamp"]): float(point["average"])
        for point in series.get("data") or []
        if point.get("average") is not None
    }
    return Series(metric, dimensions, minutes)


def _weighted(values: Minutes, weights: Mapping[str, float]) -> float | None:
    """Mean of the minutes' values, weighted; None without any request."""
    total = sum(weights.get(minute, 0.0) for minute in values)
    if not total:
        return None
    return sum(value * weights.get(minute, 0.0) for minute, value in values.items()) / total


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
