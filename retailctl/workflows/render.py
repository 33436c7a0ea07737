"""Render a template for reading: what would be sent, as far as that can be known without asking the workspace.

What only a workspace or a run could say (a model version, a job, data that was not named) is rendered with the
documented example and named as such.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from retailctl.azureml.sdk import parse_check
from retailctl.azureml.yaml_files import YamlKind
from retailctl.domain import tags
from retailctl.domain.names import check_name
from retailctl.domain.resources import ModelVersion
from retailctl.domain.slots import BLUE, check_slot
from retailctl.errors import InvalidInput
from retailctl.images.revision import revision_of
from retailctl.images.source_tree import source_files
from retailctl.rendering.catalogue import find
from retailctl.rendering.catalogue import list_templates as list_files
from retailctl.rendering.variables import examples
from retailctl.workflows.documents import render_document, rendered_dir, write_text
from retailctl.workflows.events import Caution
from retailctl.workflows.pinned_model import model_reference
from retailctl.workflows.project_images import context_of
from retailctl.workflows.slot_plan import plan_slot
from retailctl.workflows.toolbox import Toolbox
from retailctl.workflows.train import TrainRequest, plan_job

_PIN = re.compile(r"^([A-Za-z0-9][\w.\[\],-]*==[^\\]+?)\s*\\?$", re.MULTILINE)


@dataclass(frozen=True)
class RenderRequest:
    """Which template, and what to render it with; ``check`` has Azure ML's own loader read the result."""

    template: str
    sets: tuple[str, ...] = ()
    slot: str = BLUE
    model: str | None = None
    image: str | None = None
    job: str | None = None
    check: bool = False


@dataclass(frozen=True)
class RenderResult:
    """The text, the file it was left in, and which variables are only examples."""

    template: str
    kind: str
    source: Path
    overridden: bool
    text: str
    file: Path
    examples: tuple[str, ...]


@dataclass(frozen=True)
class TemplateSummary:
    """A template and the file that wins."""

    name: str
    kind: str
    meaning: str
    path: Path
    overridden: bool


@dataclass(frozen=True)
class _Written:
    file: Path
    examples: tuple[str, ...] = ()


def list_templates(tools: Toolbox) -> tuple[TemplateSummary, ...]:
    """Every template, and whether the project's own file or the carried one is used."""
    return tuple(
        TemplateSummary(each.template.name, each.template.kind, each.template.meaning, each.path, each.overridden)
        for each in list_files(tools.project.templates_dirs)
    )


def render_template(tools: Toolbox, request: RenderRequest) -> RenderResult:
    """Render, override and check one template; nothing is asked of the workspace and nothing is sent.

    Raises:
        TemplateNotFound: no such template.
        InvalidTemplate: it does not render, or what it renders breaks a rule; with file and line.
        InvalidInput: an override that such a document cannot take, or any on a Dockerfile.
    """
    found = find(request.template, tools.project.templates_dirs)
    written = _RENDER[found.template.name](tools, request)
    if written.examples:
        tools.tell(Caution("not known here and rendered as an example: " + ", ".join(written.examples)))
    kind = found.template.kind
    if request.check and kind not in ("dockerfile", "conda"):
        parse_check(cast(YamlKind, kind), written.file)
    return RenderResult(
        template=found.template.name,
        kind=kind,
        source=found.path,
        overridden=found.overridden,
        text=written.file.read_text(encoding="utf-8"),
        file=written.file,
        examples=written.examples,
    )


def _train_job(tools: Toolbox, request: RenderRequest) -> _Written:
    known = tools.settings.data is not None
    example = str(examples("train-job")["data"])
    told = tools if known else replace(tools, settings=replace(tools.settings, data=example))
    plan = plan_job(told, TrainRequest(request.sets, request.image))
    return _Written(plan.document.file, () if known else ("data",))


def _deployment(tools: Toolbox, request: RenderRequest) -> _Written:
    reference = model_reference(tools, request.model)
    known = reference.version is not None
    version = ModelVersion(reference.name, reference.version or 1, "mlflow_model", None, None, {})
    plan = plan_slot(tools, check_slot(request.slot), version, image=request.image, sets=request.sets)
    return _Written(plan.document.file, () if known else ("model",))


def _endpoint(tools: Toolbox, request: RenderRequest) -> _Written:
    variables = {"endpoint_name": tools.settings.endpoint_name, "profile": tools.settings.profile}
    return _Written(render_document(tools, "endpoint", variables, sets=request.sets).file)


def _model(tools: Toolbox, request: RenderRequest) -> _Written:
    shown = examples("model")
    job = check_name("job", request.job) if request.job else str(shown["job"])
    variables = {**shown, "model_name": tools.settings.model_name, "job": job, "tags": {tags.JOB: job}}
    file = render_document(tools, "model", variables, sets=request.sets).file
    return _Written(file, ("model_type",) if request.job else ("job", "model_type"))


def _environment(tools: Toolbox, request: RenderRequest) -> _Written:
    _conda(tools, replace(request, sets=()))
    revision = revision_of(tools.project.root)
    variables = {"tags": {tags.GIT_SHA: revision.text} if revision else {}}
    return _Written(render_document(tools, "environment", variables, sets=request.sets).file)


def _conda(tools: Toolbox, request: RenderRequest) -> _Written:
    variables = {"python_version": tools.settings.python_version, "train_requirements": _pins(tools)}
    return _Written(render_document(tools, "conda", variables, sets=request.sets).file)


def _pins(tools: Toolbox) -> list[str]:
    """The lines of the lock, each with its version and marker and without its hashes."""
    (lock,) = source_files(tools.project.code_root, "training/requirements.txt").values()
    return [pin.strip() for pin in _PIN.findall(lock.read_text(encoding="utf-8"))]


def _dockerfile(image: str) -> Callable[[Toolbox, RenderRequest], _Written]:
    def render(tools: Toolbox, request: RenderRequest) -> _Written:
        if request.sets:
            raise InvalidInput("a Dockerfile has no fields to set", hint="retailctl init, then edit templates/")
        file = rendered_dir(tools) / f"{image}.Dockerfile"
        write_text(file, context_of(tools, image).dockerfile)
        return _Written(file)

    return render


_RENDER: Mapping[str, Callable[[Toolbox, RenderRequest], _Written]] = {
    "train-job": _train_job,
    "endpoint": _endpoint,
    "deployment": _deployment,
    "model": _model,
    "environment": _environment,
    "conda": _conda,
    "train.Dockerfile": _dockerfile("train"),
    "infer.Dockerfile": _dockerfile("infer"),
}
