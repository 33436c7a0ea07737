"""What a slot should be: model and image pinned, the deployment rendered, and whether that is there already."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from retailctl.domain import tags
from retailctl.domain.references import ImageRef, ModelRef
from retailctl.domain.resources import Deployment, ModelVersion
from retailctl.errors import ResourceNotFound, WrongState
from retailctl.images.revision import revision_of
from retailctl.workflows.build import content_image
from retailctl.workflows.documents import Rendered, draft_document, render_document
from retailctl.workflows.toolbox import Toolbox

HEALTHY = frozenset({"Succeeded", "Scaling"})
"""States of a slot that has what was last asked for."""


@dataclass(frozen=True)
class Change:
    """One field of a slot, as it is and as it would be."""

    field: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class SlotPlan:
    """A deployment that is ready to be sent."""

    slot: str
    model: ModelVersion
    image: str
    config_hash: str
    document: Rendered

    def is_present(self, deployment: Deployment | None) -> bool:
        """Whether the slot is healthy and was made from exactly this."""
        return (
            deployment is not None
            and deployment.state in HEALTHY
            and deployment.tags.get(tags.CONFIG_HASH) == self.config_hash
        )

    def changes(self, deployment: Deployment | None) -> tuple[Change, ...]:
        """What would differ; for a slot that does not exist everything."""
        wanted = self._fields()
        present = _fields_of(deployment) if deployment else {}
        differing = (name for name, value in wanted.items() if present.get(name) != value)
        return tuple(Change(name, present.get(name), wanted[name]) for name in differing)

    def _fields(self) -> dict[str, str]:
        document = self.document.document
        return {
            "model": self.model.text,
            "image": str(document.get("environment", "image") or document.get("environment")),
            "instance_type": str(document.get("instance_type")),
            "instance_count": str(document.get("instance_count")),
            "configuration": self.config_hash[:12],
        }


def _fields_of(deployment: Deployment) -> dict[str, str | None]:
    return {
        "model": deployment.model,
        "image": deployment.image,
        "instance_type": deployment.instance_type,
        "instance_count": str(deployment.instance_count),
        "configuration": (deployment.tags.get(tags.CONFIG_HASH) or "")[:12] or None,
    }


def pinned_model(tools: Toolbox, named: str | None) -> ModelVersion:
    """The model version to deploy: the one named, else that of the settings, else the highest that is not archived.

    Raises:
        InvalidInput: a label such as ``@latest``, or a version that is no whole number.
        ResourceNotFound: there is no such model or version.
        WrongState: the version is archived.
    """
    reference = model_reference(tools, named)
    try:
        version = tools.workspace.models.get(reference)
    except ResourceNotFound as error:
        error.hint = (
            "retailctl register" if reference.version is None else f"retailctl model list --name {reference.name}"
        )
        raise
    if version.archived:
        raise WrongState(f"model {version.text} is archived", hint=f"retailctl model restore {version.text}")
    return version


def model_reference(tools: Toolbox, named: str | None) -> ModelRef:
    """What the command line or the settings say, checked before anything is asked of the workspace."""
    settings = tools.settings
    if named:
        return ModelRef.parse(named)
    pinned = f"{settings.model_name}:{settings.model_version}" if settings.model_version else settings.model_name
    return ModelRef.parse(pinned)


def plan_slot(
    tools: Toolbox, slot: str, model: ModelVersion, *, image: str | None = None, sets: tuple[str, ...] = ()
) -> SlotPlan:
    """Render the deployment of ``slot``, with a digest of all that was asked for among its tags.

    Raises:
        InvalidTemplate: the template, or what it renders, is wrong.
        InvalidInput: an image or override that cannot be.
    """
    reference = ImageRef.parse(image) if image else content_image(tools, "infer")
    variables = _variables(tools, slot, model, reference.text)
    lineage = _lineage(tools, model, reference.text)
    draft = draft_document(tools, "deployment", {**variables, "tags": lineage}, sets=sets)
    lineage[tags.CONFIG_HASH] = _hash(draft.fields)
    document = render_document(
        tools, "deployment", {**variables, "tags": lineage}, sets=sets, file_name=f"deployment-{slot}.yml"
    )
    return SlotPlan(slot, model, reference.text, lineage[tags.CONFIG_HASH], document)


def _variables(tools: Toolbox, slot: str, model: ModelVersion, image: str) -> dict[str, object]:
    settings = tools.settings
    return {
        "slot": slot,
        "endpoint_name": settings.endpoint_name,
        "model": ModelRef(model.name, model.version).asset_id,
        "infer_image": image,
        "instance_type": settings.instance_type,
        "instance_count": settings.instance_count,
        "app_insights_enabled": settings.app_insights_enabled,
        "request_timeout_ms": settings.request_timeout_ms,
        "max_concurrent_requests": settings.max_concurrent_requests,
    }


def _lineage(tools: Toolbox, model: ModelVersion, image: str) -> dict[str, str]:
    """The revision is that of the code that serves; the job, the one that trained the model."""
    revision = revision_of(tools.project.root)
    lineage = {tags.MODEL: model.text, tags.IMAGE: image}
    if revision:
        lineage[tags.GIT_SHA] = revision.text
    if model.tags.get(tags.JOB):
        lineage[tags.JOB] = model.tags[tags.JOB]
    return lineage


def _hash(fields: Mapping[str, object]) -> str:
    """SHA-256 of the document without our own tags: a new revision with the same image is no change."""
    written = fields.get("tags")
    own = written if isinstance(written, dict) else {}
    kept = {name: value for name, value in own.items() if not str(name).startswith(tags.PREFIX)}
    canonical = json.dumps({**fields, "tags": kept}, sort_keys=True, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()
