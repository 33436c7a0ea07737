"""Jobs: read, listed, followed and cancelled over REST, submitted and downloaded through the SDK."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from itertools import islice
from pathlib import Path

from retailctl.azureml import resources
from retailctl.azureml.arm import ArmClient, path_of
from retailctl.azureml.job_logs import JobLog
from retailctl.azureml.run_history import RunHistory
from retailctl.azureml.sdk import Sdk
from retailctl.azureml.subject import Subject
from retailctl.azureml.transport import Json
from retailctl.domain.deadline import Deadline
from retailctl.domain.resources import Job
from retailctl.errors import ResourceNotFound, WrongState

CANCEL_S = 300.0
LOGS_AND_DEFAULTS = "default"
"""The output that every job has: its logs and whatever it wrote to ``outputs/``."""


class JobsClient:
    """Submits, reads, follows and cancels jobs."""

    def __init__(self, arm: ArmClient, sdk: Sdk) -> None:
        self._arm = arm
        self._sdk = sdk

    def submit(self, yaml: Path, *, name: str | None = None) -> Job:
        """Send the job of ``yaml`` with its code snapshot, and return it as the service took it.

        Raises:
            InvalidTemplate: the SDK does not take the file.
        """
        return self.get(self._sdk.submit_job(yaml, name))

    def get(self, name: str) -> Job:
        """The job as it is now; one that ended, with the end, the reason and the exit code that run history gives.

        Raises:
            ResourceNotFound: there is none of that name.
        """
        job = read_job(self._resource(name))
        run = self._history.find(name) if job.ended else None
        if run is None:
            return job
        return replace(job, ended_at=run.ended_at, error=run.error, exit_code=run.exit_code)

    def list(
        self,
        limit: int | None = 30,
        *,
        status: str | None = None,
        experiment: str | None = None,
        tag: str | None = None,
    ) -> list[Job]:
        """The newest jobs first, as the service lists them.

        Args:
            limit: how many at most; None means all.
            tag: only jobs that carry a tag of this name.
        """
        query = {"tag": tag} if tag else None
        found = map(read_job, self._arm.pages("/jobs", Subject("job"), query=query))
        wanted = (job for job in found if status in (None, job.status) and experiment in (None, job.experiment))
        return list(islice(wanted, limit))

    def cancel(self, name: str, *, deadline: Deadline | None = None) -> None:
        """Ask for the job to be stopped; whether it has is for :meth:`get` to say.

        Raises:
            ResourceNotFound: there is none of that name.
        """
        subject = Subject("job", name)
        answer = self._arm.request("POST", f"{path_of('jobs', name)}/cancel", subject)
        deadline = deadline or Deadline.after(self._arm.clock, CANCEL_S)
        look = f"retailctl job show {name}"
        self._arm.settle(answer, subject, deadline, doing="cancelling", look=look)

    def log_chunks(self, name: str, *, deadline: Deadline | None = None) -> Iterator[str]:
        """New text of the job's log as it is written; ends when the job has.

        The end of the stream is not success: ask :meth:`get`.

        Raises:
            ResourceNotFound: there is none of that name.
            WaitTimedOut: the deadline passed; the job goes on.
        """
        self._resource(name)
        log = JobLog(self._arm, self._history, name)
        yield from log.chunks(lambda: read_job(self._resource(name)).status, deadline)

    def outputs(self, name: str) -> Mapping[str, str]:
        """Address of each named output of the job, as a model's ``path`` takes it."""
        return _outputs(self._resource(name))

    def download(self, name: str, to: Path, output: str | None = None) -> Path:
        """Fetch one output (None: logs and default artifacts) of an ended job; returns the folder that holds it.

        Raises:
            WrongState: the job goes on.
            ResourceNotFound: there is no such job or output.
        """
        resource = self._resource(name)
        job = read_job(resource)
        if not job.ended:
            raise WrongState(
                f"job '{name}' goes on",
                reason=f"its state is {job.status}; outputs can be fetched when it has ended",
                hint=f"retailctl job stream {name}",
            )
        known = _outputs(resource)
        if output is not None and output not in known:
            raise ResourceNotFound(
                f"job '{name}' has no output '{output}'",
                reason=f"it has {', '.join(known) or 'none'}",
                hint=f"retailctl job show {name}",
            )
        self._sdk.download_job(name, to, output)
        return to / "artifacts" if output is None else to / "named-outputs" / output

    def _resource(self, name: str) -> Json:
        return self._arm.get(path_of("jobs", name), Subject("job", name))

    @cached_property
    def _history(self) -> RunHistory:
        return RunHistory(self._arm)


def read_job(resource: Json) -> Job:
    """A job from its ARM resource."""
    own = resources.properties(resource)
    studio = (own.get("services") or {}).get("Studio") or {}
    return Job(
        name=str(resource["name"]),
        status=str(own.get("status", "")),
        display_name=own.get("displayName"),
        experiment=own.get("experimentName"),
        compute=resources.last_segment(own.get("computeId")),
        tags=resources.tags(own),
        created_at=resources.created_at(resource),
        studio_url=studio.get("endpoint"),
        command=own.get("command"),
        raw=resource,
    )


def _outputs(resource: Json) -> dict[str, str]:
    job = resource["name"]
    declared = resources.properties(resource).get("outputs") or {}
    return {name: f"azureml://jobs/{job}/outputs/{name}" for name in declared if name != LOGS_AND_DEFAULTS}
