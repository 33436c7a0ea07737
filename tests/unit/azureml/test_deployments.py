"""Slots: what is read of them, what a failed one says, and how their end is waited for."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from retailctl.azureml import Workspace
from retailctl.azureml.arm import ArmClient
from retailctl.azureml.deployments import DeploymentsClient
from retailctl.azureml.sdk import DeploymentPut
from retailctl.domain.deadline import Deadline
from retailctl.errors import DeploymentFailed, WaitTimedOut, WorkFailed, WrongState
from tests.unit.azureml.doubles import CONNECTION, ScriptedTransport, SteppedClock, arm_error

WS = CONNECTION.workspace_id
FILE = Path("deployment.yml")


def slot_resource(state: str = "Succeeded", **properties: object) -> dict[str, Any]:
    return {
        "id": f"{WS}/onlineEndpoints/retail/deployments/green",
        "name": "green",
        "location": "westeurope",
        "sku": {"name": "Default", "capacity": 2},
        "tags": {"retailctl.image": "reg.io/retail/infer@sha256:aa"},
        "properties": {
            "endpointComputeType": "Managed",
            "provisioningState": state,
            "instanceType": "Standard_DS3_v2",
            "model": f"{WS}/models/retail-forecast/versions/7",
            "environmentId": f"{WS}/environments/retail-infer/versions/3",
            **properties,
        },
    }


class PutOf:
    """Stands where the SDK sends a slot; done after ``looks`` looks at it."""

    def __init__(self, looks: int = 1, failure: Exception | None = None, conflicts: int = 0) -> None:
        self.looks = looks
        self.failure = failure
        self.conflicts = conflicts

    @contextlib.contextmanager
    def deployment_put(self, yaml: Path) -> Iterator[DeploymentPut]:
        self.conflicts -= 1
        if self.conflicts >= 0:
            raise WrongState("slot 'green' cannot be changed", reason="the endpoint is Updating")
        yield DeploymentPut("retail", "green", self._done, self._result)

    def _done(self) -> bool:
        self.looks -= 1
        return self.looks < 0

    def _result(self) -> None:
        if self.failure:
            raise self.failure


@pytest.fixture
def slots(arm: ArmClient) -> Callable[[PutOf], DeploymentsClient]:
    return lambda put: DeploymentsClient(arm, put)


def test_a_slot_is_read_with_pinned_model_and_environment(workspace: Workspace, azure: ScriptedTransport) -> None:
    azure.answers(200, slot_resource())
    slot = workspace.deployments.get("retail", "green")
    assert (slot.name, slot.endpoint, slot.state) == ("green", "retail", "Succeeded")
    assert (slot.model, slot.environment) == ("retail-forecast:7", "retail-infer:3")
    assert (slot.instance_type, slot.instance_count) == ("Standard_DS3_v2", 2)
    assert slot.image == "reg.io/retail/infer@sha256:aa"


@pytest.mark.parametrize("reference", [None, "azureml:retail-forecast@latest", "/some/path"])
def test_a_model_that_is_not_pinned_is_not_guessed(
    workspace: Workspace, azure: ScriptedTransport, reference: str | None
) -> None:
    azure.answers(200, slot_resource(model=reference))
    assert workspace.deployments.get("retail", "green").model is None


def test_a_slot_is_waited_for_and_each_new_state_told(
    slots: Callable[[PutOf], DeploymentsClient], azure: ScriptedTransport
) -> None:
    told: list[str] = []
    azure.answers(404, arm_error("NotFound", "not yet"))
    for state in ("Creating", "Creating", "Updating", "Succeeded"):
        azure.answers(200, slot_resource(state))
    assert slots(PutOf(looks=4)).apply(FILE, on_progress=told.append).state == "Succeeded"
    assert told == ["Creating", "Updating"]


def test_an_endpoint_that_somebody_else_changes_is_waited_for(
    slots: Callable[[PutOf], DeploymentsClient], azure: ScriptedTransport
) -> None:
    told: list[str] = []
    azure.answers(200, slot_resource())
    assert slots(PutOf(0, conflicts=3)).apply(FILE, on_progress=told.append).state == "Succeeded"
    assert told == ["waiting: the endpoint is Updating"] * 3


def test_a_conflict_that_does_not_end_is_told(slots: Callable[[PutOf], DeploymentsClient], clock: SteppedClock) -> None:
    with pytest.raises(WrongState):
        slots(PutOf(0, conflicts=999)).apply(FILE)
    assert clock.monotonic() == 120


def test_a_failed_slot_comes_with_the_last_lines_of_its_server(
    slots: Callable[[PutOf], DeploymentsClient], azure: ScriptedTransport
) -> None:
    azure.answers(200, {"content": "Traceback\nImportError: no model, Bearer s3cr3t\n"})
    failure = WorkFailed("slot failed", reason="ResourceNotReady: User container has crashed")
    with pytest.raises(DeploymentFailed, match="slot 'green' of endpoint 'retail' never became ready") as caught:
        slots(PutOf(0, failure)).apply(FILE)
    assert caught.value.reason == "ResourceNotReady: User container has crashed"
    assert caught.value.details["log"] == "Traceback\nImportError: no model, Bearer ***"
    assert caught.value.hint == "retailctl logs --slot green --container inference-server"
    assert azure.sent[0].body == {"containerType": "InferenceServer", "tail": 40}


def test_where_the_server_never_started_the_step_before_it_speaks(
    slots: Callable[[PutOf], DeploymentsClient], azure: ScriptedTransport
) -> None:
    azure.answers(200, {"content": ""}).answers(200, {"content": "cannot download model"})
    with pytest.raises(DeploymentFailed) as caught:
        slots(PutOf(0, WorkFailed("slot failed"))).apply(FILE)
    assert caught.value.details["container"] == "storage-initializer"
    assert caught.value.details["log"] == "cannot download model"


def test_a_failed_slot_without_any_log_is_still_told(
    slots: Callable[[PutOf], DeploymentsClient], azure: ScriptedTransport
) -> None:
    azure.answers(404, arm_error("NotFound", "gone")).answers(404, arm_error("NotFound", "gone"))
    with pytest.raises(DeploymentFailed) as caught:
        slots(PutOf(0, WorkFailed("slot failed", reason="quota"))).apply(FILE)
    assert caught.value.reason == "quota"
    assert "log" not in caught.value.details


def test_a_slot_that_takes_longer_than_allowed_goes_on(
    slots: Callable[[PutOf], DeploymentsClient], azure: ScriptedTransport, clock: SteppedClock
) -> None:
    for _ in range(3):
        azure.answers(200, slot_resource("Creating"))
    with pytest.raises(WaitTimedOut, match="slot 'green'") as caught:
        slots(PutOf(looks=99)).apply(FILE, deadline=Deadline.after(clock, 0.4))
    assert caught.value.hint == "retailctl status --watch"


def test_logs_ask_for_the_container_and_the_lines(workspace: Workspace, azure: ScriptedTransport) -> None:
    azure.answers(200, {"content": "line\n"})
    assert workspace.deployments.logs("retail", "green", "storage-initializer", 7) == "line\n"
    assert azure.sent[0].path == "/onlineEndpoints/retail/deployments/green/getLogs"
    assert azure.sent[0].body == {"containerType": "StorageInitializer", "tail": 7}


def test_a_slot_with_traffic_is_not_deleted(workspace: Workspace, azure: ScriptedTransport) -> None:
    azure.answers(409, arm_error("Conflict", "Deployment green has live traffic"))
    with pytest.raises(WrongState) as caught:
        workspace.deployments.delete("retail", "green")
    assert caught.value.reason == "Deployment green has live traffic"


def test_a_deleted_slot_is_gone_before_the_call_returns(workspace: Workspace, azure: ScriptedTransport) -> None:
    azure.answers(202, None, Location="https://arm.example/op").answers(204)
    azure.answers(200, slot_resource("Deleting")).answers(404, arm_error("NotFound", "gone"))
    workspace.deployments.delete("retail", "green")
