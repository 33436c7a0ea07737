"""The judge judged: messages that do not conform are found, those that do pass."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from retailctl.emulator import LocalWorkspace, daemon
from retailctl.emulator.app.exchange import Exchange
from tests.contract.conformance import Conformance, descriptions
from tests.contract.watch import Watch
from tests.emulator.api import Api

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


def _seen_by(watch: Watch) -> int:
    watch.new_violations()
    return watch.judge.seen["OnlineEndpoints_List", 200]


def test_every_workspace_of_a_test_is_watched(watch: Watch | None) -> None:
    descriptions()
    assert watch is not None
    before = _seen_by(watch)
    with LocalWorkspace() as workspace:
        api = Api.of(workspace)
        assert api.arm("GET", "/onlineEndpoints").status_code == 200
        assert api.call("GET", f"{api.workspace.lower()}/ONLINEENDPOINTS?api-version=2024-04-01").status_code == 200
    assert _seen_by(watch) == before + 2


def test_a_server_in_a_process_of_its_own_is_watched(watch: Watch | None, tmp_path: Path) -> None:
    descriptions()
    assert watch is not None
    before = _seen_by(watch)
    api = Api(daemon.start(tmp_path))
    try:
        assert api.arm("GET", "/onlineEndpoints").status_code == 200
    finally:
        daemon.stop(tmp_path)
    assert _seen_by(watch) == before + 1


def test_an_error_must_have_the_shape_of_azure() -> None:
    assert _violations(_ENDPOINT, {"error": {"code": "X", "message": "y"}}, status=409) == []
    assert _violations(_ENDPOINT, {"error": "text"}, status=409) != []
