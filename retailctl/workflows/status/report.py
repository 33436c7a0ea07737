"""The whole picture in one call: what is served, by which slot, how well, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass, replace

from retailctl.domain import history, tags
from retailctl.domain.references import ImageRef
from retailctl.domain.resources import Deployment, Endpoint, Job, ModelVersion, SlotMetrics
from retailctl.errors import InvalidInput, RetailctlError
from retailctl.workflows.image_source import source_digest
from retailctl.workflows.split import SERVING_STATES, shown, slots_of, way_back
from retailctl.workflows.status.advice import advise
from retailctl.workflows.status.inputs import SlotInputs, read_inputs
from retailctl.workflows.status.picture import EndpointStatus, JobStatus, ModelStatus, SlotStatus, StatusResult
from retailctl.workflows.status.read import read_figures, read_picture
from retailctl.workflows.toolbox import Toolbox


@dataclass(frozen=True)
class StatusRequest:
    """How much of the picture."""

    window_s: float = 900.0
    """Span of the slots' figures, up to now."""
    metrics: bool = True
    inputs: bool = False
    """Whether each slot's log is read for what was asked of it."""
    jobs: int = 3
    models: int = 5


def status(tools: Toolbox, request: StatusRequest) -> StatusResult:
    """The endpoint, its slots with their figures, the newest jobs and model versions, and what to do next.

    An endpoint that does not exist is part of the picture, not a failure; figures that cannot be had are left out.
    """
    endpoint, deployments, jobs, models = read_picture(tools, newest_jobs=request.jobs)
    names = [slot.name for slot in deployments]
    figures = read_figures(tools, names, request.window_s) if request.metrics and names else {}
    summary = _endpoint(endpoint, names) if endpoint else None
    inputs = read_inputs(tools, names) if request.inputs else {}
    tree = _tree(tools) if names else None
    slots = tuple(
        replace(
            _slot(each, endpoint, figures.get(each.name), request.window_s),
            differs=_differs(each, tree),
            inputs=inputs.get(each.name, SlotInputs()).found,
            inputs_missing=inputs.get(each.name, SlotInputs()).missing,
        )
        for each in deployments
        if endpoint
    )
    newest = tuple(_job(job) for job in jobs)
    versions = tuple(_model(version, deployments) for version in models[: request.models])
    return StatusResult(
        profile=tools.settings.profile,
        workspace=tools.workspace.connection.workspace_name,
        endpoint_name=tools.settings.endpoint_name,
        endpoint=summary,
        slots=slots,
        jobs=newest,
        models=versions,
        advice=tuple(advise(tools, summary, slots, versions, newest)),
        window_s=request.window_s,
    )


def _endpoint(endpoint: Endpoint, slots: list[str]) -> EndpointStatus:
    previous = way_back(endpoint)
    return EndpointStatus(
        name=endpoint.name,
        state=endpoint.state,
        auth_mode=endpoint.auth_mode,
        scoring_uri=endpoint.scoring_uri,
        traffic=endpoint.traffic.over(slots),
        mirror=endpoint.mirror,
        changed_at=history.changed_at(endpoint.tags),
        previous=shown(previous) if previous.traffic.total else None,
    )


def _slot(slot: Deployment, endpoint: Endpoint, figures: SlotMetrics | None, window_s: float) -> SlotStatus:
    traffic, mirror = endpoint.traffic.get(slot.name, 0), endpoint.mirror.get(slot.name, 0)
    return SlotStatus(
        name=slot.name,
        state=slot.state,
        model=slot.model,
        image=slot.image,
        digest=_digest(slot.image),
        instance_type=slot.instance_type,
        instance_count=slot.instance_count,
        traffic=traffic,
        mirror=mirror,
        idle=not traffic and not mirror and slot.state in SERVING_STATES,
        for_rollback=slot.name in slots_of(way_back(endpoint)),
        error=slot.error,
        requests_per_minute=figures.requests / (window_s / 60) if figures else None,
        error_rate=figures.errors_5xx / figures.requests if figures and figures.requests else None,
        p50_ms=figures.p50_ms if figures else None,
        p95_ms=figures.p95_ms if figures else None,
        created_at=slot.created_at,
        image_tag=slot.tags.get(tags.IMAGE_TAG),
        revision=slot.tags.get(tags.IMAGE_REVISION),
        runner=slot.runner,
    )


def _tree(tools: Toolbox) -> str | None:
    """What the inference image would be made of now; None where the code here makes none."""
    try:
        return source_digest(tools, "infer")
    except RetailctlError:
        return None


def _differs(slot: Deployment, tree: str | None) -> bool | None:
    made_of = slot.tags.get(tags.IMAGE_SOURCE)
    return made_of != tree if made_of and tree else None


def _digest(image: str | None) -> str | None:
    """The digest that an image is pinned by, where it is."""
    try:
        return ImageRef.parse(image).digest if image else None
    except InvalidInput:
        return None


def _job(job: Job) -> JobStatus:
    return JobStatus(
        name=job.name,
        status=job.status,
        experiment=job.experiment,
        created_at=job.created_at,
        ended_at=job.ended_at,
        studio_url=job.studio_url,
        error=job.error,
    )


def _model(version: ModelVersion, deployments: list[Deployment]) -> ModelStatus:
    return ModelStatus(
        name=version.name,
        version=version.version,
        created_at=version.created_at,
        served_by=tuple(slot.name for slot in deployments if slot.model == version.text),
        metrics={
            name.removeprefix(tags.METRIC): value
            for name, value in version.tags.items()
            if name.startswith(tags.METRIC)
        },
    )
