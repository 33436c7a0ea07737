"""Deploy: bring one slot up to a model version at no traffic, wait until it is ready, and smoke test it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from retailctl.config.settings import LOCAL_PROFILE
from retailctl.domain.deadline import Deadline
from retailctl.domain.resources import Deployment, Endpoint
from retailctl.domain.slots import check_slot, other_slot
from retailctl.errors import AccessDenied, DeploymentFailed, TrialFailed, Unavailable, WrongState
from retailctl.workflows.create_endpoint import bring_up_endpoint
from retailctl.workflows.events import StepProgress, Underway
from retailctl.workflows.pinned_model import model_reference, pinned_model
from retailctl.workflows.project_images import require_pushed
from retailctl.workflows.rehearsal import RehearsalRequest, held_image, rehearse_plan
from retailctl.workflows.slot_changes import Change
from retailctl.workflows.slot_plan import SlotPlan, plan_slot
from retailctl.workflows.smoke import SmokeResult, smoke_test
from retailctl.workflows.toolbox import Toolbox, step


@dataclass(frozen=True)
class DeployRequest:
    """The slot, and what it should serve: None means the settings' model version (or the highest) and own image."""

    slot: str
    model: str | None = None
    image: str | None = None
    sets: tuple[str, ...] = ()
    force: bool = False
    """Replace the slot even while it takes traffic."""
    smoke_test: bool = True
    dry_run: bool = False
    timeout_s: float | None = None
    preflight: bool = True
    """Run the image here first, where an engine holds it."""


@dataclass(frozen=True)
class DeployResult:
    """The slot; ``outcome`` is created, updated, unchanged or planned."""

    endpoint: str
    slot: str
    model: str
    image: str
    outcome: str
    changes: tuple[Change, ...]
    endpoint_created: bool
    smoke: SmokeResult | None
    config_hash: str
    file: Path
    """The rendered deployment, which ``az ml online-deployment create --file`` takes as well."""
    seconds: float
    planned: bool
    next: str


def deploy(tools: Toolbox, request: DeployRequest) -> DeployResult:
    """Create or update the slot; the other slot's traffic stays as it is, and a slot that is so already is left alone.

    Raises:
        InvalidName, InvalidInput: another slot than blue and green; a model or image that is not pinned.
        InvalidTemplate: a template, or what it renders, is wrong.
        ResourceNotFound: there is no such model version.
        WrongState: the slot takes traffic (and ``force`` is off), or the endpoint is not ready for a change; or the
            registry does not hold the image of the present code.
        TrialFailed: the image, run here first, does not do what a deployment needs.
        DeploymentFailed: the slot never became ready; the container's last lines are in the message.
        SmokeTestFailed: it became ready and does not forecast.
        WaitTimedOut: ``timeout_s`` passed; the deployment goes on.
    """
    slot = check_slot(request.slot)
    model_reference(tools, request.model)
    began = tools.clock.monotonic()
    model = pinned_model(tools, request.model)
    if not (request.dry_run or request.image) and tools.project.code_root == tools.project.root:
        require_pushed(tools, "infer")
    plan = plan_slot(tools, slot, model, image=request.image, sets=request.sets)
    endpoint = tools.workspace.endpoints.find(tools.settings.endpoint_name)
    present = tools.workspace.deployments.find(endpoint.name, slot) if endpoint else None
    there = _There(endpoint, present)
    if endpoint and not request.force and not plan.is_present(present):
        _require_idle(tools, endpoint, slot)
    if request.dry_run:
        outcome = "unchanged" if plan.is_present(present) else "planned"
        return _result(tools, request, plan, there, outcome, began)
    return _bring_up(tools, request, plan, there, began)


@dataclass(frozen=True)
class _There:
    """What there was before."""

    endpoint: Endpoint | None
    slot: Deployment | None

    def traffic(self, slot: str) -> int:
        return self.endpoint.traffic.get(slot, 0) if self.endpoint else 0


def _bring_up(tools: Toolbox, request: DeployRequest, plan: SlotPlan, there: _There, began: float) -> DeployResult:
    present = there.slot
    if request.preflight and not plan.is_present(present):
        _try_here(tools, plan)
    if there.endpoint is None:
        bring_up_endpoint(tools)
    if present and plan.is_present(present):
        outcome, slot = "unchanged", present
        with step(tools, "deploy", f"Slot {plan.slot} has model {plan.model.text} already") as nothing:
            nothing.outcome = "unchanged"
    else:
        outcome, slot = "updated" if present else "created", _apply(tools, request, plan, present)
    smoke = smoke_test(tools, slot) if request.smoke_test else None
    return _result(tools, request, plan, there, outcome, began, smoke)


def _try_here(tools: Toolbox, plan: SlotPlan) -> None:
    """Find out in a minute what the workspace would tell in twenty. The local Azure ML tells as quickly itself.

    Raises:
        TrialFailed: the image does not do what a deployment needs.
    """
    if tools.settings.profile == LOCAL_PROFILE:
        return
    try:
        image = held_image(tools, plan.image)
    except (Unavailable, AccessDenied):  # no engine here
        return
    if image is None:
        return
    try:
        rehearse_plan(tools, plan, image, RehearsalRequest())
    except TrialFailed as error:
        error.hint = f"{error.hint}; or the same line with --no-preflight"
        raise


def _apply(tools: Toolbox, request: DeployRequest, plan: SlotPlan, present: Deployment | None) -> Deployment:
    verb, done = ("Updating", "Updated") if present else ("Creating", "Created")
    deadline = Deadline.after(tools.clock, request.timeout_s) if request.timeout_s else None
    with step(tools, "deploy", f"{verb} slot {plan.slot} with model {plan.model.text}") as applying:
        tools.tell(Underway(f"the deployment of slot {plan.slot}", "retailctl status"))
        try:
            slot = tools.workspace.deployments.apply(
                plan.document.file, on_progress=lambda text: tools.tell(StepProgress("deploy", text)), deadline=deadline
            )
        except DeploymentFailed as error:
            error.hint = f"retailctl logs --slot {plan.slot}"
            raise
        applying.text = f"{done} slot {plan.slot} with model {plan.model.text}"
    return slot


def _require_idle(tools: Toolbox, endpoint: Endpoint, slot: str) -> None:
    """A slot that serves callers is not replaced under them."""
    share = endpoint.traffic.get(slot, 0)
    if not share:
        return
    other = other_slot(slot)
    freeing = f"retailctl traffic {slot}=0 {other}=100"
    if tools.workspace.deployments.find(endpoint.name, other) is None:
        freeing = f"retailctl deploy --slot {other}, then {freeing}"
    raise WrongState(
        f"slot {slot} takes {share} % of the traffic",
        reason="replacing it would change the model under its callers",
        hint=f"{freeing}; or --force",
        details={"slot": slot, "traffic": dict(endpoint.traffic)},
    )


def _result(
    tools: Toolbox,
    request: DeployRequest,
    plan: SlotPlan,
    there: _There,
    outcome: str,
    began: float,
    smoke: SmokeResult | None = None,
) -> DeployResult:
    return DeployResult(
        endpoint=tools.settings.endpoint_name,
        slot=plan.slot,
        model=plan.model.text,
        image=plan.image,
        outcome=outcome,
        changes=() if outcome == "unchanged" else plan.changes(there.slot),
        endpoint_created=there.endpoint is None,
        smoke=smoke,
        config_hash=plan.config_hash,
        file=plan.document.file,
        seconds=tools.clock.monotonic() - began,
        planned=request.dry_run,
        next=_next(tools, request, outcome, there.traffic(plan.slot)),
    )


def _next(tools: Toolbox, request: DeployRequest, outcome: str, share: int) -> str:
    """To carry the plan out; else to send the slot traffic, unless it takes some."""
    slot = check_slot(request.slot)
    if outcome == "planned":
        return tools.line(
            "deploy", slot=slot, model=request.model, image=request.image, set=request.sets, force=request.force
        )
    return tools.line("status") if share else tools.line("traffic", f"{slot}=100", f"{other_slot(slot)}=0")
