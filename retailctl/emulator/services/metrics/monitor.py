"""Answers a metrics query about an endpoint or a deployment, in the shape of Azure Monitor's metrics list
(https://learn.microsoft.com/rest/api/monitor/metrics/list)."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from retailctl.emulator.arm import durations, timestamps
from retailctl.emulator.arm.errors import ArmError
from retailctl.emulator.router.metrics import MinuteMetrics
from retailctl.emulator.services.catalogue import machine_size
from retailctl.emulator.services.context import Context
from retailctl.emulator.services.data_plane import DataPlane
from retailctl.emulator.services.metrics import definitions, series
from retailctl.emulator.services.metrics.definitions import Metric
from retailctl.emulator.services.metrics.filters import Filter, parse
from retailctl.emulator.services.metrics.series import Key, Points, Window
from retailctl.emulator.services.metrics.utilization import GAUGES, Reading
from retailctl.emulator.store.resources import Record

_MINUTE = 60
_DEFAULT_SPAN_S = 3600
_LONGEST_SPAN_S = 30 * 86_400


@dataclass(frozen=True, slots=True)
class MetricsQuery:
    """What a caller asks: names separated by commas, `start/end`, an ISO 8601 interval, a filter, aggregations."""

    names: str
    timespan: str = ""
    interval: str = ""
    condition: str = ""
    aggregation: str = ""


@dataclass(frozen=True, slots=True)
class _Asked:
    """One metric of a query: which instances or requests count, and what is told of them."""

    metric: Metric
    condition: Filter
    aggregations: tuple[str, ...]


class Monitor:
    """Reads what was measured."""

    def __init__(self, context: Context, data_plane: DataPlane) -> None:
        self._context = context
        self._data_plane = data_plane

    async def endpoint(self, record: Record, query: MetricsQuery) -> dict[str, Any]:
        """Metrics of an endpoint. Raises ArmError (400)."""
        window = _window(query)
        measured = await self._data_plane.metrics(record.name, window.start, window.end)
        rows = [row for row in measured if not row.mirrored]  # no caller made those requests or saw their answers
        resource_id = self._context.scope.resource_id("onlineEndpoints", record.name)
        found = [
            _metric(resource_id, asked, window, _measured(rows, asked, window))
            for asked in _asked(definitions.ENDPOINT_METRICS, query)
        ]
        return self._answer(window, query, definitions.ENDPOINT_NAMESPACE, found)

    async def deployment(self, record: Record, query: MetricsQuery) -> dict[str, Any]:
        """Metrics of a deployment, mirrored requests included: its instances answered them. Raises ArmError (400)."""
        window = _window(query)
        rows = await self._data_plane.metrics(record.parent, window.start, window.end)
        own = [row for row in rows if row.slot == record.name]
        resource_id = self._context.scope.resource_id("onlineEndpoints", record.parent, "deployments", record.name)
        wanted = _asked(definitions.DEPLOYMENT_METRICS, query)
        reading = self._reading(record) if any(asked.metric.name in GAUGES for asked in wanted) else None
        found = []
        for asked in wanted:
            if reading is not None and asked.metric.name in GAUGES:
                points = reading.points(asked.metric.name, asked.condition, window)
            else:
                points = _measured(own, asked, window)
            found.append(_metric(resource_id, asked, window, points))
        return self._answer(window, query, definitions.DEPLOYMENT_NAMESPACE, found)

    def _reading(self, record: Record) -> Reading:
        slot = self._data_plane.slots(record.parent).get(record.name)
        return Reading.of(record.name, slot, machine_size(record.body["properties"]["instanceType"]))

    def _answer(self, window: Window, query: MetricsQuery, namespace: str, found: list[Any]) -> dict[str, Any]:
        return {
            "cost": 0,
            "timespan": f"{_instant(window.start)}/{_instant(window.end)}",
            "interval": query.interval or "PT1M",
            "namespace": namespace,
            "resourceregion": self._context.scope.location,
            "value": found,
        }


def _asked(known: Mapping[str, Metric], query: MetricsQuery) -> list[_Asked]:
    """What is asked for. Raises ArmError (400)."""
    metrics = [definitions.find(known, name) for name in query.names.split(",")]
    names = [each.strip().lower() for each in query.aggregation.split(",") if each.strip()]
    return [_Asked(each, parse(query.condition, each), definitions.aggregations(each, names)) for each in metrics]


def _window(query: MetricsQuery) -> Window:
    """Whole bins around the timespan; without one, the last hour. Raises ArmError (400)."""
    try:
        step = int(durations.seconds(query.interval or "PT1M"))
        start, end = _span(query.timespan)
    except ValueError as error:
        raise ArmError(400, "BadRequest", f"Invalid timespan or interval: {error}.") from error
    if step < _MINUTE or step % _MINUTE or not 0 < end - start <= _LONGEST_SPAN_S:
        raise ArmError(400, "BadRequest", "The interval must be whole minutes, the timespan at most 30 days.")
    first = int(start) // _MINUTE * _MINUTE
    return Window(first, first + -(-(int(end) - first) // step) * step, step)


def _span(text: str) -> tuple[float, float]:
    if not text:
        present = time.time()
        return present - _DEFAULT_SPAN_S, present
    first, _, last = text.partition("/")
    return timestamps.parse(first).timestamp(), timestamps.parse(last).timestamp()


def _measured(rows: list[MinuteMetrics], asked: _Asked, window: Window) -> dict[Key, Points]:
    if asked.metric.name == "RequestsPerMinute":
        return series.requests_per_minute(rows, asked.condition, window)
    return series.latency(rows, asked.metric, asked.condition, window)


def _metric(resource_id: str, asked: _Asked, window: Window, found: Mapping[Key, Points]) -> dict[str, Any]:
    name = asked.metric.name
    return {
        "id": f"{resource_id}/providers/Microsoft.Insights/metrics/{name}",
        "type": "Microsoft.Insights/metrics",
        "name": {"value": name, "localizedValue": name},
        "unit": asked.metric.unit,
        "timeseries": [_timeseries(key, asked, window, points) for key, points in sorted(found.items())],
        "errorCode": "Success",
    }


def _timeseries(key: Key, asked: _Asked, window: Window, points: Points) -> dict[str, Any]:
    names = zip(asked.condition.dimensions, key, strict=True)
    bins = [(start, points.get(start, {})) for start in window.bins()]
    return {
        "metadatavalues": [{"name": {"value": name, "localizedValue": name}, "value": value} for name, value in names],
        "data": [
            {"timeStamp": _instant(start), **{each: found[each] for each in asked.aggregations if each in found}}
            for start, found in bins
        ],
    }


def _instant(epoch_s: int) -> str:
    return datetime.fromtimestamp(epoch_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
