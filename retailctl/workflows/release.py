"""Release: build, train, register, deploy to the idle slot, smoke test it, and send it all traffic."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from retailctl.domain.slots import SLOTS
from retailctl.domain.traffic import Traffic
from retailctl.errors import CandidateRejected, Inconclusive, InvalidInput, RetailctlError
from retailctl.images.registry import has_registry
from retailctl.workflows.contenders import find_contender
from retailctl.workflows.job_options import split_options
from retailctl.workflows.release_steps import (
    STEPS,
    Progress,
    ReleaseRequest,
    StepReport,
    run_build,
    run_deploy,
    run_register,
    run_traffic,
    run_train,
)
from retailctl.workflows.target import target_slot
from retailctl.workflows.toolbox import Toolbox
from retailctl.workflows.train import plan_job, settle
from retailctl.workflows.training_data import training_data

__all__ = ["STEPS", "ReleaseRequest", "ReleaseResult", "StepReport", "release"]

_RUN: Mapping[str, Callable[[Progress], StepReport]] = {
    "build": run_build,
    "train": run_train,
    "register": run_register,
    "deploy": run_deploy,
    "traffic": run_traffic,
}


@dataclass(frozen=True)
class ReleaseResult:
    """What each step did, and where that leaves the endpoint."""

    steps: tuple[StepReport, ...]
    endpoint: str
    job: str | None
    model: str | None
    slot: str
    traffic: Mapping[str, int]
    seconds: float
    planned: bool
    next: str


def release(tools: Toolbox, request: ReleaseRequest) -> ReleaseResult:
    """Run the steps in order; each leaves what the next one needs in the workspace, so that a failed release resumes.

    Raises:
        InvalidInput: no such step.
        InvalidInput, InvalidData: no training data, where a model is to be trained.
        WrongState: both slots take traffic.
        CandidateRejected, Inconclusive: the model is not better than the champion; nothing was registered or deployed.
        RetailctlError: what a step raises; its hint says how to repair it and how to resume.
    """
    began = tools.clock.monotonic()
    steps = _steps_from(request.from_step)
    if request.champion:
        _check_champion(tools, request.champion, steps)
    if request.dry_run:
        return _planned(tools, request, steps, began)
    if "train" in steps:
        training_data(tools, split_options(request.sets).data)  # what is missing is missed before anything is done
    progress = Progress(tools, request)
    reports = [StepReport(name, "skipped", "") for name in STEPS if name not in steps]
    for name in steps:
        reports.append(_run(progress, name))
    return ReleaseResult(
        steps=tuple(reports),
        endpoint=tools.settings.endpoint_name,
        job=progress.job,
        model=progress.model.text if progress.model else None,
        slot=str(progress.slot),
        traffic=dict(progress.traffic or {}),
        seconds=tools.clock.monotonic() - began,
        planned=False,
        next=tools.line("rollback" if len(progress.traffic or ()) > 1 else "invoke"),
    )


def _steps_from(first: str | None) -> tuple[str, ...]:
    if first is None:
        return STEPS
    if first not in STEPS:
        near = difflib.get_close_matches(first, STEPS, n=1)
        raise InvalidInput(
            f"a release has no step '{first}'",
            reason=f"did you mean '{near[0]}'?" if near else "the steps are " + ", ".join(STEPS),
            hint=f"the same line with --from {near[0] if near else STEPS[0]}",
        )
    return STEPS[STEPS.index(first) :]


def _check_champion(tools: Toolbox, champion: str, steps: tuple[str, ...]) -> None:
    if "register" not in steps:
        raise InvalidInput(
            f"--champion {champion}: a release from {steps[0]} compares nothing",
            reason="a model is compared when it is registered",
            hint=f"leave --champion out, or the same line with --from {STEPS[2]}",
        )
    find_contender(tools, champion)


def _run(progress: Progress, name: str) -> StepReport:
    try:
        return _RUN[name](progress)
    except RetailctlError as error:
        resume = _carry_on(progress, error)
        error.hint = f"{error.hint}; then {resume}"
        error.details.update({"step": name, "resume": resume})
        raise


def _carry_on(progress: Progress, error: RetailctlError) -> str:
    """The release from where it stopped; a model that did not beat the champion has to be registered by hand first."""
    tools, request = progress.tools, progress.request
    if isinstance(error, CandidateRejected | Inconclusive):
        return tools.line("release", from_="deploy", infer_image=request.infer_image)
    return _line(tools, request, resume=True)


def _line(tools: Toolbox, request: ReleaseRequest, **options: str | bool | None) -> str:
    """The release that was asked for as a command line, with ``options`` of its own."""
    images = {"train_image": request.train_image, "infer_image": request.infer_image}
    return tools.line("release", champion=request.champion, **options, **images, set=request.sets)


def _if_better(request: ReleaseRequest) -> str:
    return f", if it is better than {request.champion}" if request.champion else ""


def _planned(tools: Toolbox, request: ReleaseRequest, steps: tuple[str, ...], began: float) -> ReleaseResult:
    """What would happen, checked as far as it can be before a model is trained."""
    slot = target_slot(tools, None)
    texts = {
        "build": "build and push the images"
        if has_registry(tools.settings)
        else "render the Dockerfiles and name the images",
        "train": "",
        "register": f"register its output as the next version of {tools.settings.model_name}{_if_better(request)}",
        "deploy": f"deploy that version to {slot} at no traffic, and smoke test it",
        "traffic": f"send all traffic to {slot}",
    }
    if "train" in steps:
        plan = plan_job(tools, settle(tools, request.training))
        texts["train"] = f"train on {plan.data} on {tools.settings.compute}"
    reports = tuple(StepReport(name, "planned" if name in steps else "skipped", texts[name]) for name in STEPS)
    return ReleaseResult(
        steps=reports,
        endpoint=tools.settings.endpoint_name,
        job=None,
        model=None,
        slot=slot,
        traffic=Traffic({slot: 100}).over(SLOTS),
        seconds=tools.clock.monotonic() - began,
        planned=True,
        next=_line(tools, request, from_=request.from_step, resume=request.resume),
    )
