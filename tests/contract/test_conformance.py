"""The judge judged: messages that do not conform are found, those that do pass."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from retailctl.emulator import LocalWorkspace
from retailctl.emulator.app.exchange import Exchange
from tests.contract.conformance import Conformance, descriptions

pytestmark = pytest.mark.contract

_WORKSPACE = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w"
_ENDPOINT = {"location": "local", "properties": {"authMode": "Key", "traffic": {"blue": 100}}}


def _violations(
    sent: Any, answered: Any, *, method: str = "PUT", path: str = "/onlineEndpoints/shop", status: int = 201
) -> list[str]:
    watcher = Conformance(descriptions())
    bodies = [json.dumps(each).encode() if each is not None else b"" for each in (sent, answered)]
    watcher(Exchange(method, _WORKSPACE + path, "2024-04-01", bodies[0], status, bodies[1]))
    assert watcher.seen
    return watcher.violations


def test_what_conforms_passes() -> None:
    assert _violations(_ENDPOINT, _ENDPOINT) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"authMode": "Password"}, "is not one of"),
        ({"traffic": {"blue": "100"}}, "is not of type 'integer'"),
        ({"provisioningState": "Succeeded"}, "'provisioningState' was unexpected"),
        ({"nonsense": 1}, "'nonsense' was unexpected"),
    ],
)
def test_a_wrong_request_is_found(change: dict[str, Any], said: str) -> None:
    sent = {**_ENDPOINT, "properties": {"authMode": "Key", **change}}
    assert any("request" in each and said in each for each in _violations(sent, _ENDPOINT))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"authMode": None}, "is not one of"),
        ({"provisioningState": "Ready"}, "is not one of"),
        ({"scoringUri": "no address"}, "is not a 'uri'"),
        ({"keys": {"primaryKey": "secret"}}, "'keys' was unexpected"),
    ],
)
def test_a_wrong_answer_is_found(change: dict[str, Any], said: str) -> None:
    answered = {**_ENDPOINT, "properties": {**_ENDPOINT["properties"], **change}}  # type: ignore[dict-item]
    assert any("answer 201" in each and said in each for each in _violations(_ENDPOINT, answered))


def test_a_sub_type_is_held_to_its_own_fields() -> None:
    managed = {"endpointComputeType": "Managed", "instanceType": "Standard_DS3_v2"}
    path = "/onlineEndpoints/shop/deployments/blue"
    good = {"location": "local", "properties": managed}
    assert _violations(good, good, path=path) == []
    other = {"location": "local", "properties": {**managed, "endpointComputeType": "Elsewhere"}}
    assert _violations(other, good, path=path)
    foreign = {"location": "local", "properties": {**managed, "containerResourceRequirements": {}}}
    assert any("containerResourceRequirements" in each for each in _violations(foreign, good, path=path))


def test_a_status_that_is_not_described_is_found() -> None:
    assert _violations(_ENDPOINT, _ENDPOINT, status=207) != []


def test_a_request_without_a_version_is_found_unless_it_is_for_another_service() -> None:
    watcher = Conformance(descriptions())
    watcher(Exchange("GET", f"/history/v1.0{_WORKSPACE}/runs/a", "", b"", 200, b"{}"))
    assert watcher.violations == []
    watcher(Exchange("GET", f"{_WORKSPACE}/onlineEndpoints", "", b"", 200, b'{"value": []}'))
    assert "names no api-version" in watcher.violations[0]


def test_violations_are_told_once() -> None:
    watcher = Conformance(descriptions())
    watcher(Exchange("GET", f"{_WORKSPACE}/onlineEndpoints", "", b"", 200, b""))
    assert len(watcher.new_violations()) == 1
    assert watcher.new_violations() == []


def test_every_workspace_of_these_tests_is_watched(conformance: Conformance | None) -> None:
    descriptions()
    assert conformance is not None
    with LocalWorkspace() as workspace:
        before = conformance.seen["OnlineEndpoints_List", 200]
        connection = workspace.connection
        path = f"/subscriptions/{connection['subscription_id']}/resourceGroups/{connection['resource_group']}"
        path += f"/providers/Microsoft.MachineLearningServices/workspaces/{connection['workspace_name']}"
        answer = requests.get(
            f"{workspace.url}{path}/onlineEndpoints?api-version=2024-04-01",
            headers={"Authorization": f"Bearer {workspace.token}"},
            verify=str(workspace.ca_bundle),
            timeout=30,
        )
        assert answer.status_code == 200
    assert conformance.seen["OnlineEndpoints_List", 200] == before + 1


def test_an_error_must_have_the_shape_of_azure() -> None:
    assert _violations(_ENDPOINT, {"error": {"code": "X", "message": "y"}}, status=409) == []
    assert _violations(_ENDPOINT, {"error": "text"}, status=409) != []
