"""The local Azure ML as a library: a `with` block, and nothing left behind."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from retailctl.emulator import LocalWorkspace
from retailctl.emulator.app.exchange import Exchange
from retailctl.emulator.errors import AlreadyRunning, InvalidRunners, PortTaken, StartFailed
from tests.contract.conftest import RUNNERS
from tests.contract.polling import until
from tests.emulator import bodies
from tests.emulator.api import Api


def test_a_temporary_state_is_gone_afterwards() -> None:
    with LocalWorkspace() as workspace:
        state = workspace.state
        assert (state / "connection.json").is_file()
    assert not state.exists()


def test_nothing_runs_on_afterwards() -> None:
    before = set(psutil.Process(os.getpid()).children(recursive=True))
    with LocalWorkspace(runners=RUNNERS) as workspace:
        api = Api.of(workspace)
        environment = api.arm("PUT", "/environments/e/versions/1", json=bodies.environment()).json()["id"]
        api.done(api.arm("PUT", "/onlineEndpoints/shop", json=bodies.endpoint()))
        api.done(api.arm("PUT", "/onlineEndpoints/shop/deployments/blue", json=bodies.deployment(environment)))
        train = api.arm("PUT", "/environments/t/versions/1", json=bodies.environment(bodies.TRAIN_IMAGE)).json()["id"]
        api.arm("PUT", "/jobs/long", json=bodies.job(train, "sleep 300"))
    assert set(psutil.Process(os.getpid()).children(recursive=True)) <= before


def test_no_thread_file_or_variable_is_left_behind() -> None:
    variables, threads = dict(os.environ), set(threading.enumerate())
    with LocalWorkspace() as workspace:
        Api.of(workspace).arm("GET", "/jobs")
        state = workspace.state
    until(lambda: set(threading.enumerate()) <= threads)
    assert dict(os.environ) == variables
    assert not state.exists()
    assert not [each.path for each in psutil.Process().open_files() if str(state) in each.path]


def test_workspaces_start_and_end_in_several_threads_at_once() -> None:
    def ask(number: int) -> int:
        with LocalWorkspace() as workspace:
            api = Api.of(workspace)
            api.arm("PUT", f"/models/m{number}", json={"properties": {}})
            return len(api.arm("GET", "/models").json()["value"])

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(ask, range(3))) == [1, 1, 1]


def test_a_workspace_that_cannot_start_leaves_nothing(tmp_path: Path) -> None:
    with LocalWorkspace() as running:
        port = int(running.url.rpartition(":")[2])
        refused = LocalWorkspace(port=port)
        with pytest.raises(PortTaken):
            refused.__enter__()
    assert not refused.state.exists()


@pytest.mark.contract
def test_the_official_sdk_comes_with_its_own_login_and_leaves_the_environment_alone() -> None:
    variables = dict(os.environ)
    with LocalWorkspace() as workspace, workspace.ml_client() as client:
        assert client.workspaces.get().name == workspace.workspace_name
        assert [each.name for each in client.datastores.list()]
        assert workspace.token not in repr(workspace.credential)
    assert dict(os.environ) == variables


def test_two_workspaces_stand_side_by_side() -> None:
    with LocalWorkspace() as one, LocalWorkspace() as two:
        Api.of(one).arm("PUT", "/models/only-here", json={"properties": {}})
        assert Api.of(two).arm("GET", "/models/only-here").status_code == 404
        assert one.token != two.token


def test_a_given_state_is_kept_and_taken_up_again(tmp_path: Path) -> None:
    with LocalWorkspace(tmp_path) as workspace:
        Api.of(workspace).arm("PUT", "/models/kept", json={"properties": {}})
        with pytest.raises(AlreadyRunning):
            LocalWorkspace(tmp_path).__enter__()
    with LocalWorkspace(tmp_path) as workspace:
        assert Api.of(workspace).arm("GET", "/models/kept").status_code == 200


def test_an_observer_sees_the_management_api_only() -> None:
    seen: list[Exchange] = []
    with LocalWorkspace(observer=seen.append) as workspace:
        api = Api.of(workspace)
        api.call("GET", "/_local/status")
        api.arm("PUT", "/models/seen", json={"properties": {}})
    assert [(each.method, each.api_version, each.status) for each in seen] == [("PUT", "2024-04-01", 201)]
    assert b"nextVersion" in seen[0].response_body


def test_a_table_that_cannot_be_used_is_named() -> None:
    with pytest.raises(InvalidRunners, match="runners"):
        LocalWorkspace(runners={"rows": []})


def test_outside_its_block_it_is_not_running() -> None:
    with pytest.raises(StartFailed, match="not running"):
        _ = LocalWorkspace().url
