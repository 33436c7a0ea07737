"""Jobs: lists, ends and the log that is followed without reading a line twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from retailctl.azureml import Workspace
from retailctl.azureml.arm import ArmClient
from retailctl.azureml.jobs import JobsClient
from retailctl.domain.deadline import Deadline
from retailctl.errors import ResourceNotFound, WaitTimedOut, WrongState
from tests.unit.azureml.doubles import CONNECTION, ScriptedTransport, SteppedClock, arm_error

LOG = "user_logs/std_log.txt"
SAS = "https://blobs.example/c/std_log.txt?sig=s3cr3t-sig"


def job_resource(name: str = "j1", status: str = "Running", **properties: object) -> dict[str, Any]:
    return {
        "id": f"{CONNECTION.workspace_id}/jobs/{name}",
        "name": name,
        "systemData": {"createdAt": "2026-11-02T08:00:00Z"},
        "properties": {
            "jobType": "Command",
            "command": "python training/train.py",
            "status": status,
            "experimentName": "demand",
            "computeId": f"{CONNECTION.workspace_id}/computes/cpu-cluster",
            "services": {"Studio": {"endpoint": f"https://ml.azure.com/runs/{name}"}},
            "outputs": {"model_out": {"jobOutputType": "uri_folder"}, "default": {"jobOutputType": "uri_folder"}},
            **properties,
        },
    }


def run(status: str, files: dict[str, str] | None = None, **more: object) -> dict[str, object]:
    return {"status": status, "logFiles": files if files is not None else {LOG: SAS}, **more}


@pytest.fixture
def known(azure: ScriptedTransport) -> ScriptedTransport:
    """A job that exists, in a workspace whose data plane is known."""
    azure.answers(200, job_resource())
    azure.answers(200, {"properties": {"discoveryUrl": "https://region.example/discovery"}})
    return azure.answers(200, {"api": "https://region.example/"})


def read(chunks: Iterator[str]) -> str:
    return "".join(chunks)


def test_a_job_is_read_with_its_names(workspace: Workspace, azure: ScriptedTransport) -> None:
    azure.answers(200, job_resource())
    job = workspace.jobs.get("j1")
    assert (job.name, job.status, job.experiment, job.compute) == ("j1", "Running", "demand", "cpu-cluster")
    assert job.studio_url == "https://ml.azure.com/runs/j1"
    assert job.command == "python training/train.py"
    assert not job.ended


def test_a_failed_job_tells_why_when_and_with_which_code(workspace: Workspace, azure: ScriptedTransport) -> None:
    message = "Execution failed. User process 'python' exited with status code 6. Please check log file."
    azure.answers(200, job_resource(status="Failed"))
    azure.answers(200, {"properties": {"discoveryUrl": "https://region.example/discovery"}})
    azure.answers(200, {"api": "https://region.example"})
    details = run("Failed", endTimeUtc="2026-11-02T08:10:00Z", error={"error": {"code": "User", "message": message}})
    azure.answers(200, details)
    job = workspace.jobs.get("j1")
    assert (job.error, job.exit_code) == (message, 6)
    assert job.ended_at is not None
    assert azure.sent[3].path.startswith("/history/v1.0/subscriptions/")
    assert azure.sent[3].path.endswith("/workspaces/ws/runs/j1/details")


def test_a_list_is_filtered_and_stops_when_it_is_long_enough(workspace: Workspace, azure: ScriptedTransport) -> None:
    jobs = [job_resource("a"), job_resource("b", "Failed"), job_resource("c"), job_resource("d")]
    azure.answers(200, {"value": jobs, "nextLink": "https://arm.example/never-asked-for"})
    assert [job.name for job in workspace.jobs.list(2, status="Running", tag="retailctl.trains")] == ["a", "c"]
    assert azure.sent[0].query["tag"] == "retailctl.trains"


def test_a_log_is_read_on_from_where_it_was_left(workspace: Workspace, known: ScriptedTransport) -> None:
    known.answers(200, run("Running")).answers(206, b"one\n")
    known.answers(200, run("Running")).answers(416)
    known.answers(200, run("Completed")).answers(206, b"two\n")
    assert read(workspace.jobs.log_chunks("j1")) == "one\ntwo\n"
    ranges = [sent.headers["Range"] for sent in known.sent if sent.url == SAS]
    assert ranges == ["bytes=0-", "bytes=4-", "bytes=4-"]


def test_a_server_that_ignores_ranges_repeats_nothing(workspace: Workspace, known: ScriptedTransport) -> None:
    known.answers(200, run("Running")).answers(200, "one ü\n".encode()[:5])
    known.answers(200, run("Completed")).answers(200, "one ü\ntwo\n".encode())
    assert read(workspace.jobs.log_chunks("j1")) == "one ü\ntwo\n"


def test_a_sas_address_gets_no_login_of_ours_and_is_not_traced(
    workspace: Workspace, known: ScriptedTransport, trace: list[str]
) -> None:
    known.answers(200, run("Completed")).answers(200, b"one\n")
    read(workspace.jobs.log_chunks("j1"))
    assert "Authorization" not in known.sent[-1].headers
    assert not any("s3cr3t" in line for line in trace)


def test_of_many_files_only_those_of_the_first_process_are_followed(
    workspace: Workspace, known: ScriptedTransport
) -> None:
    names = ("user_logs/std_log_process_01.txt", "user_logs/std_log_process_00.txt", "system_logs/lifecycler.log")
    known.answers(200, run("Completed", {name: SAS for name in names})).answers(200, b"zero\n")
    assert read(workspace.jobs.log_chunks("j1")) == "zero\n"


def test_a_second_file_is_announced(workspace: Workspace, known: ScriptedTransport) -> None:
    files = {"azureml-logs/20_image_build_log.txt": SAS, "azureml-logs/70_driver_log.txt": SAS}
    known.answers(200, run("Completed", files)).answers(200, b"build\n").answers(200, b"drive\n")
    assert read(workspace.jobs.log_chunks("j1")) == "build\n\n==> azureml-logs/70_driver_log.txt <==\ndrive\n"


def test_a_job_without_a_run_is_followed_by_its_own_state(
    workspace: Workspace, known: ScriptedTransport, clock: SteppedClock
) -> None:
    known.answers(404, arm_error("NotFound", "no run yet")).answers(200, job_resource(status="Queued"))
    known.answers(404, arm_error("NotFound", "no run yet")).answers(200, job_resource(status="Canceled"))
    assert read(workspace.jobs.log_chunks("j1")) == ""
    assert len(clock.slept) == 1


def test_a_log_that_is_followed_too_long_leaves_the_job_alone(
    workspace: Workspace, known: ScriptedTransport, clock: SteppedClock
) -> None:
    for _ in range(3):
        known.answers(200, run("Running", {}))
    with pytest.raises(WaitTimedOut) as caught:
        read(workspace.jobs.log_chunks("j1", deadline=Deadline.after(clock, 0.5)))
    assert caught.value.hint == "retailctl job stream j1"


def test_the_log_of_no_job_is_not_followed(workspace: Workspace, azure: ScriptedTransport) -> None:
    azure.answers(404, arm_error("NotFound", "no such job"))
    with pytest.raises(ResourceNotFound, match="job 'j1' was not found"):
        read(workspace.jobs.log_chunks("j1"))


def test_cancelling_waits_until_the_service_has_taken_it(workspace: Workspace, azure: ScriptedTransport) -> None:
    azure.answers(202, None, Location="https://arm.example/op").answers(202).answers(200)
    workspace.jobs.cancel("j1")
    assert (azure.sent[0].method, azure.sent[0].path) == ("POST", "/jobs/j1/cancel")


def test_outputs_are_addressed_as_a_model_path_takes_them(workspace: Workspace, azure: ScriptedTransport) -> None:
    azure.answers(200, job_resource())
    assert workspace.jobs.outputs("j1") == {"model_out": "azureml://jobs/j1/outputs/model_out"}


def test_a_running_job_has_nothing_to_download(workspace: Workspace, azure: ScriptedTransport, tmp_path: Path) -> None:
    azure.answers(200, job_resource())
    with pytest.raises(WrongState, match="job 'j1' goes on"):
        workspace.jobs.download("j1", tmp_path)


def test_an_output_that_is_not_there_is_told_with_those_that_are(
    workspace: Workspace, azure: ScriptedTransport, tmp_path: Path
) -> None:
    azure.answers(200, job_resource(status="Completed"))
    with pytest.raises(ResourceNotFound) as caught:
        workspace.jobs.download("j1", tmp_path, "model")
    assert caught.value.reason == "it has model_out"


class Downloads:
    """Stands where the SDK downloads."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None]] = []

    def download_job(self, name: str, to: Path, output: str | None) -> None:
        self.asked.append((name, output))


@pytest.mark.parametrize(("output", "folder"), [(None, "artifacts"), ("model_out", "named-outputs/model_out")])
def test_a_download_tells_where_it_is(
    arm: ArmClient, azure: ScriptedTransport, tmp_path: Path, output: str | None, folder: str
) -> None:
    azure.answers(200, job_resource(status="Completed"))
    downloads = Downloads()
    assert JobsClient(arm, downloads).download("j1", tmp_path, output) == tmp_path / folder
    assert downloads.asked == [("j1", output)]
