"""Register: make a model version of the output of the job that the train step started, with its lineage in tags."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from retailctl.domain import tags
from retailctl.domain.comparison import Comparison
from retailctl.domain.references import ModelRef
from retailctl.domain.resources import Job, ModelVersion
from retailctl.errors import ResourceNotFound
from retailctl.workflows.completed_job import named_job, require_completed
from retailctl.workflows.documents import render_document
from retailctl.workflows.job_output import OUTPUT, JobOutput, read_output
from retailctl.workflows.target import deploy_line
from retailctl.workflows.toolbox import Toolbox, step
from retailctl.workflows.training_data import missing_data
from retailctl.workflows.trial import Terms, Trial, check_terms, hold_trial
from retailctl.workflows.versions import versions_of_model


@dataclass(frozen=True)
class RegisterRequest:
    """The job; None means the last one that the train step submitted for the model of the settings."""

    job: str | None = None
    sets: tuple[str, ...] = ()
    dry_run: bool = False
    terms: Terms = field(default_factory=Terms)


@dataclass(frozen=True)
class RegisterResult:
    """The model version; ``outcome`` is registered, unchanged (it was already) or planned (nothing was sent)."""

    model: str | None
    version: int | None
    type: str | None
    job: str
    outcome: str
    metrics: Mapping[str, str] = field(default_factory=dict)
    """Every figure where the job's output was read, else those among the tags."""
    tags: Mapping[str, str] = field(default_factory=dict)
    file: Path | None = None
    planned: bool = False
    champion: str | None = None
    comparison: Comparison | None = None
    next: str = ""


def register(tools: Toolbox, request: RegisterRequest) -> RegisterResult:
    """Register the job's output as the next version of the model; an output that is registered already stays as it is.

    Raises:
        ResourceNotFound: no such job, or the train step has not submitted any for this model.
        WrongState: the job has not ended, or not well.
        InvalidData: the job left nothing in its output, or nothing to compare.
        InvalidName: the job's name is none.
        CandidateRejected, Inconclusive: it is not better than the champion; nothing was registered.
    """
    check_terms(request.terms)
    job = named_job(tools, request.job) if request.job is not None else last_job(tools)
    require_completed(job, "registered")
    present = _registered(tools, job.name)
    needed = request.terms.champion is not None or not (present or request.dry_run)
    output = _read_output(tools, job.name) if needed else None
    trial = hold_trial(tools, request.terms, job, output, present)
    if present:
        return _unchanged(tools, request, job, present, output, trial)
    if output is None or request.dry_run:
        return _planned(tools, request, job, trial)
    return _register(tools, request, job, output, trial)


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


def _registered(tools: Toolbox, job: str) -> ModelVersion | None:
    """The version that is this job's output already, also when it was archived."""
    versions = versions_of_model(tools, archived=True)
    return next((each for each in versions if job in (each.tags.get(tags.JOB), each.job)), None)


def _read_output(tools: Toolbox, job: str) -> JobOutput:
    with tempfile.TemporaryDirectory(prefix="retailctl-") as folder:
        return read_output(tools.workspace.jobs.download(job, Path(folder), OUTPUT), job)


def _unchanged(
    tools: Toolbox, request: RegisterRequest, job: Job, present: ModelVersion, output: JobOutput | None, trial: Trial
) -> RegisterResult:
    """What there is already; only a verdict that is new is written on it."""
    with step(tools, "register", f"Job {job.name} is registered as {present.text}") as registering:
        registering.outcome = "unchanged"
        if not request.dry_run and not trial.tags.items() <= present.tags.items():
            present = tools.workspace.models.set_tags(ModelRef(present.name, present.version), trial.tags)
    return _result(tools, present, job, "unchanged", output, trial)


def _planned(tools: Toolbox, request: RegisterRequest, job: Job, trial: Trial) -> RegisterResult:
    again = tools.line("register", job=request.job, set=request.sets, **request.terms.options)
    return RegisterResult(
        model=None,
        version=None,
        type=None,
        job=job.name,
        outcome="planned",
        tags={**_lineage(job), **trial.tags},
        planned=True,
        champion=trial.champion,
        comparison=trial.comparison,
        next=again,
    )


def _register(tools: Toolbox, request: RegisterRequest, job: Job, output: JobOutput, trial: Trial) -> RegisterResult:
    with step(tools, "register", f"Registering the output of job {job.name}") as registering:
        variables = {
            "model_name": tools.settings.model_name,
            "model_type": output.model_type,
            "job": job.name,
            "tags": {**_lineage(job), **output.tags(), **trial.tags},
        }
        document = render_document(tools, "model", variables, sets=request.sets, file_name=f"models/{job.name}.yml")
        version = tools.workspace.models.create(document.file)
        registering.text = f"Registered model {version.text}{_beside_naive(output.metrics)}"
    return _result(tools, version, job, "registered", output, trial, document.file)


def _beside_naive(metrics: Mapping[str, float]) -> str:
    """The backtest in brief: the model's error beside what costs nothing; empty for a script that reports neither."""
    own, naive = metrics.get("wape"), metrics.get("wape_seasonal_naive")
    return "" if own is None or naive is None else f": WAPE {own:.3f}, seasonal naive {naive:.3f}"


def _lineage(job: Job) -> dict[str, str]:
    """Where the model comes from, as the train step wrote it on the job."""
    kept = (tags.GIT_SHA, tags.DATA, tags.INFER_IMAGE)
    return {tags.JOB: job.name, **{name: job.tags[name] for name in kept if name in job.tags}}


def _result(
    tools: Toolbox,
    version: ModelVersion,
    job: Job,
    outcome: str,
    output: JobOutput | None,
    trial: Trial,
    file: Path | None = None,
) -> RegisterResult:
    tagged = {
        name.removeprefix(tags.METRIC): value for name, value in version.tags.items() if name.startswith(tags.METRIC)
    }
    return RegisterResult(
        model=version.text,
        version=version.version,
        type=version.type,
        job=job.name,
        outcome=outcome,
        metrics=output.figures if output else tagged,
        tags=version.tags,
        file=file,
        champion=trial.champion,
        comparison=trial.comparison,
        next=deploy_line(tools, version.text),
    )
