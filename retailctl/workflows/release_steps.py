"""The steps of a release, each by itself: what it needs from those before it, and what it leaves for those after it."""

from __future__ import annotations

from dataclasses import dataclass

from retailctl.config.settings import LOCAL_PROFILE
from retailctl.domain import tags
from retailctl.domain.references import ModelRef
from retailctl.domain.resources import Deployment, Job, ModelVersion
from retailctl.domain.slots import SLOTS
from retailctl.domain.traffic import Traffic
from retailctl.errors import Stale
from retailctl.images.registry import has_registry
from retailctl.workflows.build import BuildRequest, build
from retailctl.workflows.deploy import DeployRequest, deploy
from retailctl.workflows.pinned_model import pinned_model
from retailctl.workflows.register import RegisterRequest, register, train_jobs
from retailctl.workflows.shift import ShiftRequest, shift
from retailctl.workflows.slot_plan import plan_slot
from retailctl.workflows.split import shown
from retailctl.workflows.target import target_slot
from retailctl.workflows.toolbox import Toolbox
from retailctl.workflows.train import TrainRequest, follow, plan_job, settle, submit
from retailctl.workflows.trial import Terms

STEPS = ("build", "train", "register", "deploy", "traffic")


@dataclass(frozen=True)
class ReleaseRequest:
    """Where to begin, and what differs from the settings; ``sets`` goes to the training job."""

    from_step: str | None = None
    resume: bool = False
    """Carry on with what the last release left: a job that trains the same, its slot if it holds the model."""
    sets: tuple[str, ...] = ()
    train_image: str | None = None
    infer_image: str | None = None
    dry_run: bool = False
    timeout_s: float | None = None
    """For each wait: the job, and the slot becoming ready."""
    champion: str | None = None
    """What the model has to be better than before it is registered, as ``job compare`` takes it; None: nothing."""

    @property
    def training(self) -> TrainRequest:
        """What the training job is asked for."""
        return TrainRequest(self.sets, self.train_image, champion=self.champion)


@dataclass(frozen=True)
class StepReport:
    """One step: its outcome (done, unchanged, skipped, planned) and what it did, for people."""

    step: str
    outcome: str
    text: str


@dataclass
class Progress:
    """What the steps so far have settled."""

    tools: Toolbox
    request: ReleaseRequest
    job: str | None = None
    model: ModelVersion | None = None
    slot: str | None = None
    config_hash: str | None = None
    traffic: Traffic | None = None


def run_build(progress: Progress) -> StepReport:
    """Build both images where a registry or this machine's engine is to run them; elsewhere name them by content."""
    settings = progress.tools.settings
    contained = settings.profile == LOCAL_PROFILE and settings.runner == "docker"
    result = build(progress.tools, BuildRequest(build=has_registry(settings) or contained))
    outcome = "done" if any(image.changed for image in result.images) else "unchanged"
    done = "pushed" if all(image.pushed for image in result.images) else "made" if contained else "named"
    return StepReport("build", outcome, f"{done} " + " and ".join(f"{i.name} {i.digest[:19]}" for i in result.images))


def run_train(progress: Progress) -> StepReport:
    """Train anew, or with ``resume`` follow the job that is training, or has trained, exactly the same."""
    tools, request = progress.tools, progress.request
    wanted = settle(tools, request.training)
    found = _same_job(tools, plan_job(tools, wanted).inputs) if request.resume else None
    job = found or submit(tools, wanted)[1]
    progress.job = job.name
    if job.status == "Completed":
        return StepReport("train", "unchanged", f"job {job.name} has trained the same")
    follow(tools, job, request.timeout_s)
    return StepReport("train", "done", f"job {job.name} completed")


def _same_job(tools: Toolbox, inputs: str) -> Job | None:
    """The newest job of the train step that trains the same and has not failed, whatever was trained since."""
    usable = (job for job in train_jobs(tools) if job.status not in ("Failed", "Canceled"))
    return next((job for job in usable if job.tags.get(tags.INPUTS) == inputs), None)


def run_register(progress: Progress) -> StepReport:
    """Register the output of the job that was trained, or of the train step's last one, if it beats the champion."""
    result = register(progress.tools, RegisterRequest(progress.job, terms=Terms(progress.request.champion)))
    progress.job = result.job
    progress.model = progress.tools.workspace.models.get(ModelRef.parse(str(result.model)))
    better = f", better than {result.champion}" if result.comparison else ""
    text = f"model {result.model} from job {result.job}{better}"
    return StepReport("register", "unchanged" if result.outcome == "unchanged" else "done", text)


def run_deploy(progress: Progress) -> StepReport:
    """Bring the idle slot up to the model; where a live slot is exactly that already, there is nothing to release."""
    tools, request = progress.tools, progress.request
    model = progress.model = progress.model or pinned_model(tools, None)
    live = _live_slot_with(progress, model)
    if live:
        progress.slot = live.name
        return StepReport("deploy", "unchanged", f"slot {live.name} serves model {model.text} already")
    progress.slot = target_slot(tools, model.text)
    result = deploy(
        tools,
        DeployRequest(progress.slot, model.text, request.infer_image, timeout_s=request.timeout_s),
    )
    progress.config_hash = result.config_hash
    outcome = "unchanged" if result.outcome == "unchanged" else "done"
    return StepReport("deploy", outcome, f"slot {result.slot} has model {result.model}")


def _live_slot_with(progress: Progress, model: ModelVersion) -> Deployment | None:
    """The slot that takes all traffic, where it was made from exactly what would be deployed."""
    tools = progress.tools
    endpoint = tools.workspace.endpoints.find(tools.settings.endpoint_name)
    full = [slot for slot, share in endpoint.traffic.items() if share == 100] if endpoint else []
    if not endpoint or not full or full[0] not in SLOTS:
        return None
    present = tools.workspace.deployments.find(endpoint.name, full[0])
    if present is None or present.tags.get(tags.MODEL) != model.text:
        return None
    plan = plan_slot(tools, full[0], model, image=progress.request.infer_image)
    return present if plan.is_present(present) else None


def run_traffic(progress: Progress) -> StepReport:
    """Send all traffic to the slot, provided that it still is what was deployed."""
    tools = progress.tools
    slot = progress.slot or target_slot(tools, (progress.model or pinned_model(tools, None)).text)
    progress.slot = slot
    _require_untouched(progress, slot)
    change = shift(tools, ShiftRequest(Traffic({slot: 100})))
    progress.traffic = change.after.traffic
    return StepReport("traffic", "done" if change.changed else "unchanged", shown(change.after))


def _require_untouched(progress: Progress, slot: str) -> None:
    """Somebody else may have deployed to the slot since its smoke test."""
    if progress.config_hash is None:
        return
    present = progress.tools.workspace.deployments.get(progress.tools.settings.endpoint_name, slot)
    if present.tags.get(tags.CONFIG_HASH) != progress.config_hash:
        raise Stale(
            f"slot {slot} was changed by somebody else since it was tested",
            reason=f"it now has model {present.model}",
            hint="retailctl status",
            details={"slot": slot},
        )
