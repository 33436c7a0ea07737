"""Which metrics there are, with the names, units and dimensions that Azure Monitor publishes for online endpoints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from retailctl.emulator.arm.errors import ArmError

ENDPOINT_NAMESPACE = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints"
DEPLOYMENT_NAMESPACE = f"{ENDPOINT_NAMESPACE}/deployments"


AVERAGE = ("Average",)
SPREAD = ("Average", "Minimum", "Maximum")


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. `percentile` is set for those of latency; `aggregations` begins with the primary one."""

    name: str
    unit: str
    dimensions: tuple[str, ...] = ()
    percentile: float | None = None
    aggregations: tuple[str, ...] = AVERAGE


def _latencies(dimensions: tuple[str, ...]) -> list[Metric]:
    percentiles = {
        "RequestLatency_P50": 50,
        "RequestLatency_P90": 90,
        "RequestLatency_P95": 95,
        "RequestLatency_P99": 99,
    }
    return [Metric(name, "MilliSeconds", dimensions, percent) for name, percent in percentiles.items()]


def _by_name(metrics: list[Metric]) -> Mapping[str, Metric]:
    return {metric.name.lower(): metric for metric in metrics}


ENDPOINT_METRICS = _by_name(
    [
        Metric("RequestsPerMinute", "Count", ("deployment", "statusCode", "statusCodeClass", "modelStatusCode")),
        Metric("RequestLatency", "MilliSeconds", ("deployment",)),
        *_latencies(("deployment",)),
    ]
)
DEPLOYMENT_METRICS = _by_name(
    [
        Metric("RequestsPerMinute", "Count", ("envoy_response_code",)),
        *_latencies(()),
        Metric("CpuUtilizationPercentage", "Percent", ("instanceId",), aggregations=SPREAD),
        Metric("CpuMemoryUtilizationPercentage", "Percent", ("instanceId",), aggregations=SPREAD),
        Metric("DeploymentCapacity", "Count", ("instanceId", "State"), aggregations=SPREAD),
    ]
)
"""https://learn.microsoft.com/azure/azure-monitor/reference/supported-metrics, by resource type."""


def describe(metrics: Mapping[str, Metric], namespace: str, resource_id: str) -> dict[str, Any]:
    """The metrics of a resource as Azure Monitor's metricDefinitions tells them."""
    return {"value": [_definition(metric, namespace, resource_id) for metric in metrics.values()]}


def _definition(metric: Metric, namespace: str, resource_id: str) -> dict[str, Any]:
    return {
        "id": f"{resource_id}/providers/microsoft.insights/metricdefinitions/{metric.name}",
        "resourceId": resource_id,
        "namespace": namespace,
        "name": {"value": metric.name, "localizedValue": metric.name},
        "isDimensionRequired": False,
        "unit": metric.unit,
        "primaryAggregationType": metric.aggregations[0],
        "supportedAggregationTypes": list(metric.aggregations),
        "metricAvailabilities": [{"timeGrain": "PT1M", "retention": "P30D"}],
        "dimensions": [{"value": name, "localizedValue": name} for name in metric.dimensions],
    }


def aggregations(metric: Metric, asked: Sequence[str]) -> tuple[str, ...]:
    """Those that are asked for (lower case), or the primary one. Raises ArmError (400) for others than it has."""
    supported = tuple(each.lower() for each in metric.aggregations)
    for each in asked:
        if each not in supported:
            words = f"{metric.name} supports {', '.join(metric.aggregations)} only"
            raise ArmError(400, "BadRequest", f"Invalid aggregation: {each}. {words}.")
    return tuple(asked) or supported[:1]


def find(metrics: Mapping[str, Metric], name: str) -> Metric:
    """The metric of this name. Raises ArmError (400) that lists those there are."""
    metric = metrics.get(name.strip().lower())
    if metric is None:
        known = ",".join(each.name for each in metrics.values())
        raise ArmError(
            400, "BadRequest", f"Failed to find metric configuration for metric: {name}, Valid metrics: {known}"
        )
    return metric
