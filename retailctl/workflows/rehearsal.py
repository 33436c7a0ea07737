"""Run the inference image here as a deployment would: the model mounted, the routes probed, one request sent.

What fails here fails in the workspace as well, after twenty minutes instead of one. The routes, variables and probe
times are those of the rendered deployment; times in its probes are whole seconds, as in Kubernetes.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retailctl.domain import tags
from retailctl.domain.durations import format_duration
from retailctl.domain.references import ImageRef
from retailctl.domain.resources import ModelVersion
from retailctl.domain.scalars import text_of
from retailctl.domain.slots import BLUE
from retailctl.errors import ResourceNotFound, TrialFailed
from retailctl.images.container import Answer, Container, ContainerSpec, started
from retailctl.images.engine import LocalImage
from retailctl.images.registry import has_registry
from retailctl.rendering.documents import Document
from retailctl.workflows.catalogue.models import DownloadModel, download_model
from retailctl.workflows.events import Caution, StepProgress
from retailctl.workflows.make_image import watcher
from retailctl.workflows.pinned_model import pinned_model
from retailctl.workflows.slot_plan import SlotPlan, plan_slot
from retailctl.workflows.toolbox import Toolbox, step

MODEL_MOUNT = "/var/azureml-app/azureml-models"
"""Where Azure ML mounts models; learn.microsoft.com/azure/machine-learning/how-to-deploy-custom-container."""
LOG_LINES = 15
_POLL_S = 0.1
_TIGHT = 0.7
"""Share of the time for becoming ready beyond which a busier machine may take too long."""


@dataclass(frozen=True)
class RehearsalRequest:
    """Which model version and image: None means what ``deploy`` would take."""

    model: str | None = None
    image: str | None = None
    sets: tuple[str, ...] = ()
    memory_bytes: int | None = None
    timeout_s: float | None = None
    """For becoming ready; None: what the readiness probe allows."""


@dataclass(frozen=True)
class RehearsalResult:
    """It works: how long it took to become ready, of how long it may, and how the request was answered."""

    image: str
    model: str
    ready_s: float
    allowed_s: float
    status: int | None
    """Of the answer to the model's sample request; None where the model carries none."""
    latency_ms: float | None
    forecasts: int | None
    next: str


@dataclass(frozen=True)
class _Probe:
    """One of the deployment's probes."""

    path: str
    initial_delay_s: float
    period_s: float
    timeout_s: float
    failure_threshold: int

    @property
    def allowed_s(self) -> float:
        """How long it may go on failing from the start."""
        return self.initial_delay_s + self.period_s * self.failure_threshold


def rehearse(tools: Toolbox, request: RehearsalRequest) -> RehearsalResult:
    """Run the image with the model, as ``deploy`` would have it run.

    Raises:
        Unreachable, Forbidden: no engine answers.
        ResourceNotFound: there is no such model, or the engine does not hold the image.
        TrialFailed: it ends, does not listen, is not ready in time, or does not forecast; the log is in ``details``.
    """
    model = pinned_model(tools, request.model)
    plan = plan_slot(tools, BLUE, model, image=request.image, sets=request.sets)
    image = held_image(tools, plan.image) or _pulled(tools, plan.image)
    return rehearse_plan(tools, plan, image, request)


def held_image(tools: Toolbox, reference: str) -> LocalImage | None:
    """The image in the engine: by its digest, or by the content that it was named after."""
    named = ImageRef.parse(reference)
    return tools.engine.image(reference) or (tools.engine.with_content(named.digest) if named.digest else None)


def _pulled(tools: Toolbox, text: str) -> LocalImage:
    """The image, fetched from the registry of the settings.

    Raises:
        ResourceNotFound: neither the engine nor that registry holds it.
        RetailctlError: the registry's word.
    """
    reference = ImageRef.parse(text)
    if has_registry(tools.settings) and reference.registry == tools.registry.host:
        with step(tools, "pull", f"Pulling {text}"):
            tools.engine.pull(reference, tools.registry.login(), watcher(tools, "pull"))
    found = tools.engine.image(text)
    if found is None:
        raise ResourceNotFound(
            f"the Docker engine does not hold {text}", hint=f"retailctl build infer, or docker pull {text}"
        )
    return found


def rehearse_plan(tools: Toolbox, plan: SlotPlan, image: LocalImage, request: RehearsalRequest) -> RehearsalResult:
    """The same for a deployment that is planned already."""
    document, model = plan.document.document, plan.model
    ready = _probe(document, "readiness", request.timeout_s)
    with (
        _fetched(tools, model) as folder,
        step(tools, "rehearse", f"Running {plan.image} here") as running,
        started(tools.engine, _spec(document, model, image, folder, request)) as container,
    ):
        began = tools.clock.monotonic()
        _become_ready(tools, container, ready)
        took = tools.clock.monotonic() - began
        _check_liveness(container, _probe(document, "liveness", None))
        answer = _forecast(tools, container, document, model)
        running.text = f"Ran {plan.image} here: ready after {format_duration(took)}"
    if took > _TIGHT * ready.allowed_s:
        tools.tell(Caution(f"it was ready after {took:.0f} of the {ready.allowed_s:.0f} s that its probe allows"))
    return RehearsalResult(
        image=plan.image,
        model=model.text,
        ready_s=took,
        allowed_s=ready.allowed_s,
        status=answer.status if answer else None,
        latency_ms=answer.seconds * 1000 if answer else None,
        forecasts=len(json.loads(answer.body)["forecasts"]) if answer else None,
        next=tools.line("deploy", slot=plan.slot, model=model.text, image=request.image),
    )


@contextmanager
def _fetched(tools: Toolbox, model: ModelVersion) -> Iterator[Path]:
    """The model's files, for as long as the container needs them, for any user to read."""
    with tempfile.TemporaryDirectory(prefix="retailctl-model-") as temporary:
        folder = download_model(tools, DownloadModel(model.text, Path(temporary))).folder
        for each in (Path(temporary), *Path(temporary).rglob("*")):
            each.chmod(0o755 if each.is_dir() else 0o644)
        yield folder


def _spec(
    document: Document, model: ModelVersion, image: LocalImage, folder: Path, request: RehearsalRequest
) -> ContainerSpec:
    mount = f"{MODEL_MOUNT}/{model.name}/{model.version}"
    named = document.get("environment_variables")
    variables = {str(name): text_of(value) for name, value in named.items()} if isinstance(named, dict) else {}
    return ContainerSpec(
        image=image.id,
        port=_number(document.get("environment", "inference_config", "scoring_route", "port"), 8080),
        variables={**variables, "AZUREML_MODEL_DIR": mount},
        mounts={mount: folder},
        memory_bytes=request.memory_bytes,
    )


def _probe(document: Document, kind: str, timeout_s: float | None) -> _Probe:
    """A probe with Azure ML's defaults; ``timeout_s`` shortens how long it may go on failing."""

    def setting(name: str, default: int) -> int:
        return _number(document.get(f"{kind}_probe", name), default)

    period = setting("period", 10)
    threshold = setting("failure_threshold", 30)
    if timeout_s is not None:
        threshold = max(1, int(timeout_s / period))
    path = str(document.get("environment", "inference_config", f"{kind}_route", "path") or "/")
    return _Probe(path, setting("initial_delay", 10), period, setting("timeout", 2), threshold)


def _number(value: object, default: int) -> int:
    return int(value) if isinstance(value, int | str) else default


def _become_ready(tools: Toolbox, container: Container, probe: _Probe) -> None:
    """Ask the readiness route until it answers 200; more often than the platform does, and for as long.

    Raises:
        TrialFailed: the container ended, or the time is over.
    """
    began, last = tools.clock.monotonic(), None
    while True:
        state = container.state
        if not state.running:
            raise _ended(container, state.exit_code, state.out_of_memory, tools.clock.monotonic() - began)
        last = container.ask("GET", probe.path, probe.timeout_s)
        if last and last.status == 200:
            return
        waited = tools.clock.monotonic() - began
        if waited > probe.allowed_s:
            raise _never_ready(container, probe, last)
        tools.tell(StepProgress("rehearse", f"waiting for {probe.path}, {waited:.0f} s"))
        tools.clock.sleep(_POLL_S)


def _ended(container: Container, code: int, out_of_memory: bool, seconds: float) -> TrialFailed:
    after = format_duration(seconds)
    if out_of_memory:
        return _failed(container, f"the container was killed for memory after {after}", "exit code 137, OOMKilled")
    return _failed(container, f"the container ended with exit code {code} after {after}", "it would be started again")


def _never_ready(container: Container, probe: _Probe, last: Answer | None) -> TrialFailed:
    allowed = format_duration(probe.allowed_s)
    if last is None:
        why = "nothing answers at its port: the platform would report 502 and ResourceNotReady"
        return _failed(container, f"{probe.path} was not answered within {allowed}", why)
    told = last.body[:200].decode(errors="replace")
    return _failed(container, f"{probe.path} still answered {last.status} after {allowed}", told)


def _check_liveness(container: Container, probe: _Probe) -> None:
    answer = container.ask("GET", probe.path, probe.timeout_s)
    if answer is None or answer.status != 200:
        what = f"answered {answer.status}" if answer else f"did not answer within {probe.timeout_s:.0f} s"
        raise _failed(container, f"{probe.path} {what}", "the platform would start the container again and again")


def _forecast(tools: Toolbox, container: Container, document: Document, model: ModelVersion) -> Answer | None:
    """The answer to the model's own sample request.

    Raises:
        TrialFailed: it is no forecast.
    """
    sample = model.tags.get(tags.SAMPLE)
    if sample is None:
        tools.tell(Caution(f"no request was sent: model {model.text} carries no sample"))
        return None
    path = str(document.get("environment", "inference_config", "scoring_route", "path") or "/score")
    timeout_s = _number(document.get("request_settings", "request_timeout_ms"), 5000) / 1000
    answer = container.ask("POST", path, timeout_s, sample.encode())
    if answer is None:
        why = "its callers would get 408"
        raise _failed(container, f"{path} did not answer within {timeout_s:.0f} s", why)
    if answer.status != 200 or not _forecasts(answer):
        told = answer.body[:300].decode(errors="replace")
        raise _failed(container, f"{path} answered {answer.status}, and no forecast", told)
    return answer


def _forecasts(answer: Answer) -> list[Any]:
    try:
        found = json.loads(answer.body)["forecasts"]
    except (ValueError, KeyError, TypeError):
        return []
    return found if isinstance(found, list) else []


def _failed(container: Container, what: str, why: str) -> TrialFailed:
    return TrialFailed(what, reason=why, details={"log": container.log(LOG_LINES)})
