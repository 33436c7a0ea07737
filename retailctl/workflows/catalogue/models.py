"""Models as a noun: list, show, archive, restore, delete, download."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from retailctl.domain.references import ModelRef
from retailctl.domain.resources import ModelVersion
from retailctl.workflows.catalogue.change import AssetChange, set_archived, version_of
from retailctl.workflows.downloads import Downloaded, check_folder
from retailctl.workflows.in_use import every_slot, refuse_if_used, using_model
from retailctl.workflows.toolbox import Toolbox, step


@dataclass(frozen=True)
class ListModels:
    """Of which model (None: all), archived versions too or not, and how many."""

    name: str | None = None
    archived: bool = False
    limit: int = 30


@dataclass(frozen=True)
class ModelPage:
    """The highest version first; ``more`` says that the list was cut."""

    models: tuple[ModelVersion, ...]
    more: bool


@dataclass(frozen=True)
class ModelDetail:
    """A version and the slots (``endpoint/slot``) that serve it."""

    model: ModelVersion
    served_by: tuple[str, ...]


@dataclass(frozen=True)
class DownloadModel:
    """Which version (without one, the highest) and where to."""

    ref: str
    to: Path


def list_models(tools: Toolbox, request: ListModels) -> ModelPage:
    """Registered versions."""
    found = tools.workspace.models.list(request.name, archived=request.archived)
    return ModelPage(tuple(found[: request.limit]), len(found) > request.limit)


def show_model(tools: Toolbox, ref: str) -> ModelDetail:
    """One version; without one in ``ref``, the highest that is not archived."""
    model = tools.workspace.models.get(ModelRef.parse(ref))
    return ModelDetail(model, using_model(every_slot(tools), model.text))


def archive_model(tools: Toolbox, ref: str, *, dry_run: bool = False) -> AssetChange:
    """Hide a version from lists and from ``deploy`` without a version; slots that serve it go on."""
    return _set_archived(tools, ref, archive=True, dry_run=dry_run)


def restore_model(tools: Toolbox, ref: str, *, dry_run: bool = False) -> AssetChange:
    """Undo :func:`archive_model`."""
    return _set_archived(tools, ref, archive=False, dry_run=dry_run)


def _set_archived(tools: Toolbox, text: str, *, archive: bool, dry_run: bool) -> AssetChange:
    ref = _pinned(text)
    models = tools.workspace.models
    present = models.get(ref)
    return set_archived(
        "model",
        present.text,
        is_archived=present.archived,
        archive=archive,
        act=lambda: (models.archive if archive else models.restore)(ref),
        used_by=using_model(every_slot(tools), present.text) if archive else (),
        dry_run=dry_run,
    )


def delete_model(tools: Toolbox, ref: str, *, dry_run: bool = False) -> AssetChange:
    """Delete a version for good.

    Raises:
        WrongState: a slot serves it.
        ResourceNotFound: there is no such version.
    """
    pinned = _pinned(ref)
    present = tools.workspace.models.get(pinned)
    refuse_if_used(f"model {present.text}", using_model(every_slot(tools), present.text))
    if not dry_run:
        tools.workspace.models.delete(pinned)
    return AssetChange("model", present.text, "deleted", planned=dry_run)


def download_model(tools: Toolbox, request: DownloadModel) -> Downloaded:
    """Fetch a version's files.

    Raises:
        InvalidInput: ``to`` is a file.
        ResourceNotFound: there is no such version.
    """
    to = check_folder(request.to)
    model = tools.workspace.models.get(ModelRef.parse(request.ref))
    with step(tools, "download", f"Downloading model {model.text}") as downloading:
        folder = tools.workspace.models.download(ModelRef(model.name, model.version), to)
        fetched = Downloaded.of(model.text, folder)
        downloading.text = f"Downloaded {fetched.files} files to {folder}"
    return fetched


def _pinned(text: str) -> ModelRef:
    """The version that ``text`` names; what changes a version must not guess which."""
    ref = ModelRef.parse(text)
    if ref.version is None:
        version_of("model", text)
    return ref
