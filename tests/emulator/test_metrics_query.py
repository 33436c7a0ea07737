"""Metrics of an endpoint at Azure Monitor's path: counted by the router, split and filtered by dimensions."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.contract.polling import until
from tests.emulator import bodies
from tests.emulator.api import Api

_NAME = "/onlineEndpoints/measured"
_METRICS = f"{_NAME}/providers/microsoft.insights/metrics"


@pytest.fixture(scope="module")
def traffic(api: Api, infer: str) -> None:
    """Three good answers and one refusal by the model, all from blue."""
    api.done(api.arm("PUT", _NAME, json=bodies.endpoint()))
    api.done(api.arm("PUT", f"{_NAME}/deployments/blue", json=bodies.deployment(infer)))
    api.done(api.arm("PUT", _NAME, json=bodies.endpoint(traffic={"blue": 100})))
    found = api.arm("GET", _NAME).json()["properties"]["scoringUri"]
    key = api.arm("POST", f"{_NAME}/listKeys").json()["primaryKey"]
    for body in ({}, {}, {}, {"bad": True}):
        requests.post(found, json=body, headers={"Authorization": f"Bearer {key}"}, timeout=30)


def _series(api: Api, path: str = _METRICS, **query: str) -> dict[tuple[str, ...], float]:
    """Sum of the points of each series, by its dimensions' values."""
    answer = api.arm("GET", path, params={"interval": "PT1M", **query})
    assert answer.status_code == 200, answer.text
    metric = answer.json()["value"][0]
    return {
        tuple(each["value"] for each in series["metadatavalues"]): sum(
            point.get("average", 0) for point in series["data"]
        )
        for series in metric["timeseries"]
    }


@pytest.mark.parametrize("below", ["", "/deployments/blue"])
def test_what_is_defined_can_be_asked_for(api: Api, traffic: None, below: str) -> None:
    base = f"{_NAME}{below}/providers/microsoft.insights"
    found = api.arm("GET", f"{base}/metricDefinitions").json()["value"]
    assert {"RequestsPerMinute", "RequestLatency_P95"} <= {each["name"]["value"] for each in found}
    for each in found:
        conditions = [f"{dimension['value']} eq '*'" for dimension in each["dimensions"]]
        query = {"metricnames": each["name"]["value"], "$filter": " and ".join(conditions)}
        answer = api.arm("GET", f"{base}/metrics", params=query)
        assert (answer.status_code, answer.json()["value"][0]["unit"]) == (200, each["unit"])


def test_requests_are_counted(api: Api, traffic: None) -> None:
    until(lambda: _series(api, metricnames="RequestsPerMinute") == {(): 4.0})


def test_requests_are_split_by_the_dimensions_of_the_filter(api: Api, traffic: None) -> None:
    condition = {"$filter": "deployment eq 'blue' and statusCodeClass eq '*'"}
    found = _series(api, metricnames="RequestsPerMinute", **condition)
    assert found == {("blue", "2xx"): 3.0, ("blue", "4xx"): 1.0}


def test_an_error_rate_is_a_filter(api: Api, traffic: None) -> None:
    condition = {"$filter": "deployment eq 'blue' and statusCodeClass ne '2xx'"}
    assert sum(_series(api, metricnames="RequestsPerMinute", **condition).values()) == 1.0


def test_the_models_own_status_is_a_dimension(api: Api, traffic: None) -> None:
    condition = {"$filter": "modelStatusCode eq '400'"}
    assert _series(api, metricnames="RequestsPerMinute", **condition) == {("400",): 1.0}


@pytest.mark.parametrize("name", ["RequestLatency", "RequestLatency_P50", "RequestLatency_P95", "RequestLatency_P99"])
def test_latency_is_told_in_milliseconds(api: Api, traffic: None, name: str) -> None:
    found = _series(api, metricnames=name, **{"$filter": "deployment eq 'blue'"})
    assert 0 < found[("blue",)] < 60_000


def test_mirrored_requests_count_where_they_were_answered_and_not_as_callers(api: Api, infer: str) -> None:
    name, mirrored = "/onlineEndpoints/mirrored", {"traffic": {"blue": 100}, "mirrorTraffic": {"green": 50}}
    api.done(api.arm("PUT", name, json=bodies.endpoint()))
    for slot in ("blue", "green"):
        api.done(api.arm("PUT", f"{name}/deployments/{slot}", json=bodies.deployment(infer, slot)))
    api.done(api.arm("PUT", name, json=bodies.endpoint(**mirrored)))
    address = api.arm("GET", name).json()["properties"]["scoringUri"]
    key = api.arm("POST", f"{name}/listKeys").json()["primaryKey"]
    for _ in range(10):
        requests.post(address, json={}, headers={"Authorization": f"Bearer {key}"}, timeout=30)
    metrics = "providers/microsoft.insights/metrics"
    until(lambda: _series(api, f"{name}/deployments/green/{metrics}", metricnames="RequestsPerMinute") == {(): 5.0})
    by_slot = {"$filter": "deployment eq '*'"}
    for metric in ("RequestsPerMinute", "RequestLatency"):
        assert set(_series(api, f"{name}/{metrics}", metricnames=metric, **by_slot)) == {("blue",)}


@pytest.mark.parametrize("name", ["CpuUtilizationPercentage", "CpuMemoryUtilizationPercentage", "DeploymentCapacity"])
def test_a_deployment_tells_what_it_uses(api: Api, traffic: None, name: str) -> None:
    path = f"{_NAME}/deployments/blue/providers/microsoft.insights/metrics"
    assert list(_series(api, path, metricnames=name)) == [()]
    assert list(_series(api, path, metricnames=name, **{"$filter": "instanceId eq '*'"})) == [("blue-0",)]


def test_the_capacity_is_told_by_instance_and_state(api: Api, infer: str) -> None:
    name = "/onlineEndpoints/scaled"
    api.done(api.arm("PUT", name, json=bodies.endpoint()))
    api.done(api.arm("PUT", f"{name}/deployments/blue", json=bodies.deployment(infer, count=2)))
    path = f"{name}/deployments/blue/providers/microsoft.insights/metrics"
    asked = {"metricnames": "DeploymentCapacity", "$filter": "State eq '*'"}
    assert _series(api, path, metricnames="DeploymentCapacity") == {(): 2.0}
    assert _series(api, path, **asked) == {("Ready",): 2.0}
    found = _series(api, path, **{**asked, "$filter": "instanceId eq '*' and State eq 'Ready'"})
    assert found == {("blue-0", "Ready"): 1.0, ("blue-1", "Ready"): 1.0}
    answer = api.arm("GET", path, params={"metricnames": "CpuUtilizationPercentage", "aggregation": "Maximum,Minimum"})
    points = [point for point in answer.json()["value"][0]["timeseries"][0]["data"] if "maximum" in point]
    assert [sorted(point) for point in points] == [["maximum", "minimum", "timeStamp"]]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({}, "metricnames is required"),
        ({"metricnames": "Nonsense"}, "Valid metrics: RequestsPerMinute"),
        ({"metricnames": "RequestLatency", "$filter": "statusCode eq '200'"}, "no dimension 'statusCode'"),
        ({"metricnames": "RequestLatency", "$filter": "deployment is 'x'"}, "is not DIMENSION"),
        ({"metricnames": "RequestLatency", "timespan": "yesterday"}, "Invalid timespan"),
        ({"metricnames": "RequestLatency", "interval": "PT1S"}, "whole minutes"),
        ({"metricnames": "RequestLatency", "aggregation": "Maximum"}, "RequestLatency supports Average only"),
    ],
)
def test_a_query_without_meaning_is_refused(api: Api, traffic: None, query: dict[str, Any], said: str) -> None:
    answer = api.arm("GET", _METRICS, params=query)
    assert answer.status_code == 400
    assert said in answer.json()["error"]["message"]
