"""A job whose output is wanted: it must exist, and have completed."""

from __future__ import annotations

from retailctl.domain.names import check_name
from retailctl.domain.resources import Job
from retailctl.errors import ResourceNotFound, WrongState
from retailctl.workflows.toolbox import Toolbox


def named_job(tools: Toolbox, name: str) -> Job:
    """The job called ``name``.

    Raises:
        InvalidName: no job can be called so.
        ResourceNotFound: none is.
    """
    check_name("job", name)
    try:
        return tools.workspace.jobs.get(name)
    except ResourceNotFound as error:
        error.hint = "retailctl job list"
        raise


def require_completed(job: Job, wanted: str) -> None:
    """Refuse a job whose output is not ready to be ``wanted`` ("registered").

    Raises:
        WrongState: it has not ended, or not well.
    """
    if job.status == "Completed":
        return
    raise WrongState(
        f"job {job.name} is {job.status}; only the output of a completed job can be {wanted}",
        reason=job.error,
        hint=f"retailctl job {'logs' if job.ended else 'stream'} {job.name}",
        details={"job": job.name, "status": job.status},
    )
