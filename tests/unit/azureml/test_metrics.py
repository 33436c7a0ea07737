"""A slot's figures put together from Azure Monitor's minutes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from retailctl.azureml import Workspace
from retailctl.domain.resources import SlotMetrics
from tests.unit.azureml.doubles import ScriptedTransport

SINCE = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
MINUTES = ("2026-11-02T09:00:00Z", "2026-11-02T09:01:00Z")


def series(values: tuple[float | None, ...], **dimensions: str) -> dict[str, Any]:
    return {
        "metadatavalues": [{"name": {"value": name}, "value": value} for name, value in dimensions.items()],
        "data": [
            {"timeStamp": minute, **({} if value is None else {"average": value})}
            for minute, value in zip(MINUTES, values, strict=True)
        ],
    }


def metric(name: str, *timeseries: dict[str, Any]) -> dict[str, Any]:
    return {"name": {"value": name}, "timeseries": list(timeseries)}


def ask(workspace: Workspace) -> SlotMetrics:
    return workspace.metrics.slot_metrics("retail", "green", SINCE, SINCE + timedelta(minutes=2))


def test_failures_are_counted_by_the_models_own_status(workspace: Workspace, azure: ScriptedTransport) -> None:
    requests = metric(
        "RequestsPerMinute",
        series((90, 10), statuscode="200", modelstatuscode="200"),
        series((3, None), statuscode="424", modelstatuscode="422"),
        series((None, 2), statuscode="424", modelstatuscode="500"),
        series((1, None), statuscode="408", modelstatuscode="0"),
        series((1, None), statuscode="429", modelstatuscode=""),
        series((4, None), statuscode="401"),
    )
    azure.answers(200, {"value": [requests]}).answers(200, {"value": []})
    figures = ask(workspace)
    assert figures.requests == 111
    assert figures.errors_4xx == 7  # 3 that the model refused, 4 without a valid key
    assert figures.errors_5xx == 4  # 2 model faults, 1 too slow, 1 overload


def test_latency_is_weighted_by_the_requests_of_each_minute(workspace: Workspace, azure: ScriptedTransport) -> None:
    azure.answers(200, {"value": [metric("RequestsPerMinute", series((90, 10), statuscode="200"))]})
    azure.answers(
        200,
        {
            "value": [
                metric("RequestLatency_P50", series((10, 110))),
                metric("RequestLatency_P95", series((20, None))),
                metric("RequestLatency_P99"),
            ]
        },
    )
    figures = ask(workspace)
    assert (figures.p50_ms, figures.p95_ms, figures.p99_ms) == (20, 20, None)


def test_a_slot_without_requests_has_no_latency(workspace: Workspace, azure: ScriptedTransport) -> None:
    azure.answers(200, {"value": []}).answers(200, {"value": [metric("RequestLatency_P50", series((None, None)))]})
    assert ask(workspace) == SlotMetrics("green", 0, 0, 0, None, None, None)


def test_the_question_is_azure_monitors_own(workspace: Workspace, azure: ScriptedTransport) -> None:
    azure.answers(200, {"value": []}).answers(200, {"value": []})
    east = SINCE.astimezone(timezone(timedelta(hours=2)))
    workspace.metrics.slot_metrics("retail", "green", east, east + timedelta(minutes=2))
    first, second = azure.sent
    assert first.path == "/onlineEndpoints/retail/providers/Microsoft.Insights/metrics"
    assert first.query == {
        "api-version": "2023-10-01",
        "metricnames": "RequestsPerMinute",
        "timespan": "2026-11-02T09:00:00Z/2026-11-02T09:02:00Z",
        "interval": "PT1M",
        "aggregation": "Average",
        "$filter": "deployment eq 'green' and statusCode eq '*' and modelStatusCode eq '*'",
        "top": "200",
    }
    assert second.query["metricnames"] == "RequestLatency_P50,RequestLatency_P95,RequestLatency_P99"
    assert second.query["$filter"] == "deployment eq 'green'"


def test_several_slots_are_told_apart_in_the_same_two_requests(workspace: Workspace, azure: ScriptedTransport) -> None:
    requests = metric(
        "RequestsPerMinute",
        series((30, 30), deployment="blue", statuscode="200"),
        series((10, None), deployment="green", statuscode="200"),
    )
    latency = metric("RequestLatency_P95", series((8, 8), deployment="blue"), series((4, 4), deployment="green"))
    azure.answers(200, {"value": [requests]}).answers(200, {"value": [latency]})
    figures = workspace.metrics.by_slot("retail", ["blue", "green", "grey"], SINCE, SINCE + timedelta(minutes=2))
    assert {slot: (each.requests, each.p95_ms) for slot, each in figures.items()} == {
        "blue": (60, 8),
        "green": (10, 4),
        "grey": (0, None),
    }
    assert azure.sent[1].query["$filter"] == "deployment eq '*'"
