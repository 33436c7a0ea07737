"""Jobs as a noun: list, show, cancel, fetch what they wrote."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from retailctl.domain.deadline import Deadline, poll
from retailctl.domain.resources import Job
from retailctl.errors import InvalidInput, WaitTimedOut, WrongState
from retailctl.workflows.downloads import Downloaded, check_folder
from retailctl.workflows.events import Underway
from retailctl.workflows.jobs.follow import lines_of
from retailctl.workflows.toolbox import Toolbox, step

STATES = (
    "NotStarted",
    "Starting",
    "Provisioning",
    "Preparing",
    "Queued",
    "Running",
    "Finalizing",
    "CancelRequested",
    "Completed",
    "Failed",
    "Canceled",
    "NotResponding",
    "Paused",
    "Unknown",
)
"""Every state that Azure ML gives a job."""


@dataclass(frozen=True)
class ListJobs:
    """How many, and which; ``status`` in any case."""

    limit: int = 30
    status: str | None = None
    experiment: str | None = None


@dataclass(frozen=True)
class JobPage:
    """The newest first; ``more`` says that the list was cut."""

    jobs: tuple[Job, ...]
    more: bool


@dataclass(frozen=True)
class JobDetail:
    """A job and the addresses of its outputs, as a model's path takes them."""

    job: Job
    outputs: Mapping[str, str]


@dataclass(frozen=True)
class DownloadJob:
    """What to fetch: one output by name, or (None) logs and default artifacts."""

    name: str
    to: Path
    output: str | None = None


def list_jobs(tools: Toolbox, request: ListJobs) -> JobPage:
    """The newest jobs.

    Raises:
        InvalidInput: a state that jobs do not have.
    """
    found = tools.workspace.jobs.list(request.limit + 1, status=_state(request.status), experiment=request.experiment)
    return JobPage(tuple(found[: request.limit]), len(found) > request.limit)


def _state(text: str | None) -> str | None:
    if text is None:
        return None
    state = next((each for each in STATES if each.lower() == text.lower()), None)
    if state is None:
        raise InvalidInput(
            f"'{text}' is not a state of a job", reason="the states are " + ", ".join(STATES), hint="retailctl job list"
        )
    return state


def show_job(tools: Toolbox, name: str) -> JobDetail:
    """One job with its outputs."""
    jobs = tools.workspace.jobs
    return JobDetail(jobs.get(name), dict(jobs.outputs(name)))


def cancel_job(tools: Toolbox, name: str, timeout_s: float = 120.0, *, dry_run: bool = False) -> Job:
    """Stop a job and wait until it has stopped; one that was cancelled before is as good.

    With ``dry_run`` the job as it is: one that could be cancelled.

    Raises:
        WrongState: it has completed or failed already.
        WaitTimedOut: it had not stopped in time; it still will.
    """
    jobs = tools.workspace.jobs
    present = jobs.get(name)
    if present.status == "Canceled" or (dry_run and not present.ended):
        return present
    if present.ended:
        raise WrongState(
            f"job '{name}' is {present.status}; only one that goes on can be cancelled",
            hint=f"retailctl job show {name}",
        )

    def stopped() -> Job | None:
        job = jobs.get(name)
        return job if job.ended else None

    with step(tools, "cancel", f"Cancelling job {name}") as cancelling:
        tools.tell(Underway(f"the cancellation of job {name}", f"retailctl job show {name}"))
        deadline = Deadline.after(tools.clock, timeout_s)
        jobs.cancel(name, deadline=deadline)
        look = f"retailctl job show {name}"
        job = poll(stopped, deadline, interval_s=1.0, waiting_for=f"job '{name}' to stop", look=look)
        cancelling.text = f"Job {name} is {job.status}"
    return job


def download_job(tools: Toolbox, request: DownloadJob) -> Downloaded:
    """Fetch what a job that has ended wrote.

    Raises:
        InvalidInput: ``to`` is a file.
        WrongState: the job goes on.
        ResourceNotFound: there is no such job or output.
    """
    to = check_folder(request.to)
    what = f"output {request.output}" if request.output else "logs and artifacts"
    with step(tools, "download", f"Downloading {what} of job {request.name}") as downloading:
        folder = tools.workspace.jobs.download(request.name, to, request.output)
        fetched = Downloaded.of(request.name, folder)
        downloading.text = f"Downloaded {fetched.files} files to {folder}"
    return fetched


def job_logs(tools: Toolbox, name: str) -> Iterator[str]:
    """The lines of the job's log so far; a job that goes on is not waited for."""
    now = Deadline.after(tools.clock, 0)
    try:
        yield from lines_of(tools.workspace.jobs.log_chunks(name, deadline=now))
    except WaitTimedOut:
        return
