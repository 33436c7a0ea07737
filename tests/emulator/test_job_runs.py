"""Jobs as processes: what they are given, how they end, and what is left of them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from retailctl.emulator import LocalWorkspace
from retailctl.emulator.services.jobs.workdir import WorkFolders, WorkPlan
from tests.contract.conftest import PROGRAMS, RUNNERS
from tests.contract.polling import until
from tests.emulator import bodies
from tests.emulator.api import Api

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def run(api: Api, train: str, request: pytest.FixtureRequest) -> Run:
    """Submits a command and returns the run as run history tells it, once it has ended."""
    name = request.node.name.replace("[", "-").replace("]", "")[:60]

    def submit(command: str, **properties: Any) -> dict[str, Any]:
        answer = api.arm("PUT", f"/jobs/{name}", json=bodies.job(train, command, **properties))
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = {}

        def ended() -> bool:
            found.update(api.call("GET", f"/history/v1.0{api.workspace}/runs/{name}/details").json())
            return found["status"] in {"Completed", "Failed", "Canceled"}

        until(ended)
        return found

    return submit


def _log(api: Api, run: dict[str, Any]) -> str:
    # The address is signed: no token is needed.
    return api.session.get(run["logFiles"]["user_logs/std_log.txt"], headers={"Authorization": ""}, timeout=30).text


def test_the_log_and_the_end_are_told(api: Api, run: Run) -> None:
    ended = run("echo out; echo err >&2")
    assert ended["status"] == "Completed"
    assert _log(api, ended) == "out\nerr\n"


def test_a_job_knows_who_it_is_and_where_to_track(api: Api, run: Run) -> None:
    ended = run(
        "echo $AZUREML_RUN_ID $MLFLOW_EXPERIMENT_NAME $MLFLOW_TRACKING_URI $OWN",
        experimentName="retail",
        environmentVariables={"OWN": "value"},
    )
    name, experiment, tracking, own = _log(api, ended).split()
    assert (name, experiment, own) == (ended["runId"], "retail", "value")
    assert tracking == f"{api.url}/mlflow"


def test_the_operators_secrets_do_not_reach_a_job(api: Api, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "the operator's")
    assert "the operator's" not in _log(api, run("env"))


def test_literals_and_outputs_are_put_into_the_command(api: Api, run: Run, workspace: LocalWorkspace) -> None:
    ended = run(
        "echo ${{inputs.word}} > ${{outputs.result}}/said",
        inputs={"word": {"jobInputType": "literal", "value": "hello"}},
        outputs={"result": {"jobOutputType": "uri_folder"}},
    )
    kept = workspace.state / "blobs/azureml-blobstore/azureml" / ended["runId"] / "result/said"
    assert kept.read_text() == "hello\n"


def test_an_output_goes_where_it_is_told(run: Run, workspace: LocalWorkspace) -> None:
    place = "azureml://datastores/workspaceblobstore/paths/mine/${{name}}/x"
    ended = run("echo 1 > ${{outputs.o}}/file", outputs={"o": {"jobOutputType": "uri_folder", "uri": place}})
    assert (workspace.state / "blobs/azureml-blobstore/mine" / ended["runId"] / "x/file").is_file()


def test_an_input_that_is_not_there_fails_the_job_by_name(run: Run) -> None:
    place = "azureml://datastores/workspaceblobstore/paths/no/such/data"
    ended = run("cat ${{inputs.d}}", inputs={"d": {"jobInputType": "uri_folder", "uri": place}})
    assert ended["status"] == "Failed"
    assert "There is nothing at azureml://datastores/workspaceblobstore/paths/no/such/data" in _message(ended)


def test_an_expression_without_meaning_fails_the_job_by_name(run: Run) -> None:
    ended = run("echo ${{inputs.ghost}}")
    assert "'${{inputs.ghost}}', which the job does not have" in _message(ended)


@pytest.mark.parametrize("code", [1, 2, 6])
def test_an_exit_code_is_told_as_the_users_error(run: Run, code: int) -> None:
    ended = run(f"echo the reason; exit {code}")
    assert ended["error"]["error"]["code"] == "UserError"
    assert f"exited with status code {code}" in _message(ended)
    assert _message(ended).endswith("the reason")


def test_a_job_that_takes_too_long_is_canceled(run: Run) -> None:
    ended = run("sleep 300", limits={"jobLimitsType": "Command", "timeout": "PT1S"})
    assert ended["status"] == "Canceled"
    assert "longer than its limit of PT1S" in _message(ended)


def test_nothing_is_left_of_a_jobs_working_folder(run: Run, workspace: LocalWorkspace) -> None:
    run("touch left-over")
    assert not list(PROGRAMS.rglob("left-over"))
    until(lambda: not any((workspace.state / "jobs").iterdir()))


def test_a_name_is_used_once(api: Api, train: str, run: Run) -> None:
    ended = run("echo first")
    answer = api.arm("PUT", f"/jobs/{ended['runId']}", json=bodies.job(train, "echo second"))
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "UserError")
    assert "jobSpecification is immutable" in answer.json()["error"]["message"]


def test_other_types_of_jobs_are_refused_by_name(api: Api) -> None:
    answer = api.arm("PUT", "/jobs/sweep", json={"properties": {"jobType": "Sweep"}})
    assert answer.status_code == 501
    assert "jobs of type Sweep" in answer.json()["error"]["message"]


def test_an_unknown_compute_is_refused(api: Api, train: str) -> None:
    body = bodies.job(train, "true", computeId=f"{api.workspace}/computes/gpu-cluster")
    assert api.arm("PUT", "/jobs/no-compute", json=body).status_code == 404


def test_an_ended_job_is_deleted_with_its_logs(api: Api, run: Run, workspace: LocalWorkspace) -> None:
    name = run("echo gone")["runId"]
    assert api.done(api.arm("DELETE", f"/jobs/{name}"))["status"] == "Succeeded"
    assert api.arm("GET", f"/jobs/{name}").status_code == 404
    assert not (workspace.state / f"blobs/azureml/ExperimentRun/dcid.{name}").exists()


@pytest.mark.parametrize("command", ["echo kept > ${{outputs.o}}/a/file", "mkdir ${{outputs.o}}/a/b", "exit 1"])
def test_a_deleted_job_leaves_what_it_wrote_and_no_empty_folder(
    api: Api, run: Run, workspace: LocalWorkspace, command: str
) -> None:
    place = "azureml://datastores/workspaceblobstore/paths/leaving/${{name}}/o"
    job = run(f"mkdir ${{{{outputs.o}}}}/a; {command}", outputs={"o": {"jobOutputType": "uri_folder", "uri": place}})
    assert api.done(api.arm("DELETE", f"/jobs/{job['runId']}"))["status"] == "Succeeded"
    kept = workspace.state / "blobs/azureml-blobstore/leaving"
    assert [path.name for path in kept.rglob("*") if path.is_file()] == (["file"] if "kept" in command else [])
    if "kept" in command:
        shutil.rmtree(kept)
    assert not kept.exists()


def test_a_job_that_failed_for_its_outputs_address_can_be_deleted(api: Api, run: Run) -> None:
    outputs = {"o": {"jobOutputType": "uri_folder", "uri": "azureml://datastores/ghost/paths/x"}}
    job = run("true", outputs=outputs)
    assert job["status"] == "Failed"
    assert api.done(api.arm("DELETE", f"/jobs/{job['runId']}"))["status"] == "Succeeded"


def _message(run: dict[str, Any]) -> str:
    message: str = run["error"]["error"]["message"]
    return message


def test_names_that_would_leave_the_working_folder_are_refused(api: Api, train: str) -> None:
    body = bodies.job(train, "true", outputs={"../../escape": {"jobOutputType": "uri_folder"}})
    assert api.arm("PUT", "/jobs/escaping", json=body).status_code == 400


def test_a_place_that_would_leave_its_container_fails_the_job_by_name(run: Run) -> None:
    place = "azureml://datastores/workspaceblobstore/paths/../../../etc"
    ended = run("ls ${{inputs.d}}", inputs={"d": {"jobInputType": "uri_folder", "uri": place}})
    assert "cannot be used" in _message(ended)


def test_a_state_folder_with_a_space_in_its_path_runs_jobs(tmp_path: Path) -> None:
    with LocalWorkspace(tmp_path / "my state", runners=RUNNERS) as workspace:
        api = Api.of(workspace)
        train = api.arm("PUT", "/environments/t/versions/1", json=bodies.environment(bodies.TRAIN_IMAGE)).json()["id"]
        outputs = {"o": {"jobOutputType": "uri_folder"}}
        api.arm("PUT", "/jobs/spaced", json=bodies.job(train, "echo 1 > ${{outputs.o}}/file", outputs=outputs))
        until(lambda: api.arm("GET", "/jobs/spaced").json()["properties"]["status"] in {"Completed", "Failed"})
        assert (workspace.state / "blobs/azureml-blobstore/azureml/spaced/o/file").read_text() == "1\n"


def test_what_is_no_file_in_an_output_does_not_keep_a_job_from_ending(run: Run) -> None:
    ended = run("mkfifo ${{outputs.o}}/pipe", outputs={"o": {"jobOutputType": "uri_folder"}})
    assert ended["status"] == "Completed"


def test_a_job_that_is_cancelled_while_its_folder_is_made_leaves_none(
    api: Api, train: str, workspace: LocalWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    clear, remove = WorkFolders.clear, WorkFolders.remove
    begun, removed, made = Event(), Event(), Event()

    def slow_clear(folders: WorkFolders, plan: WorkPlan) -> None:
        begun.set()
        removed.wait(0.5)
        clear(folders, plan)
        made.set()

    def telling_remove(folders: WorkFolders, job: str) -> None:
        remove(folders, job)
        removed.set()

    monkeypatch.setattr(WorkFolders, "clear", slow_clear)
    monkeypatch.setattr(WorkFolders, "remove", telling_remove)
    api.arm("PUT", "/jobs/hasty", json=bodies.job(train, "true"))
    assert begun.wait(30)
    assert api.done(api.arm("POST", "/jobs/hasty/cancel"))["status"] == "Succeeded"
    assert api.arm("GET", "/jobs/hasty").json()["properties"]["status"] == "Canceled"
    assert made.wait(30)
    assert not (workspace.state / "jobs/hasty").exists()
