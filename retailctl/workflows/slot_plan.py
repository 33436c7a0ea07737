"""What a slot should be: model and image pinned, the deployment rendered, and whether that is there already."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from retailctl.domain import tags
from retailctl.domain.references import ImageRef, ModelRef
from retailctl.domain.resources import Deployment, ModelVersion
from retailctl.errors import InvalidInput
from retailctl.images.revision import revision_of
from retailctl.rendering.documents import Document
from retailctl.workflows.documents import Rendered, draft_document, image_of, render_document
from retailctl.workflows.image_source import source_digest
from retailctl.workflows.project_images import known_image, named_image
from retailctl.workflows.slot_changes import Change, changes
from retailctl.workflows.split import SERVING_STATES
from retailctl.workflows.toolbox import Toolbox


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
            and deployment.state in SERVING_STATES
            and deployment.tags.get(tags.CONFIG_HASH) == self.config_hash
        )

    def changes(self, deployment: Deployment | None) -> tuple[Change, ...]:
        """What would differ, field by field."""
        return changes(self.document.document, self.model.text, self.image, self.config_hash, deployment)


def plan_slot(
    tools: Toolbox, slot: str, model: ModelVersion, *, image: str | None = None, sets: tuple[str, ...] = ()
) -> SlotPlan:
    """Render the deployment of ``slot``, with a digest of all that was asked for among its tags.

    Raises:
        InvalidTemplate: the template, or what it renders, is wrong.
        InvalidInput: an image or override that cannot be.
    """
    wanted = _image(tools, model, image)
    variables = _variables(tools, slot, model, wanted.text)
    draft = draft_document(tools, "deployment", {**variables, "tags": {}}, sets=sets)
    _require_own(draft, variables)
    config_hash = _hash(draft.fields)
    lineage = _lineage(tools, model, image_of(draft), config_hash)
    file_name = f"deployments/{tools.settings.endpoint_name}-{slot}.yml"
    document = render_document(tools, "deployment", {**variables, "tags": lineage}, sets=sets, file_name=file_name)
    return SlotPlan(slot, model, image_of(draft), config_hash, document)


def _image(tools: Toolbox, model: ModelVersion, named: str | None) -> ImageRef:
    """The image named, else the one of the project's own code, else the one recorded when the model was trained.

    A machine without the project has no code to make an image of, and what the model was trained beside fits it.
    """
    has_code = tools.project.code_root == tools.project.root
    recorded = None if has_code else model.tags.get(tags.INFER_IMAGE)
    chosen = named or recorded
    return named_image(tools, chosen) if chosen else known_image(tools, "infer").reference


def _require_own(document: Document, variables: Mapping[str, object]) -> None:
    """Neither an override nor a template may turn the deployment into one that was not asked for."""
    flags = {"name": "slot", "endpoint_name": "endpoint_name", "model": "model"}
    for field, variable in flags.items():
        if document.get(field) != variables[variable]:
            flag = "--" + variable.removesuffix("_name")
            raise InvalidInput(
                f"the deployment would have {field} {document.get(field)}, and {variables[variable]} was asked for",
                hint=f"use {flag} instead of --set {field}, and [[ {variable} ]] in the template",
            )


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


def _lineage(tools: Toolbox, model: ModelVersion, image: str, config_hash: str) -> dict[str, str]:
    """The revision is that of the code here; without one, that of the code that trained the model."""
    revision = revision_of(tools.project.root)
    sha = revision.text if revision else model.tags.get(tags.GIT_SHA)
    job = model.tags.get(tags.JOB)
    return {
        tags.MODEL: model.text,
        tags.IMAGE: image,
        tags.CONFIG_HASH: config_hash,
        **({tags.GIT_SHA: sha} if sha else {}),
        **({tags.JOB: job} if job else {}),
        **_provenance(tools, image),
    }


def _provenance(tools: Toolbox, image: str) -> dict[str, str]:
    """What ``status`` tells of the image without pulling it, where it is that of the present code."""
    known = known_image(tools, "infer")
    if known.reference.text != image:
        return {}
    return {
        tags.IMAGE_SOURCE: source_digest(tools, "infer"),
        **({tags.IMAGE_TAG: known.tag} if known.tag else {}),
        **({tags.IMAGE_REVISION: known.revision} if known.revision else {}),
    }


def _hash(fields: Mapping[str, object]) -> str:
    """SHA-256 of the document before our own tags are put in: a new revision with the same image is no change."""
    return hashlib.sha256(json.dumps(fields, sort_keys=True, default=str).encode()).hexdigest()
