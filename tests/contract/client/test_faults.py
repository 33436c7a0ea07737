"""Our client against a local Azure ML that fails on purpose."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3

from retailctl.azureml import Workspace
from retailctl.azureml.endpoints import EndpointEdit
from retailctl.domain.clock import SystemClock
from retailctl.domain.deadline import Deadline
from retailctl.emulator import LocalWorkspace
from retailctl.errors import RetailctlError, ServerFault, Throttled, Unreachable, WaitTimedOut
from tests.contract.client import files

pytestmark = pytest.mark.contract

Fault = Callable[..., None]


@pytest.fixture
def fault(server: LocalWorkspace) -> Iterator[Fault]:
    """Puts a fault in force until the test ends."""
    pool = urllib3.PoolManager(ca_certs=str(server.ca_bundle))
    headers = {"Authorization": f"Bearer {server.token}"}

    def put(**body: Any) -> None:
        answer = pool.request("POST", f"{server.url}/_local/faults", json=body, headers=headers)
        assert answer.status == 201, answer.data

    yield put
    pool.request("DELETE", f"{server.url}/_local/faults", headers=headers)
    pool.clear()


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "status", "status": 429, "retry_after_s": 0.01},
        {"kind": "status", "status": 503, "retry_after_s": 0.01},
        {"kind": "status", "status": 500},
        {"kind": "drop"},
    ],
)
def test_a_fault_that_passes_is_not_noticed(workspace: Workspace, fault: Fault, body: dict[str, object]) -> None:
    fault(method="GET", path="/computes", **body)
    assert workspace.computes.list()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"kind": "status", "status": 429, "retry_after_s": 0.01}, Throttled),
        ({"kind": "status", "status": 503, "retry_after_s": 0.01}, ServerFault),
        ({"kind": "drop"}, Unreachable),
    ],
)
def test_a_fault_that_stays_is_told(
    workspace: Workspace, fault: Fault, body: dict[str, object], expected: type[Exception]
) -> None:
    fault(method="GET", path="/computes", count=20, **body)
    with pytest.raises(expected):
        workspace.computes.list()


def test_a_change_survives_the_service_failing_in_each_of_its_steps(
    workspace: Workspace, fault: Fault, tmp_path: Path
) -> None:
    workspace.endpoints.create(files.endpoint(tmp_path, "unsteady"))
    fault(method="GET", path="/onlineEndpoints/unsteady", kind="drop")
    fault(method="PUT", path="/onlineEndpoints/unsteady", kind="status", status=503, retry_after_s=0.01)
    fault(method="GET", path="/mfeOperationsStatus/", kind="drop")
    workspace.endpoints.change("unsteady", lambda now: EndpointEdit(tags={**now.tags, "kept": "1"}))
    assert workspace.endpoints.get("unsteady").tags == {"kept": "1"}


@pytest.fixture
def hurried_storage(monkeypatch: pytest.MonkeyPatch) -> None:
    """The storage clients wait 15 s and more before they ask again; nothing else of them is changed."""
    from azure.storage.blob import ExponentialRetry

    monkeypatch.setattr(ExponentialRetry, "get_backoff_time", lambda *_: 0.01)


@pytest.mark.usefixtures("hurried_storage")
def test_a_file_whose_upload_was_answered_to_nobody_is_there(
    workspace: Workspace, fault: Fault, tmp_path: Path
) -> None:
    fault(kind="drop", when="after", method="PUT", path=r"/lost-answer/weights\.txt$")
    assert workspace.models.create(files.model(tmp_path, "lost-answer")).version == 1


@pytest.mark.usefixtures("hurried_storage")
def test_an_upload_that_fails_ends(workspace: Workspace, fault: Fault, tmp_path: Path) -> None:
    fault(kind="status", status=403, code="AuthorizationFailure", method="PUT", path="/refused-upload/", count=None)
    with pytest.raises(RetailctlError):
        workspace.models.create(files.model(tmp_path, "refused-upload"))


def test_a_slot_that_hangs_is_not_waited_for_beyond_the_deadline(
    shared: Workspace, fault: Fault, tmp_path: Path
) -> None:
    shared.endpoints.create(files.endpoint(tmp_path, "hanging"))
    fault(kind="stuck", resource="hanging/blue")
    file = files.deployment(tmp_path, "hanging", "blue", files.ENDPOINT)
    with pytest.raises(WaitTimedOut, match="slot 'blue' of endpoint 'hanging'") as caught:
        shared.deployments.apply(file, deadline=Deadline.after(SystemClock(), 1.0))
    assert caught.value.hint == "retailctl status --watch"
    assert shared.deployments.get("hanging", "blue").state == "Creating"
