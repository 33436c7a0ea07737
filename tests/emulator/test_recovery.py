"""What a server that was stopped or killed left under way, and what the next one on the state folder makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psutil
import pytest

from retailctl.emulator import LocalWorkspace, server
from retailctl.emulator.router.client import RouterClient, RouterError
from retailctl.emulator.store.database import Database
from retailctl.emulator.store.operations import OperationStore
from tests.contract.conftest import RUNNERS
from tests.contract.polling import until
from tests.emulator import bodies
from tests.emulator.api import Api

SHOP = "/onlineEndpoints/shop"
BLUE = f"{SHOP}/deployments/blue"


@contextmanager
def served(state: Path) -> Iterator[Api]:
    """A server on the folder, and a client of it."""
    with LocalWorkspace(state, RUNNERS) as workspace:
        yield Api.of(workspace)


def _stuck(api: Api, transition: str) -> None:
    api.call("POST", "/_local/faults", json={"kind": "stuck", "transition": transition, "resource": ".*"})


def _waits(api: Api, transition: str) -> bool:
    found = api.call("GET", "/_local/transitions").json()["value"]
    return transition in {each["transition"] for each in found}


def _status(api: Api, job: str) -> str:
    status: str = api.arm("GET", f"/jobs/{job}").json()["properties"]["status"]
    return status


def _environment(api: Api, image: str) -> str:
    found: str = api.arm("PUT", "/environments/any/versions/1", json=bodies.environment(image)).json()["id"]
    return found


def _serve_blue(api: Api) -> None:
    environment = _environment(api, bodies.INFER_IMAGE)
    api.done(api.arm("PUT", SHOP, json=bodies.endpoint()))
    api.done(api.arm("PUT", BLUE, json=bodies.deployment(environment)))


def _scores(api: Api) -> bool:
    key = api.arm("POST", f"{SHOP}/listKeys").json()["primaryKey"]
    address = api.arm("GET", SHOP).json()["properties"]["scoringUri"]
    headers = {"Authorization": f"Bearer {key}", "azureml-model-deployment": "blue"}
    return api.session.post(address, json={}, headers=headers, timeout=30).status_code == 200


def test_a_job_that_was_not_started_runs_after_the_restart(tmp_path: Path) -> None:
    with served(tmp_path) as api:
        environment = _environment(api, bodies.TRAIN_IMAGE)
        _stuck(api, "job.queue")
        api.arm("PUT", "/jobs/one", json=bodies.job(environment, "true"))
        until(lambda: _status(api, "one") == "Queued")
    with served(tmp_path) as api:
        until(lambda: _status(api, "one") == "Completed")


def test_jobs_below_a_path_that_shells_take_apart_leave_nothing_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(elsewhere))
    with served(tmp_path / "a state") as api:
        environment = _environment(api, bodies.TRAIN_IMAGE)
        api.arm("PUT", "/jobs/one", json=bodies.job(environment, "sleep 300"))
        until(lambda: _status(api, "one") == "Running")
        assert [path.name for path in elsewhere.glob("*/*")] == ["one"]
    assert not [*elsewhere.iterdir()]


def test_every_operation_on_a_job_ends_after_the_restart(tmp_path: Path) -> None:
    with served(tmp_path) as api:
        environment = _environment(api, bodies.TRAIN_IMAGE)
        _stuck(api, "job.cancel")
        api.arm("PUT", "/jobs/one", json=bodies.job(environment, "sleep 300"))
        until(lambda: _status(api, "one") == "Running")
        accepted = [api.arm("POST", "/jobs/one/cancel") for _ in range(2)]
    with served(tmp_path) as api:
        assert [api.done(each)["status"] for each in accepted] == ["Succeeded", "Succeeded"]
        assert _status(api, "one") == "Canceled"


def test_an_operation_whose_resource_is_gone_has_succeeded(tmp_path: Path) -> None:
    with served(tmp_path) as api:
        gone = f"{api.workspace}{BLUE}"
    with closing(Database(tmp_path / "state.sqlite")) as database:
        operation = OperationStore(database).start(gone)
    with served(tmp_path), closing(Database(tmp_path / "state.sqlite")) as database:
        found = OperationStore(database).find(operation.id)
        assert found is not None
        assert found.status.value == "Succeeded"


def test_a_deletion_of_a_job_that_was_accepted_is_carried_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with served(tmp_path) as api:
        environment = _environment(api, bodies.TRAIN_IMAGE)
        api.arm("PUT", "/jobs/one", json=bodies.job(environment, "true"))
        until(lambda: _status(api, "one") == "Completed")
        with monkeypatch.context() as patch:  # the server ends before the work begins
            patch.setattr("retailctl.emulator.services.background.Background.run", lambda _, work: work.close())
            accepted = api.arm("DELETE", "/jobs/one")
        assert api.arm("GET", "/jobs/one").status_code == 200
    with served(tmp_path) as api:
        assert api.done(accepted)["status"] == "Succeeded"
        assert api.arm("GET", "/jobs/one").status_code == 404
        assert not list((tmp_path / "blobs").rglob("std_log.txt"))


def test_slots_of_an_endpoint_that_is_being_deleted_do_not_come_back(tmp_path: Path) -> None:
    with served(tmp_path) as api:
        _serve_blue(api)
        _stuck(api, "endpoint.delete")
        accepted = api.arm("DELETE", SHOP)
    with served(tmp_path) as api:
        assert api.done(accepted)["status"] == "Succeeded"
        assert api.arm("GET", SHOP).status_code == 404
        assert not (tmp_path / "slots" / "shop").exists()


def test_folders_of_attempts_and_deployments_that_are_no_more_are_cleared_away(tmp_path: Path) -> None:
    with served(tmp_path) as api:
        _serve_blue(api)
        kept = {path.relative_to(tmp_path) for path in (tmp_path / "slots").rglob("*")}
    for left in ("shop/blue/attempt/logs", "shop/green/attempt/model", "gone/blue/attempt/logs"):
        (tmp_path / "slots" / left).mkdir(parents=True)
    with served(tmp_path) as api:
        assert {path.relative_to(tmp_path) for path in (tmp_path / "slots").rglob("*")} == kept
        assert _scores(api)


def test_a_start_does_not_wait_for_what_is_to_be_stepped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with served(tmp_path) as api:
        _serve_blue(api)
        api.call("PUT", "/_local/pace", json={"pace": "manual"})
        body = bodies.deployment("azureml:any:1", description="changed")
        api.arm("PUT", BLUE, json=body)
    monkeypatch.setattr(server, "_COMING_BACK_S", 3600.0)
    with served(tmp_path) as api:
        until(lambda: _waits(api, "deployment.write"))
        assert _scores(api)
        api.call("POST", "/_local/transitions/step")
        until(lambda: api.arm("GET", BLUE).json()["properties"]["provisioningState"] == "Succeeded")


def test_a_slot_that_does_not_come_back_at_once_does_so_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with served(tmp_path) as api:
        _serve_blue(api)
    monkeypatch.setattr("retailctl.emulator.services.provisioning._FIRST_PAUSE_S", 0.05)
    broken = {**RUNNERS["runners"][1], "command": ["{python}", "-c", "raise SystemExit(1)"]}
    with LocalWorkspace(tmp_path, {"runners": [broken]}) as workspace:
        api = Api.of(workspace)
        context = workspace._server._services.context  # type: ignore[union-attr]
        context.programs._table = type(context.programs._table).parse(RUNNERS)
        until(lambda: _scores(api))


def test_an_update_that_the_router_does_not_take_leaves_what_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(*_: object) -> None:
        raise RouterError("the router refused")

    with served(tmp_path) as api:
        _serve_blue(api)
        before = _instances()
        with monkeypatch.context() as patch:
            patch.setattr(RouterClient, "apply", refused)
            body = bodies.deployment("azureml:any:1", slot="new")
            assert api.done(api.arm("PUT", BLUE, json=body))["status"] == "Failed"
        assert _instances() == before
        assert _scores(api)
        assert api.done(api.arm("PUT", BLUE, json=body))["status"] == "Succeeded"


def _instances() -> set[int]:
    """The launchers of this process's slots."""
    return {child.pid for child in psutil.Process().children() if any("/slots/" in word for word in child.cmdline())}
