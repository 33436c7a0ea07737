"""Register: make a model version of the output of the job that the train step started, with its lineage in tags."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from retailctl.domain import tags
from retailctl.domain.names import check_name
from retailctl.domain.resources import Job, ModelVersion
from retailctl.errors import ResourceNotFound, WrongState
from retailctl.workflows.documents import render_document
from retailctl.workflows.job_output import JobOutput, read_output
from retailctl.workflows.target import target_slot
from retailctl.workflows.toolbox import Toolbox, step
from retailctl.workflows.training_data import missing_data
from retailctl.workflows.versions import versions_of_model

OUTPUT = "model_out"
"""The job's output that is the model; the job's template and the model's name it alike."""


@dataclass(frozen=True)
class RegisterRequest:
    """The job; None means the last one that the train step submitted for the model of the settings."""

    job: str | None = None
    sets: tuple[str, ...] = ()
    dry_run: bool = False


@dataclass(frozen=True)
class RegisterResult:
    """The model version; ``outcome`` is registered, unchanged (it was already) or planned (nothing was sent)."""

    model: str | None
    version: int | None
    type: str | None
    job: str
    outcome: str
    metrics: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    file: Path | None = None
    planned: bool = False
    next: str = ""


def register(tools: Toolbox, request: RegisterRequest) -> RegisterResult:
    """Register the job's output as the next version of the model; an output that is registered already stays as it is.

    Raises:
        ResourceNotFound: no such job, or the train step has not submitted any for this model.
        WrongState: the job has not ended, or not well.
        InvalidData: the job left nothing in its output.
        InvalidName: the job's name is none.
    """
    job = _job(tools, request.job)
    _require_completed(job)
    present = _registered(tools, job.name)
    if present:
        with step(tools, "register", f"Job {job.name} is registered as {present.text}") as registering:
            registering.outcome = "unchanged"
        return _result(tools, present, job, "unchanged")
    if request.dry_run:
        again = tools.line("register", job=request.job, set=request.sets)
        return RegisterResult(None, None, None, job.name, "planned", tags=_lineage(job), planned=True, next=again)
    return _register(tools, request, job)


def last_job(tools: Toolbox) -> Job:
    """The job that the last train step submitted for the model of the settings, whatever else runs in the workspace.

    Raises:
        ResourceNotFound: there is none.
    """
    jobs = train_jobs(tools)
    if not jobs:
        raise ResourceNotFound(
            f"no train step has submitted a job for model '{tools.settings.model_name}'",
            hint=f"{tools.line('train', data=missing_data(tools))}, or retailctl register --job NAME",
        )
    return jobs[0]


def train_jobs(tools: Toolbox) -> list[Job]:
    """The jobs that train steps submitted for the model of the settings, the newest first."""
    name = tools.settings.model_name
    jobs = [job for job in tools.workspace.jobs.list(None, tag=tags.TRAINS) if job.tags.get(tags.TRAINS) == name]
    return sorted(jobs, key=lambda job: job.created_at or datetime.min.replace(tzinfo=UTC), reverse=True)


def _job(tools: Toolbox, name: str | None) -> Job:
    if name is None:
        return last_job(tools)
    check_name("job", name)
    try:
        return tools.workspace.jobs.get(name)
    except ResourceNotFound as error:
        error.hint = "retailctl job list"
        raise


def _require_completed(job: Job) -> None:
    if job.status == "Completed":
        return
    unfinished = not job.ended
    raise WrongState(
        f"job {job.name} is {job.status}; only the output of a completed job can be registered",
        reason=job.error,
        hint=f"retailctl job {'stream' if unfinished else 'logs'} {job.name}",
        details={"job": job.name, "status": job.status},
    )


def _registered(tools: Toolbox, job: str) -> ModelVersion | None:
    """The version that is this job's output already, also when it was archived."""
    versions = versions_of_model(tools, archived=True)
    return next((each for each in versions if job in (each.tags.get(tags.JOB), each.job)), None)


def _register(tools: Toolbox, request: RegisterRequest, job: Job) -> RegisterResult:
    with step(tools, "register", f"Registering the output of job {job.name}") as registering:
        output = _read_output(tools, job.name)
        variables = {
            "model_name": tools.settings.model_name,
            "model_type": output.model_type,
            "job": job.name,
            "tags": {**_lineage(job), **output.tags()},
        }
        document = render_document(tools, "model", variables, sets=request.sets, file_name=f"models/{job.name}.yml")
        version = tools.workspace.models.create(document.file)
        registering.text = f"Registered model {version.text}{_beside_naive(output.metrics)}"
    return _result(tools, version, job, "registered", document.file)


def _beside_naive(metrics: Mapping[str, float]) -> str:
    """The backtest in brief: the model's error beside what costs nothing; empty for a script that reports neither."""
    own, naive = metrics.get("wape"), metrics.get("wape_seasonal_naive")
    return "" if own is None or naive is None else f": WAPE {own:.3f}, seasonal naive {naive:.3f}"


def _read_output(tools: Toolbox, job: str) -> JobOutput:
    with tempfile.TemporaryDirectory(prefix="retailctl-") as folder:
        return read_output(tools.workspace.jobs.download(job, Path(folder), OUTPUT), job)


def _lineage(job: Job) -> dict[str, str]:
    """Where the model comes from, as the train step wrote it on the job."""
    kept = (tags.GIT_SHA, tags.DATA, tags.INFER_IMAGE)
    return {tags.JOB: job.name, **{name: job.tags[name] for name in kept if name in job.tags}}


def _result(tools: Toolbox, version: ModelVersion, job: Job, outcome: str, file: Path | None = None) -> RegisterResult:
    metrics = {
        name.removeprefix(tags.METRIC): value for name, value in version.tags.items() if name.startswith(tags.METRIC)
    }
    return RegisterResult(
        model=version.text,
        version=version.version,
        type=version.type,
        job=job.name,
        outcome=outcome,
        metrics=metrics,
        tags=version.tags,
        file=file,
        next=_next(tools, version),
    )


def _next(tools: Toolbox, version: ModelVersion) -> str:
    """The deployment to the slot that is free for it; where none is, a look at what takes the traffic."""
    try:
        return tools.line("deploy", slot=target_slot(tools, version), model=version.text)
    except WrongState:
        return tools.line("status")
