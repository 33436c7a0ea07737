"""MLflow behind the workspace's tracking address, judged by MLflow's own client: it starts late, once, and again."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest

from retailctl.emulator import LocalWorkspace
from retailctl.emulator.services.tracking import child
from tests.contract.conftest import RUNNERS
from tests.contract.polling import until
from tests.emulator import bodies
from tests.emulator.api import Api

pytest.importorskip("mlflow", reason="the tracking server is MLflow's own")

_LOG_A_RUN = "import mlflow; mlflow.start_run(); mlflow.log_metric('wape', 0.2)"
_LOG_A_MODEL = (
    "import mlflow.pyfunc, os, pathlib; mlflow.start_run();"
    " out = pathlib.Path(os.environ['AZURE_ML_OUTPUT_model']);"
    " (out / 'MLmodel').write_text('flavors:\\n  python_function:\\n    loader_module: own\\n'); mlflow.end_run()"
)


def mlflow_processes(workspace: LocalWorkspace) -> list[psutil.Process]:
    """The MLflow servers of one workspace."""
    found = []
    for each in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):  # it ends at this moment; a zombie has
            command = each.cmdline()
            if command[2:3] == [str(child.__file__)] and str(workspace.state) in command[3]:
                found.append(each)
    return found


@pytest.fixture(scope="module")
def client(workspace: LocalWorkspace) -> Iterator[Any]:
    """MLflow's client, told no more than the address, the token and the certificates."""
    import mlflow

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_TOKEN", workspace.token)
        patch.setenv("REQUESTS_CA_BUNDLE", str(workspace.ca_bundle))
        patch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
        yield mlflow.MlflowClient(tracking_uri=f"{workspace.url}/mlflow")


def submitted(api: Api, train: str, name: str, program: str, **properties: Any) -> dict[str, Any]:
    """A job that runs a line of Python, once it has ended."""
    answer = api.arm("PUT", f"/jobs/{name}", json=bodies.job(train, f'python -c "{program}"', **properties))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = {}

    def ended() -> bool:
        found.update(api.arm("GET", f"/jobs/{name}").json()["properties"])
        return found["status"] in {"Completed", "Failed", "Canceled"}

    until(ended)
    return found


def runs_of(client: Any, experiment: str) -> list[Any]:
    """The runs of an experiment."""
    found: list[Any] = client.search_runs([client.get_experiment_by_name(experiment).experiment_id])
    return found


def test_no_look_at_the_workspace_starts_it(api: Api, workspace: LocalWorkspace) -> None:
    assert api.arm("GET", "").json()["properties"]["mlFlowTrackingUri"] == f"{workspace.url}/mlflow"
    assert api.call("GET", "/_local/status").status_code == 200
    assert mlflow_processes(workspace) == []


def test_many_first_requests_start_one(api: Api, workspace: LocalWorkspace) -> None:
    import mlflow

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: api.call("GET", "/mlflow/version"), range(8)))
    assert {(answer.status_code, answer.text) for answer in answers} == {(200, mlflow.__version__)}
    assert len(mlflow_processes(workspace)) == 1


def test_it_listens_for_its_owner_alone(workspace: LocalWorkspace) -> None:
    (running,) = mlflow_processes(workspace)
    assert [each for each in running.net_connections("inet") if each.status == psutil.CONN_LISTEN] == []
    socket = workspace.state / "mlflow/sockets/server"
    assert (socket.stat().st_mode & 0o777, socket.parent.stat().st_mode & 0o777) == (0o700, 0o700)


def test_the_operators_secrets_do_not_reach_it(workspace: LocalWorkspace) -> None:
    (running,) = mlflow_processes(workspace)
    found = running.environ()
    assert "MLFLOW_TRACKING_TOKEN" not in found
    assert "PYTEST_CURRENT_TEST" in os.environ
    assert "PYTEST_CURRENT_TEST" not in found
    assert found["MLFLOW_DISABLE_TELEMETRY"] == "true"


def test_what_the_client_logs_it_finds_again(client: Any, tmp_path: Path) -> None:
    experiment = client.create_experiment("by-hand")
    run = client.create_run(experiment).info
    client.log_metric(run.run_id, "wape", 0.2)
    client.log_metric(run.run_id, "wape", 0.1)
    (found,) = client.search_runs([experiment], "metrics.wape < 0.15")
    assert (found.info.run_id, found.data.metrics) == (run.run_id, {"wape": 0.1})
    assert [each.value for each in client.get_metric_history(run.run_id, "wape")] == [0.2, 0.1]


def test_artifacts_go_through_the_server_both_ways(client: Any, workspace: LocalWorkspace, tmp_path: Path) -> None:
    run = client.create_run(client.create_experiment("files")).info
    assert run.artifact_uri.startswith("mlflow-artifacts:/")
    content = os.urandom(3 * 2**20)
    (tmp_path / "model.bin").write_bytes(content)
    client.log_artifact(run.run_id, str(tmp_path / "model.bin"), "deep/down")
    assert [each.path for each in client.list_artifacts(run.run_id, "deep/down")] == ["deep/down/model.bin"]
    fetched = client.download_artifacts(run.run_id, "deep/down/model.bin", str(tmp_path))
    assert Path(fetched).read_bytes() == content
    (kept,) = (workspace.state / "mlflow/artifacts").rglob("model.bin")
    assert kept.stat().st_mode & 0o077 == 0


def test_a_job_and_its_run_lead_to_each_other(api: Api, client: Any, train: str) -> None:
    job = submitted(api, train, "linked", _LOG_A_RUN, experimentName="jobs", displayName="linked by name")
    (run,) = runs_of(client, "jobs")
    assert job["properties"]["mlflow.runId"] == run.info.run_id
    assert run.data.tags["azureml.runId"] == "linked"
    assert (run.info.run_name, run.info.status, run.data.metrics) == ("linked by name", "FINISHED", {"wape": 0.2})


def test_a_run_that_its_job_leaves_open_ends_as_the_job_does(api: Api, client: Any, train: str) -> None:
    submitted(api, train, "left-open", f"{_LOG_A_RUN}; import os; os._exit(3)", experimentName="left-open")
    (run,) = runs_of(client, "left-open")
    assert run.info.status == "FAILED"
    assert run.info.end_time is not None


def test_a_jobs_token_opens_tracking_alone_and_ends_with_the_job(
    api: Api, train: str, workspace: LocalWorkspace
) -> None:
    ask = (
        "import os, ssl, urllib.error as e, urllib.request as r;"
        " c = ssl.create_default_context(cafile=os.environ['MLFLOW_TRACKING_SERVER_CERT_PATH']);"
        " u = os.environ['MLFLOW_TRACKING_URI']; t = os.environ['MLFLOW_TRACKING_TOKEN'];"
        " q = lambda a: r.urlopen(r.Request(a, headers={'Authorization': 'Bearer ' + t}), context=c).status;"
        " print(t, q(u + '/version'))\n"
        "try: q(u.replace('mlflow', '_local/status'))\n"
        "except e.HTTPError as x: print(x.code)"
    )
    submitted(api, train, "token", ask)
    log = workspace.state / "blobs/azureml/ExperimentRun/dcid.token/user_logs/std_log.txt"
    token, inside, elsewhere = log.read_text().split()
    assert (inside, elsewhere) == ("200", "401")
    again = api.call("GET", "/mlflow/version", headers={"Authorization": f"Bearer {token}"})
    assert again.status_code == 401


def test_a_model_carries_the_run_and_the_flavors_of_its_job(api: Api, train: str) -> None:
    outputs = {"model": {"jobOutputType": "uri_folder"}}
    job = submitted(api, train, "maker", _LOG_A_MODEL, outputs=outputs, experimentName="models")
    assert job["status"] == "Completed"
    body = {"properties": {"modelUri": "azureml://jobs/maker/outputs/model", "modelType": "mlflow_model"}}
    answer = api.arm("PUT", "/models/linked/versions/1", json=body)
    assert answer.status_code == 201, answer.text
    model = answer.json()["properties"]
    assert (model["jobName"], model["properties"]["mlflow.runId"]) == ("maker", job["properties"]["mlflow.runId"])
    assert model["flavors"] == {"python_function": {"data": {"loader_module": "own"}}}
    del model["provisioningState"]  # read-only: clients do not send it back
    assert api.arm("PUT", "/models/linked/versions/1", json={"properties": model}).status_code == 200


def test_one_that_was_killed_is_replaced_with_all_its_runs(api: Api, client: Any, workspace: LocalWorkspace) -> None:
    before = client.create_run(client.create_experiment("survives")).info.run_id
    (first,) = mlflow_processes(workspace)
    first.kill()
    until(lambda: mlflow_processes(workspace) == [])
    assert [run.info.run_id for run in runs_of(client, "survives")] == [before]
    (second,) = mlflow_processes(workspace)
    assert second.pid != first.pid


def test_a_stopped_workspace_leaves_no_process_and_no_socket(tmp_path: Path) -> None:
    with LocalWorkspace(tmp_path / "state", RUNNERS) as running:
        assert Api.of(running).call("GET", "/mlflow/version").status_code == 200
        (child,) = mlflow_processes(running)
    assert not child.is_running()
    assert not (tmp_path / "state/mlflow/sockets").exists()


def test_a_database_that_cannot_be_read_is_told_with_the_log(tmp_path: Path) -> None:
    (tmp_path / "mlflow").mkdir(parents=True)
    (tmp_path / "mlflow/mlflow.db").write_bytes(b"no database" * 500)
    with LocalWorkspace(tmp_path, RUNNERS) as running:
        answer = Api.of(running).call("GET", "/mlflow/version")
        assert mlflow_processes(running) == []
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (503, "TrackingUnavailable")
    assert "file is not a database" in error["message"]
    assert "mlflow/server.log" in error["message"]
