"""Stay with a job to its end: through the queue, through its log, and to its final state, which alone is success."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from retailctl.domain.deadline import Deadline, poll
from retailctl.domain.durations import format_duration
from retailctl.domain.resources import Job
from retailctl.errors import JobFailed
from retailctl.workflows.events import LogLine, StepProgress, Underway
from retailctl.workflows.toolbox import Toolbox

LAST_LINES = 20
"""Lines of its log that the failure of a job carries."""
WAITING = frozenset({"NotStarted", "Starting", "Provisioning", "Preparing", "Queued"})
"""States before a job's own command runs."""
QUEUE_S, RUN_S = 2 * 3600.0, 24 * 3600.0


@dataclass(frozen=True)
class StreamJob:
    """Which job, and for how long it may wait for a machine and run on it."""

    name: str
    queue_timeout_s: float | None = None
    """None: two hours."""
    run_timeout_s: float | None = None
    """None: a day."""
    interval_s: float = 2.0
    step: str = "job"
    """Name of the step that progress is told of."""


def stream_job(tools: Toolbox, request: StreamJob) -> Job:
    """Tell each line of the job's log as it is written, and return the job once it has completed.

    Raises:
        JobFailed: it ended otherwise; its own message is the reason, its exit code and last lines are in ``details``.
        ResourceNotFound: there is no such job.
        WaitTimedOut: a deadline passed; the job goes on.
    """
    _started(tools, request)
    deadline = Deadline.after(tools.clock, request.run_timeout_s or RUN_S)
    last: deque[str] = deque(maxlen=LAST_LINES)
    for line in lines_of(tools.workspace.jobs.log_chunks(request.name, deadline=deadline)):
        tools.tell(LogLine(request.name, line))
        last.append(line)
    return _completed(_ended(tools, request, deadline), last)


def wait_job(tools: Toolbox, request: StreamJob) -> Job:
    """As :func:`stream_job`, without its log."""
    _started(tools, request)
    job = _ended(tools, request, Deadline.after(tools.clock, request.run_timeout_s or RUN_S))
    log = [] if job.status == "Completed" else lines_of(tools.workspace.jobs.log_chunks(request.name))
    return _completed(job, deque(log, maxlen=LAST_LINES))


def lines_of(chunks: Iterable[str]) -> Iterator[str]:
    """Whole lines out of text that comes in pieces; a last one without its end comes at the end."""
    rest = ""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split("\n")
        yield from (line.removesuffix("\r") for line in lines)
    if rest:
        yield rest


def _started(tools: Toolbox, request: StreamJob) -> Job:
    """The job once it has left the queue."""
    tools.tell(Underway(f"job {request.name}", f"retailctl job stream {request.name}"))
    deadline = Deadline.after(tools.clock, request.queue_timeout_s or QUEUE_S)
    return _polled(tools, request, deadline, WAITING, f"job '{request.name}' to start")


def _ended(tools: Toolbox, request: StreamJob, deadline: Deadline) -> Job:
    """The job once its state no longer changes; the end of its log comes a little before that."""
    return _polled(tools, request, deadline, None, f"job '{request.name}' to end")


def _polled(
    tools: Toolbox, request: StreamJob, deadline: Deadline, while_in: frozenset[str] | None, waiting_for: str
) -> Job:
    jobs, began = tools.workspace.jobs, tools.clock.monotonic()

    def there() -> Job | None:
        job = jobs.get(request.name)
        if job.ended or (while_in is not None and job.status not in while_in):
            return job
        waited = format_duration(tools.clock.monotonic() - began)
        tools.tell(StepProgress(request.step, f"{job.name} is {job.status}, {waited}"))
        return None

    look = f"retailctl job stream {request.name}"
    return poll(there, deadline, interval_s=request.interval_s, waiting_for=waiting_for, look=look)


def _completed(job: Job, last: Iterable[str]) -> Job:
    if job.status == "Completed":
        return job
    code = "" if job.exit_code is None else f" with exit code {job.exit_code}"
    raise JobFailed(
        f"job '{job.name}' ended as {job.status}{code}",
        reason=job.error,
        hint=f"retailctl job logs {job.name}",
        details={"job": job.name, "status": job.status, "exitCode": job.exit_code, "log": "\n".join(last)},
    )
