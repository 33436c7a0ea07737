"""Train: submit the training job with its code snapshot and data, and follow it to its end."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from retailctl.domain import tags
from retailctl.domain.references import ImageRef
from retailctl.domain.resources import Job
from retailctl.images.registry import has_registry
from retailctl.images.revision import revision_of
from retailctl.workflows.documents import Rendered, draft_document, image_of, render_document
from retailctl.workflows.events import Underway
from retailctl.workflows.job_options import split_options
from retailctl.workflows.jobs import StreamJob, stream_job
from retailctl.workflows.project_images import known_image, named_image, require_pushed
from retailctl.workflows.same_windows import on_windows_of
from retailctl.workflows.snapshot import Snapshot, stage_snapshot
from retailctl.workflows.toolbox import Toolbox, step
from retailctl.workflows.training_data import TrainingData, training_data


@dataclass(frozen=True)
class TrainRequest:
    """What to train on and how; data, compute and experiment come from the settings."""

    sets: tuple[str, ...] = ()
    image: str | None = None
    """The training image, instead of the one the project's code makes."""
    wait: bool = True
    timeout_s: float | None = None
    dry_run: bool = False
    champion: str | None = None
    """Whose windows the backtest is to have, as ``job compare`` takes it."""


@dataclass(frozen=True)
class TrainResult:
    """The job; ``planned`` means that it was not sent and ``job`` is None."""

    job: str | None
    status: str
    exit_code: int | None
    experiment: str
    model: str
    """Name of the model it trains."""
    data: str
    image: str
    git_sha: str | None
    file: Path
    """The rendered job, which ``az ml job create --file`` takes as well."""
    studio_url: str | None
    seconds: float
    planned: bool
    next: str


@dataclass(frozen=True)
class JobPlan:
    """A job that is ready to be sent, and the digest of all that decides its result."""

    document: Rendered
    inputs: str
    data: str
    image: str
    git_sha: str | None


def train(tools: Toolbox, request: TrainRequest) -> TrainResult:
    """Submit the training job; unless ``wait`` is off, stream its log and come back when it has completed.

    Raises:
        InvalidInput, InvalidData: no data, or a folder without any; an override that a job cannot take.
        InvalidTemplate: the job's template, or what it renders, is wrong.
        InvalidName, ResourceNotFound, WrongState: there is no such champion.
        JobFailed: the job ended otherwise than completed; its last log lines are in the message.
        WaitTimedOut: ``timeout_s`` passed; the job goes on.
    """
    began = tools.clock.monotonic()
    settled = settle(tools, request)
    if request.dry_run:
        again = tools.line("train", champion=request.champion, set=request.sets, image=request.image)
        return _result(tools, plan_job(tools, settled), None, began, again)
    plan, job = submit(tools, settled)
    if request.wait:
        job = follow(tools, job, request.timeout_s)
    return _result(tools, plan, job, began, _next(tools, job, request.champion))


def settle(tools: Toolbox, request: TrainRequest) -> TrainRequest:
    """The request with the champion's windows among its options, so that nothing about it is left to be asked.

    Raises:
        InvalidInput, InvalidData, InvalidName, ResourceNotFound, WrongState: as :func:`on_windows_of`.
    """
    if request.champion is None:
        return request
    return replace(request, sets=on_windows_of(tools, request.champion, request.sets), champion=None)


def _next(tools: Toolbox, job: Job, champion: str | None) -> str:
    if not job.ended:
        return tools.line("job", "stream", job.name)
    return tools.line("job", "compare", job.name, champion) if champion else tools.line("register")


def plan_job(tools: Toolbox, request: TrainRequest, name: str | None = None) -> JobPlan:
    """Everything up to the sending: the rendered job and the digest of its inputs.

    The job called ``name`` has a file of its own, so that two commands at once cannot send each other's job.
    """
    options = split_options(request.sets)
    data = training_data(tools, options.data)
    snapshot = stage_snapshot(tools)
    variables: dict[str, object] = {
        "code": str(snapshot.folder),
        "compute": tools.settings.compute,
        "data": data.address,
        "experiment_name": tools.settings.experiment_name,
        "train_arguments": list(options.arguments),
        "train_image": _image(tools, request.image or options.image).text,
    }
    revision = revision_of(tools.project.root)
    sha = revision.text if revision else None
    draft = draft_document(tools, "train-job", {**variables, "tags": {}, "git_sha": ""}, sets=options.overrides)
    inputs = _digest(draft.fields, snapshot, data)
    image = image_of(draft)
    variables.update(tags=_lineage(tools, inputs, data.address, image, sha), git_sha=sha or "")
    file_name = f"jobs/{name}.yml" if name else None
    document = render_document(tools, "train-job", variables, sets=options.overrides, file_name=file_name)
    return JobPlan(document, inputs, data.address, image, sha)


def _image(tools: Toolbox, named: str | None) -> ImageRef:
    return named_image(tools, named) if named else known_image(tools, "train").reference


def _lineage(tools: Toolbox, inputs: str, data: str, image: str, sha: str | None) -> dict[str, str]:
    """What later steps need, on the job itself."""
    return {
        tags.TRAINS: tools.settings.model_name,
        tags.INPUTS: inputs,
        tags.DATA: data,
        tags.IMAGE: image,
        **_infer_image(tools),
        **({tags.GIT_SHA: sha} if sha else {}),
    }


def _infer_image(tools: Toolbox) -> dict[str, str]:
    """What fits the model that is being trained; left out where a registry is to hold it and is not known to."""
    known = known_image(tools, "infer")
    held = known.tag is not None or not has_registry(tools.settings)
    return {tags.INFER_IMAGE: known.reference.text} if held else {}


def submit(tools: Toolbox, request: TrainRequest) -> tuple[JobPlan, Job]:
    """Render the job and send it under a name of its own.

    Raises:
        ResourceNotFound: there is no such compute; nothing is uploaded before that is known.
        WrongState: the registry does not hold the training image.
    """
    if not (request.image or split_options(request.sets).image):
        require_pushed(tools, "train")
    name = f"retail-train-{tools.clock.now():%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
    plan = plan_job(tools, request, name)
    _require_compute(tools, plan)
    with step(tools, "train", f"Submitting job {name}") as submitting:
        job = tools.workspace.jobs.submit(plan.document.file, name=name)
        submitting.text = f"Submitted job {job.name}"
    return plan, job


def _require_compute(tools: Toolbox, plan: JobPlan) -> None:
    named = str(plan.document.document.get("compute") or "")
    name = named.removeprefix("azureml:")
    if name != named and "/" not in name:  # else no cluster of the workspace: serverless, or an ARM id
        tools.workspace.computes.get(name)


def follow(tools: Toolbox, job: Job, timeout_s: float | None) -> Job:
    """Stream the job's log to its end.

    Raises:
        JobFailed: it ended otherwise than completed.
        WaitTimedOut: ``timeout_s`` passed; the job goes on.
    """
    with step(tools, "train", f"Training in job {job.name}") as training:
        tools.tell(Underway(f"job {job.name}", f"retailctl job stream {job.name}"))
        ended = stream_job(tools, StreamJob(job.name, run_timeout_s=timeout_s))
        training.text = f"Job {job.name} completed"
    return ended


def _digest(fields: Mapping[str, object], snapshot: Snapshot, data: TrainingData) -> str:
    """SHA-256 over the job without lineage, the code's content in place of its folder, and the data's content."""
    decisive = {**fields, "code": snapshot.digest, "data": data.fingerprint()}
    return hashlib.sha256(json.dumps(decisive, sort_keys=True, default=str).encode()).hexdigest()


def _result(tools: Toolbox, plan: JobPlan, job: Job | None, began: float, following: str) -> TrainResult:
    return TrainResult(
        job=job.name if job else None,
        status=job.status if job else "Planned",
        exit_code=job.exit_code if job else None,
        experiment=str(plan.document.document.get("experiment_name")),
        model=tools.settings.model_name,
        data=plan.data,
        image=plan.image,
        git_sha=plan.git_sha,
        file=plan.document.file,
        studio_url=job.studio_url if job else None,
        seconds=tools.clock.monotonic() - began,
        planned=job is None,
        next=following,
    )
