"""Environments as a noun: list, show, archive, restore, delete."""

from __future__ import annotations

from dataclasses import dataclass

from retailctl.domain.resources import EnvironmentVersion
from retailctl.workflows.catalogue.change import AssetChange, set_archived, version_of
from retailctl.workflows.in_use import every_slot, refuse_if_used, using_environment
from retailctl.workflows.toolbox import Toolbox


@dataclass(frozen=True)
class ListEnvironments:
    """Of which environment (None: all), archived versions too or not, and how many."""

    name: str | None = None
    archived: bool = False
    limit: int = 30


@dataclass(frozen=True)
class EnvironmentPage:
    """The newest first; ``more`` says that the list was cut."""

    environments: tuple[EnvironmentVersion, ...]
    more: bool


@dataclass(frozen=True)
class EnvironmentDetail:
    """A version and the slots (``endpoint/slot``) that run in it."""

    environment: EnvironmentVersion
    used_by: tuple[str, ...]


def list_environments(tools: Toolbox, request: ListEnvironments) -> EnvironmentPage:
    """Registered versions."""
    found = tools.workspace.environments.list(request.name, archived=request.archived)
    return EnvironmentPage(tuple(found[: request.limit]), len(found) > request.limit)


def show_environment(tools: Toolbox, ref: str) -> EnvironmentDetail:
    """One version, ``name:version``."""
    found = tools.workspace.environments.get(*version_of("environment", ref))
    return EnvironmentDetail(found, using_environment(every_slot(tools), found.text))


def archive_environment(tools: Toolbox, ref: str, *, dry_run: bool = False) -> AssetChange:
    """Hide a version from lists; slots and jobs that use it go on."""
    return _set_archived(tools, ref, archive=True, dry_run=dry_run)


def restore_environment(tools: Toolbox, ref: str, *, dry_run: bool = False) -> AssetChange:
    """Undo :func:`archive_environment`."""
    return _set_archived(tools, ref, archive=False, dry_run=dry_run)


def _set_archived(tools: Toolbox, ref: str, *, archive: bool, dry_run: bool) -> AssetChange:
    name, version = version_of("environment", ref)
    environments = tools.workspace.environments
    present = environments.get(name, version)
    return set_archived(
        "environment",
        present.text,
        is_archived=present.archived,
        archive=archive,
        act=lambda: (environments.archive if archive else environments.restore)(name, version),
        used_by=using_environment(every_slot(tools), present.text) if archive else (),
        dry_run=dry_run,
    )


def delete_environment(tools: Toolbox, ref: str, *, dry_run: bool = False) -> AssetChange:
    """Delete a version for good.

    Raises:
        WrongState: a slot runs in it.
        ResourceNotFound: there is no such version.
    """
    name, version = version_of("environment", ref)
    present = tools.workspace.environments.get(name, version)
    refuse_if_used(f"environment {present.text}", using_environment(every_slot(tools), present.text))
    if not dry_run:
        tools.workspace.environments.delete(name, version)
    return AssetChange("environment", present.text, "deleted", planned=dry_run)
