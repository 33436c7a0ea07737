"""Our client submits, follows, cancels and fetches jobs of a real local Azure ML."""

from __future__ import annotations

from pathlib import Path

import pytest

from retailctl.azureml import Workspace
from retailctl.domain.clock import SystemClock
from retailctl.domain.deadline import Deadline, poll
from retailctl.domain.resources import Job
from retailctl.errors import InvalidTemplate, ResourceNotFound, WaitTimedOut, WrongState
from tests.contract.client import files

pytestmark = pytest.mark.contract


def submit(workspace: Workspace, folder: Path, words: str, **more: object) -> Job:
    return workspace.jobs.submit(files.job(folder, f"python say.py {words}", **more))


def ended(workspace: Workspace, name: str) -> Job:
    def probe() -> Job | None:
        job = workspace.jobs.get(name)
        return job if job.ended else None

    return poll(probe, Deadline.after(SystemClock(), 60), interval_s=0.1, waiting_for="the job", look="")


def test_a_job_is_followed_to_its_end_and_its_output_fetched(workspace: Workspace, tmp_path: Path) -> None:
    job = submit(workspace, tmp_path, "hello ${{outputs.model_out}}", tags={"retailctl.trains": "retail"})
    assert (job.experiment, job.compute) == ("demand", "cpu-cluster")
    chunks = list(workspace.jobs.log_chunks(job.name))
    assert "".join(chunks).splitlines()[-3:] == ["hello 0 ü", "hello 1 ü", "hello 2 ü"]
    assert len(chunks) > 1, "the log came in one piece, after the job"
    done = workspace.jobs.get(job.name)
    assert (done.status, done.error) == ("Completed", None)
    assert done.ended_at is not None
    assert workspace.jobs.outputs(job.name) == {"model_out": f"azureml://jobs/{job.name}/outputs/model_out"}
    folder = workspace.jobs.download(job.name, tmp_path / "fetched", "model_out")
    assert (folder / "model.txt").read_text(encoding="utf-8") == "trained"


def test_the_logs_of_an_ended_job_can_be_fetched(workspace: Workspace, tmp_path: Path) -> None:
    job = submit(workspace, tmp_path, "hello")
    ended(workspace, job.name)
    folder = workspace.jobs.download(job.name, tmp_path / "fetched")
    assert "hello 2 ü" in (folder / "user_logs" / "std_log.txt").read_text(encoding="utf-8")


def test_a_script_that_fails_tells_its_code_and_its_last_words(workspace: Workspace, tmp_path: Path) -> None:
    job = submit(workspace, tmp_path, "fail")
    assert "fail 2" in "".join(workspace.jobs.log_chunks(job.name))
    failed = workspace.jobs.get(job.name)
    assert (failed.status, failed.exit_code) == ("Failed", 6)
    assert failed.error


def test_a_cancelled_job_ends_as_cancelled(workspace: Workspace, tmp_path: Path) -> None:
    job = submit(workspace, tmp_path, "wait")
    text = ""
    for chunk in workspace.jobs.log_chunks(job.name):
        text += chunk
        if "wait 2" in text:
            break
    workspace.jobs.cancel(job.name)
    assert ended(workspace, job.name).status == "Canceled"


def test_a_job_that_goes_on_is_neither_waited_for_beyond_the_deadline_nor_fetched(
    workspace: Workspace, tmp_path: Path
) -> None:
    job = submit(workspace, tmp_path, "wait")
    with pytest.raises(WaitTimedOut):
        list(workspace.jobs.log_chunks(job.name, deadline=Deadline.after(SystemClock(), 1)))
    with pytest.raises(WrongState, match="goes on"):
        workspace.jobs.download(job.name, tmp_path)
    workspace.jobs.cancel(job.name)


def test_jobs_are_listed_newest_first_and_by_tag_state_and_experiment(workspace: Workspace, tmp_path: Path) -> None:
    names = [submit(workspace, tmp_path, "hello", experiment_name="listed", tags={"mark": "1"}).name for _ in range(3)]
    assert [job.name for job in workspace.jobs.list(2, experiment="listed")] == [names[2], names[1]]
    assert {job.name for job in workspace.jobs.list(None, tag="mark")} == set(names)
    for name in names:
        ended(workspace, name)
    assert names[0] in [job.name for job in workspace.jobs.list(None, status="Completed")]
    assert workspace.jobs.list(None, status="Failed", experiment="listed") == []


def test_a_name_of_ones_own_is_kept(workspace: Workspace, tmp_path: Path) -> None:
    file = files.job(tmp_path, "python say.py hello")
    assert workspace.jobs.submit(file, name="my-own-name").name == "my-own-name"


def test_code_that_is_not_there_is_told_by_line(workspace: Workspace, tmp_path: Path) -> None:
    file = files.job(tmp_path, "python say.py hello", code=str(tmp_path / "nowhere"))
    with pytest.raises(InvalidTemplate) as caught:
        workspace.jobs.submit(file)
    assert "code: Can't find directory" in str(caught.value.reason)


@pytest.mark.parametrize("act", ["get", "cancel", "outputs"])
def test_a_job_that_is_not_there_is_told(workspace: Workspace, act: str) -> None:
    with pytest.raises(ResourceNotFound, match="job 'nothing-there' was not found"):
        getattr(workspace.jobs, act)("nothing-there")
