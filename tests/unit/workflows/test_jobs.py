"""Jobs: the end of a stream is not success, and every failure carries the job's own words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retailctl.domain.resources import Job
from retailctl.errors import InvalidInput, JobFailed, ResourceNotFound, WaitTimedOut, WrongState
from retailctl.workflows.events import LogLine, StepProgress, Underway
from retailctl.workflows.jobs import (
    DownloadJob,
    ListJobs,
    StreamJob,
    cancel_job,
    download_job,
    job_logs,
    lines_of,
    list_jobs,
    show_job,
    stream_job,
    wait_job,
)
from tests.unit.workflows.fakes import Shop

NAME = "brisk_fox_7"


def becomes(shop: Shop, *states: str, **last: object) -> None:
    """The job goes through ``states``, one with each sleep; ``last`` are the fields of the last."""
    turns: Iterator[str] = iter(states)

    def move() -> None:
        status = next(turns, states[-1])
        rest = last if status == states[-1] else {}
        shop.world.jobs[NAME] = replace(shop.world.jobs[NAME], status=status, **rest)  # type: ignore[arg-type]

    shop.world.clock.on_sleep.append(move)


def log_lines(shop: Shop) -> list[str]:
    return [event.text for event in shop.events if isinstance(event, LogLine)]


@pytest.mark.parametrize("follow", [stream_job, wait_job])
def test_a_completed_job_ends_well(shop: Shop, follow: object) -> None:
    shop.world.add_job(NAME, "Queued")
    becomes(shop, "Running", "Finalizing", "Completed")
    job = follow(shop.tools, StreamJob(NAME))  # type: ignore[operator]
    assert isinstance(job, Job)
    assert job.status == "Completed"


def test_a_stream_tells_each_line_under_the_jobs_name(shop: Shop) -> None:
    shop.world.add_job(NAME)
    shop.world.job_logs[NAME] = ("fitt", "ing\r\n", "done\nbye")
    stream_job(shop.tools, StreamJob(NAME))
    assert log_lines(shop) == ["fitting", "done", "bye"]
    assert LogLine(NAME, "done") in shop.events


@pytest.mark.parametrize("follow", [stream_job, wait_job])
@pytest.mark.parametrize("status", ["Failed", "Canceled"])
def test_any_other_end_is_a_failure_with_the_jobs_own_words(shop: Shop, follow: object, status: str) -> None:
    shop.world.add_job(NAME, "Running")
    shop.world.job_logs[NAME] = tuple(f"line {number}\n" for number in range(50))
    becomes(shop, status, error="bad input in sales.csv", exit_code=6)
    with pytest.raises(JobFailed) as caught:
        follow(shop.tools, StreamJob(NAME))  # type: ignore[operator]
    error = caught.value
    assert status in error.message
    assert error.reason == "bad input in sales.csv"
    assert error.details["exitCode"] == 6
    assert str(error.details["log"]).splitlines()[0] == "line 30"
    assert error.hint == f"retailctl job logs {NAME}"


def test_a_job_that_waits_too_long_for_a_machine_goes_on_without_us(shop: Shop) -> None:
    shop.world.add_job(NAME, "Queued")
    with pytest.raises(WaitTimedOut) as caught:
        stream_job(shop.tools, StreamJob(NAME, queue_timeout_s=60))
    assert caught.value.hint == f"retailctl job stream {NAME}"
    assert any(isinstance(event, StepProgress) and "Queued" in event.text for event in shop.events)


def test_a_job_that_runs_too_long_goes_on_without_us(shop: Shop) -> None:
    shop.world.add_job(NAME, "Running")
    with pytest.raises(WaitTimedOut):
        wait_job(shop.tools, StreamJob(NAME, run_timeout_s=60))


def test_what_goes_on_is_told_first(shop: Shop) -> None:
    shop.world.add_job(NAME)
    stream_job(shop.tools, StreamJob(NAME))
    assert shop.events[0] == Underway(f"job {NAME}", f"retailctl job stream {NAME}")


def test_a_job_that_does_not_exist_is_not_found(shop: Shop) -> None:
    with pytest.raises(ResourceNotFound):
        stream_job(shop.tools, StreamJob(NAME))


@given(st.text("ab\n", max_size=40), st.lists(st.integers(0, 40)))
def test_lines_do_not_depend_on_how_the_text_was_cut(text: str, cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(text)]
    chunks = [text[begin:end] for begin, end in pairwise(places) if begin <= end]
    whole = "".join(chunks)
    assert list(lines_of(chunks)) == whole.split("\n")[: -1 if whole.endswith("\n") or not whole else None]


def test_a_list_says_when_it_was_cut(shop: Shop) -> None:
    for number in range(5):
        shop.world.add_job(f"job-{number}")
    page = list_jobs(shop.tools, ListJobs(limit=2))
    assert ([job.name for job in page.jobs], page.more) == (["job-4", "job-3"], True)
    assert not list_jobs(shop.tools, ListJobs(limit=5)).more


def test_a_list_can_be_of_one_state_in_any_case(shop: Shop) -> None:
    shop.world.add_job("good")
    shop.world.add_job("bad", "Failed")
    assert [job.name for job in list_jobs(shop.tools, ListJobs(status="failed")).jobs] == ["bad"]
    with pytest.raises(InvalidInput):
        list_jobs(shop.tools, ListJobs(status="cancelled"))


def test_a_job_is_shown_with_its_outputs(shop: Shop) -> None:
    shop.world.add_job(NAME)
    shop.world.job_files[NAME] = {"model_out": {}}
    assert show_job(shop.tools, NAME).outputs == {"model_out": f"azureml://jobs/{NAME}/outputs/model_out"}


def test_cancelling_waits_until_the_job_has_stopped(shop: Shop) -> None:
    shop.world.add_job(NAME, "Running")
    assert cancel_job(shop.tools, NAME).status == "Canceled"


def test_cancelling_twice_is_no_mistake(shop: Shop) -> None:
    shop.world.add_job(NAME, "Canceled")
    assert cancel_job(shop.tools, NAME).status == "Canceled"
    assert shop.world.writes() == []


def test_a_dry_run_of_cancelling_leaves_the_job_running(shop: Shop) -> None:
    shop.world.add_job(NAME, "Running")
    assert cancel_job(shop.tools, NAME, dry_run=True).status == "Running"
    assert shop.world.writes() == []


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_job_that_completed_cannot_be_cancelled(shop: Shop, dry_run: bool) -> None:
    shop.world.add_job(NAME)
    with pytest.raises(WrongState):
        cancel_job(shop.tools, NAME, dry_run=dry_run)


def test_a_download_says_where_it_went_and_how_much_it_was(shop: Shop, tmp_path: Path) -> None:
    shop.world.add_job(NAME)
    shop.world.job_files[NAME] = {"model_out": {"MLmodel": b"flavors", "artifact/manifest.json": b"{}"}}
    fetched = download_job(shop.tools, DownloadJob(NAME, tmp_path / "out", "model_out"))
    assert (fetched.files, fetched.bytes) == (2, 9)


def test_a_download_onto_a_file_is_refused(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine", encoding="utf-8")
    with pytest.raises(InvalidInput):
        download_job(shop.tools, DownloadJob(NAME, tmp_path / "out"))


def test_the_log_so_far_does_not_wait_for_a_job_that_goes_on(shop: Shop) -> None:
    shop.world.add_job(NAME, "Running")
    shop.world.job_logs[NAME] = ("one\ntwo\n",)
    assert list(job_logs(shop.tools, NAME)) == ["one", "two"]
