"""The official SDK deploys two slots, shifts traffic between them, calls them, reads logs, and removes them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from azure.ai.ml.entities import (
    Environment,
    ManagedOnlineDeployment,
    ManagedOnlineEndpoint,
    Model,
    OnlineRequestSettings,
    ProbeSettings,
)
from azure.core.exceptions import HttpResponseError

from tests.contract.conftest import INFER_IMAGE, ROUTES
from tests.contract.polling import until

pytestmark = pytest.mark.contract

NAME = "retail-forecast"


def slot(name: str, **changes: Any) -> ManagedOnlineDeployment:
    """A deployment in the manner of the deployment template."""
    fields: dict[str, Any] = {
        "endpoint_name": NAME,
        "model": "azureml:served:1",
        "environment": Environment(image=INFER_IMAGE, inference_config=ROUTES),
        "instance_type": "Standard_DS3_v2",
        "instance_count": 1,
        "environment_variables": {"SLOT": name},
    }
    return ManagedOnlineDeployment(name=name, **{**fields, **changes})


@pytest.fixture(scope="module")
def slots(client: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    """An endpoint with blue and green."""
    folder = tmp_path_factory.mktemp("models") / "model"
    folder.mkdir()
    (folder / "MLmodel").write_text("flavors: {}\n")
    client.models.create_or_update(Model(name="served", path=folder, type="mlflow_model"))
    client.online_endpoints.begin_create_or_update(ManagedOnlineEndpoint(name=NAME, auth_mode="key")).result()
    for name in ("blue", "green"):
        client.online_deployments.begin_create_or_update(slot(name)).result()


@pytest.fixture
def shift(client: Any, slots: None) -> Callable[..., None]:
    """Writes a split and a mirror."""

    def write(traffic: dict[str, int], mirror: dict[str, int] | None = None) -> None:
        endpoint = client.online_endpoints.get(NAME)
        endpoint.traffic, endpoint.mirror_traffic = traffic, mirror or {}
        client.online_endpoints.begin_create_or_update(endpoint).result()

    return write


@pytest.fixture
def score(client: Any, slots: None, tmp_path: Path) -> Callable[..., Any]:
    """Calls the endpoint; `slot` bypasses the split."""
    from azure.ai.ml.constants._endpoint import EndpointInvokeFields

    def call(body: dict[str, Any] | None = None, slot: str | None = None, endpoint: str = NAME) -> Any:
        file = tmp_path / "request.json"
        file.write_text(json.dumps(body or {}))
        # The SDK keeps a slot's header for later calls.
        EndpointInvokeFields.DEFAULT_HEADER.pop("azureml-model-deployment", None)
        return json.loads(client.online_endpoints.invoke(endpoint, request_file=str(file), deployment_name=slot))

    return call


def test_a_slot_serves_its_model(score: Callable[..., Any]) -> None:
    answer = score({"horizon": 7}, slot="green")
    assert (answer["slot"], answer["asked"]) == ("green", {"horizon": 7})
    assert answer["files"] == ["model/MLmodel"]


def test_traffic_follows_the_split(shift: Callable[..., None], score: Callable[..., Any]) -> None:
    shift({"blue": 100, "green": 0})
    assert {score()["slot"] for _ in range(5)} == {"blue"}
    shift({"blue": 50, "green": 50})
    seen = Counter(score()["slot"] for _ in range(20))
    assert set(seen) == {"blue", "green"}


def test_a_split_that_does_not_add_up_is_refused(shift: Callable[..., None]) -> None:
    with pytest.raises(HttpResponseError, match="add up to 60"):
        shift({"blue": 30, "green": 30})


def test_a_mirror_above_half_is_refused(shift: Callable[..., None]) -> None:
    with pytest.raises(HttpResponseError, match="0 to 50"):
        shift({"blue": 100}, {"green": 60})


def test_a_mirrored_slot_gets_copies_and_no_caller_hears_of_it(
    client: Any, shift: Callable[..., None], score: Callable[..., Any]
) -> None:
    def served() -> int:
        logs: str = client.online_deployments.get_logs("green", NAME, lines=500)
        return logs.count("served a request")

    shift({"blue": 100}, {"green": 50})
    assert client.online_endpoints.get(NAME).mirror_traffic == {"green": 50}
    before = served()
    assert {score()["slot"] for _ in range(4)} == {"blue"}
    until(lambda: served() == before + 2)
    shift({"blue": 100})


@pytest.mark.parametrize("mode", ["aml_token", "aad_token"])
def test_an_endpoint_takes_the_tokens_that_its_mode_asks_for(client: Any, score: Callable[..., Any], mode: str) -> None:
    name = mode.replace("_", "-")
    endpoint = ManagedOnlineEndpoint(name=name, auth_mode=mode)
    client.online_endpoints.begin_create_or_update(endpoint).result()
    client.online_deployments.begin_create_or_update(slot("blue", endpoint_name=name)).result()
    endpoint.traffic = {"blue": 100}
    client.online_endpoints.begin_create_or_update(endpoint).result()
    assert score(endpoint=name)["slot"] == "blue"
    client.online_endpoints.begin_delete(name).result()


def test_settings_of_a_slot_come_back_as_they_were_sent(client: Any, slots: None) -> None:
    client.online_deployments.begin_create_or_update(
        slot(
            "settled",
            model_mount_path="/var/models",
            instance_count=2,
            request_settings=OnlineRequestSettings(request_timeout_ms=60000, max_concurrent_requests_per_instance=4),
            liveness_probe=ProbeSettings(initial_delay=5, period=7, timeout=3, failure_threshold=9),
        )
    ).result()
    found = client.online_deployments.get("settled", NAME)
    assert (found.instance_count, found.instance_type) == (2, "Standard_DS3_v2")
    assert found.environment_variables["SLOT"] == "settled"
    assert (found.request_settings.request_timeout_ms, found.request_settings.max_concurrent_requests_per_instance) == (
        60000,
        4,
    )
    probe = found.liveness_probe
    assert (probe.initial_delay, probe.period, probe.timeout, probe.failure_threshold) == (5, 7, 3, 9)
    client.online_deployments.begin_delete("settled", NAME).result()


def test_a_slot_with_traffic_cannot_be_deleted(client: Any, shift: Callable[..., None]) -> None:
    shift({"blue": 100})
    with pytest.raises(HttpResponseError, match="takes 100 % of the live traffic"):
        client.online_deployments.begin_delete("blue", NAME).result()


def test_both_containers_have_logs(client: Any, score: Callable[..., Any]) -> None:
    score(slot="green")
    logs = client.online_deployments.get_logs("green", NAME, lines=50)
    assert "loading the model" in logs
    assert "served a request" in logs
    assert client.online_deployments.get_logs("green", NAME, lines=50, container_type="storage-initializer")


def test_an_update_replaces_the_instances_and_keeps_the_traffic(
    client: Any, shift: Callable[..., None], score: Callable[..., Any]
) -> None:
    shift({"blue": 100})
    changed = slot("blue", environment_variables={"SLOT": "blue-2"}, tags={"release": "2"})
    client.online_deployments.begin_create_or_update(changed).result()
    assert score()["slot"] == "blue-2"
    assert client.online_deployments.get("blue", NAME).tags == {"release": "2"}


def test_a_slot_that_crashes_fails_with_its_last_lines(client: Any, slots: None) -> None:
    broken = slot("broken", environment_variables={"CRASH": "1"}, readiness_probe=None)
    with pytest.raises(HttpResponseError, match="the model cannot be loaded"):
        client.online_deployments.begin_create_or_update(broken).result()
    assert client.online_deployments.get("broken", NAME).provisioning_state == "Failed"
    client.online_deployments.begin_delete("broken", NAME).result()


def test_a_failed_update_leaves_the_old_instances_serving(client: Any, score: Callable[..., Any]) -> None:
    before = score(slot="green")["slot"]
    with pytest.raises(HttpResponseError):
        client.online_deployments.begin_create_or_update(slot("green", environment_variables={"CRASH": "1"})).result()
    assert score(slot="green")["slot"] == before


def test_a_slot_is_listed_and_removed(client: Any, shift: Callable[..., None]) -> None:
    client.online_deployments.begin_create_or_update(slot("spare")).result()
    assert "spare" in {each.name for each in client.online_deployments.list(NAME)}
    client.online_deployments.begin_delete("spare", NAME).result()
    assert "spare" not in {each.name for each in client.online_deployments.list(NAME)}
