"""Faults of scoring requests as a user sets them, at `/_local/faults` or from the library, and as the metrics tell."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any

import psutil
import pytest
import requests

from retailctl.emulator import LocalWorkspace
from tests.contract.conftest import RUNNERS
from tests.contract.polling import until
from tests.emulator import bodies
from tests.emulator.api import Api

_SHOP = "/onlineEndpoints/shop"


class Shop:
    """An endpoint with two slots, blue taking the traffic."""

    def __init__(self, api: Api, infer: str) -> None:
        self.api = api
        api.done(api.arm("PUT", _SHOP, json=bodies.endpoint()))
        for slot in ("blue", "green"):
            api.done(api.arm("PUT", f"{_SHOP}/deployments/{slot}", json=bodies.deployment(infer, slot)))
        api.done(api.arm("PUT", _SHOP, json=bodies.endpoint(traffic={"blue": 100})))
        self.address = api.arm("GET", _SHOP).json()["properties"]["scoringUri"]
        self.key = api.arm("POST", f"{_SHOP}/listKeys").json()["primaryKey"]

    def score(self, slot: str | None = None) -> requests.Response:
        """One request, past the split where a slot is named."""
        headers = {"Authorization": f"Bearer {self.key}", **({"azureml-model-deployment": slot} if slot else {})}
        return requests.post(self.address, json={}, headers=headers, timeout=30)

    def outcome(self) -> int | str:
        """The status of one request, or that it got none."""
        try:
            return self.score().status_code
        except requests.RequestException:
            return "lost"

    def counted(self, condition: str) -> dict[tuple[str, ...], float]:
        """RequestsPerMinute of the last hour by the filter's dimensions."""
        query = {"metricnames": "RequestsPerMinute", "interval": "PT1M", "$filter": condition}
        answer = self.api.arm("GET", f"{_SHOP}/providers/microsoft.insights/metrics", params=query)
        return {
            tuple(each["value"] for each in series["metadatavalues"]): sum(p.get("average", 0) for p in series["data"])
            for series in answer.json()["value"][0]["timeseries"]
        }


@pytest.fixture(scope="module")
def shop(api: Api, infer: str) -> Shop:
    return Shop(api, infer)


@pytest.fixture(autouse=True)
def as_before(workspace: LocalWorkspace) -> Iterator[None]:
    yield
    workspace.faults.clear()


def _add(api: Api, **body: Any) -> requests.Response:
    return api.call("POST", "/_local/faults", json=body)


def test_a_fault_of_one_slot_meets_its_requests_and_nothing_else(api: Api, shop: Shop) -> None:
    made = _add(api, kind="status", status=424, model_status=500, endpoint="shop", slot="green", count=2)
    assert made.status_code == 201
    assert shop.score().status_code == 200
    assert api.arm("GET", _SHOP).status_code == 200
    failed = shop.score("green")
    assert (failed.status_code, failed.headers["ms-azureml-model-error-statuscode"]) == (424, "500")
    until(lambda: [(e["met"], e["left"]) for e in api.call("GET", "/_local/faults").json()["value"]] == [(1, 1)])
    assert shop.score("green").status_code == 424
    until(lambda: api.call("GET", "/_local/faults").json()["value"] == [])
    assert shop.score("green").status_code == 200


def test_a_fault_of_the_management_api_meets_no_scoring_request(api: Api, shop: Shop) -> None:
    _add(api, kind="status", status=500, path="/score|/models")
    assert shop.score().status_code == 200
    assert api.arm("GET", "/models").status_code == 500


def test_faulty_answers_are_counted_as_the_platform_counts_them(workspace: LocalWorkspace, shop: Shop) -> None:
    before = shop.counted("deployment eq 'green' and statusCode eq '*' and modelStatusCode eq '*'")
    for status in (424, 429, 500):
        workspace.faults.add("status", status=status, endpoint="shop", slot="green", count=2)
        assert [shop.score("green").status_code for _ in range(2)] == [status] * 2
    now = shop.counted("deployment eq 'green' and statusCode eq '*' and modelStatusCode eq '*'")
    added = {key: value - before.get(key, 0) for key, value in now.items()}
    assert added["green", "424", "500"] == 2
    assert [value for (_, status, _), value in added.items() if status in {"429", "500"}] == [2, 2]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "status", "slot": "green"}, "endpoint"),
        ({"kind": "status", "model_status": 500}, "endpoint"),
        ({"kind": "status", "endpoint": "("}, "regular expression"),
        ({"kind": "status", "endpoint": "shop", "operation": "Jobs_Get"}, "operation"),
        ({"kind": "status", "endpoint": "shop", "model_status": 200}, "model_status"),
        ({"kind": "stuck", "endpoint": "shop", "resource": "shop"}, "endpoint"),
    ],
)
def test_a_fault_that_mixes_planes_is_refused_by_name(api: Api, body: dict[str, Any], field: str) -> None:
    answer = _add(api, **body)
    assert answer.status_code == 400
    assert field in answer.json()["error"]["message"]
    assert api.call("GET", "/_local/faults").json()["value"] == []


def test_a_fault_outlives_the_router(workspace: LocalWorkspace, shop: Shop) -> None:
    made = workspace.faults.add("status", status=500, endpoint="shop", count=3)
    assert shop.score().status_code == 500
    routers = [each for each in psutil.Process().children() if "retailctl.emulator.router" in each.cmdline()]
    for router in routers:
        os.kill(router.pid, signal.SIGKILL)
        router.wait(30)
    statuses: list[int] = []

    def served() -> bool:
        try:
            statuses.append(shop.score().status_code)
        except requests.ConnectionError:
            return False  # between two routers
        return statuses[-1] == 200

    until(served)
    assert statuses == [500, 500, 200]
    assert made not in [each["id"] for each in workspace.faults.list()]


def test_a_workspace_begins_with_faults_of_endpoints_that_are_yet_to_come() -> None:
    doomed = {"kind": "status", "status": 503, "endpoint": "shop", "slot": "green", "count": None}
    with LocalWorkspace(runners=RUNNERS, faults=[doomed]) as workspace:
        assert [each["kind"] for each in workspace.faults.list()] == ["status"]
        api = Api.of(workspace)
        infer = api.arm("PUT", "/environments/infer/versions/1", json=bodies.environment()).json()["id"]
        late = Shop(api, infer)
        assert [late.score(slot).status_code for slot in (None, "green", "green")] == [200, 503, 503]
        workspace.faults.clear()
        assert late.score("green").status_code == 200


def test_chaos_reaches_scoring_requests_where_it_is_asked_for(api: Api, shop: Shop) -> None:
    def run(**settings: Any) -> list[int | str]:
        api.call("PUT", "/_local/chaos", json={"rate": 0.4, "retry_after_s": 0, **settings})
        return [shop.outcome() for _ in range(60)]

    try:
        first, again, other = [run(seed=seed, planes=["scoring"]) for seed in (5, 5, 6)]
        assert first == again != other
        assert 12 <= sum(each != 200 for each in first) <= 36  # what was late came all the same
        told: dict[str, Any] = {}
        until(lambda: told.update(api.call("GET", "/_local/chaos").json()) or len(told["dealt"]) == 6)
        assert sum(told["dealt"].values()) >= sum(each != 200 for each in other)
        assert all(api.arm("GET", "/models").status_code == 200 for _ in range(30))
        assert run(seed=5, planes=["storage"]) == [200] * 60
    finally:
        api.call("DELETE", "/_local/chaos")
    assert shop.outcome() == 200


def test_the_library_refuses_a_fault_without_meaning(workspace: LocalWorkspace) -> None:
    with pytest.raises(ValueError, match="slot needs an endpoint"):
        workspace.faults.add("drop", slot="green")
    with pytest.raises(ValueError, match="ghost"):
        workspace.faults.clear("ghost")
    with pytest.raises(ValueError, match="kind"), LocalWorkspace(faults=[{"kind": "explode"}]):
        pass
