"""What images need: an engine with room, a registry that lets us push, and an endpoint that may pull."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from retailctl.errors import Forbidden, RetailctlError, Unreachable
from retailctl.images.failures import MAKE_ROOM
from retailctl.images.registry import has_registry, repository_of
from retailctl.workflows.doctor.findings import Finding, Patient, error, ok, warning

LITTLE_SPACE, NO_SPACE = 5 << 30, 1 << 30
"""Bytes that some releases' images take, and that not even one pair of them fits in."""
_UNKNOWN = "PRINCIPAL_ID_OF_THE_ENDPOINT"


def check_engine(patient: Patient) -> Iterator[Finding]:
    """An engine builds images; the local Azure ML does without."""
    try:
        engine = patient.tools.engine.info()
    except (Unreachable, Forbidden) as failure:
        if patient.is_local and not has_registry(patient.tools.settings):
            yield ok(f"{failure.message}; the local Azure ML runs images as processes without it")
        else:
            yield warning(failure.message, why="building and pushing images needs it", repair=failure.hint)
        return
    free = _free_bytes(engine.folder)
    room = "" if free is None else f", with {free / (1 << 30):.1f} GiB free for images"
    told = f"Docker {engine.version} answers at {engine.address}{room}"
    if free is not None and free < NO_SPACE:
        yield error(told, why="the two images do not fit", repair=MAKE_ROOM)
    elif free is not None and free < LITTLE_SPACE:
        yield warning(told, why="each release's images take some hundred megabytes", repair=MAKE_ROOM)
    else:
        yield ok(told)


def _free_bytes(folder: str) -> int | None:
    """Room where the engine keeps its images; None where that is another machine's disk, or hidden from us."""
    try:
        return shutil.disk_usage(folder).free if Path(folder).is_dir() else None
    except OSError:
        return None


def check_registry(patient: Patient) -> Iterator[Finding]:
    """Log in to the registry, and begin a push to each repository; what is wrong there is raised."""
    settings = patient.tools.settings
    if not has_registry(settings):
        return
    registry = patient.tools.registry
    registry.check_login()
    repositories = list(dict.fromkeys(repository_of(settings, image) for image in ("train", "infer")))
    for repository in repositories:
        registry.check_push(repository)
    yield ok(f"registry {registry.host} answers, and takes pushes to {' and '.join(repositories)}")


def check_pull(patient: Patient) -> Iterator[Finding]:
    """An endpoint's identity may pull from the workspace's own registry; for any other it needs a role."""
    acr = patient.tools.settings.acr_name
    if patient.is_local or not acr or patient.tools.settings.registry:
        return
    workspace = patient.tools.workspace
    properties = workspace.describe().get("properties") or {}
    own = str(properties.get("containerRegistry") or "").rpartition("/")[2]
    if own.lower() == acr.lower():
        yield ok(f"images come from the workspace's own registry, {acr}")
        return
    principal, holds = _principal(patient), None
    if principal:
        holds = _holds_role(patient, acr, principal)
    if holds:
        yield ok(f"the endpoint's identity may pull from {acr}")
        return
    yield warning(
        f"the endpoint's identity holds no role to pull from {acr}"
        if holds is False
        else f"images come from {acr}, which is not the workspace's own registry ({own or 'it has none'})",
        why="the endpoint's identity gets the role AcrPull on the workspace's registry alone",
        repair=f"az role assignment create --role AcrPull --assignee {principal or _UNKNOWN}"
        f" --scope $(az acr show --name {acr} --query id -o tsv)",
    )


def _holds_role(patient: Patient, acr: str, principal: str) -> bool | None:
    """Whether the identity may pull; None where we may not know."""
    roles = patient.tools.workspace.roles
    try:
        registry = roles.registry_id(acr)
        return roles.can_pull(registry, principal) if registry else None
    except RetailctlError:  # reading role assignments is a right of its own, and pulling works without it
        return None


def _principal(patient: Patient) -> str | None:
    endpoint = patient.tools.workspace.endpoints.find(patient.tools.settings.endpoint_name)
    identity = endpoint.raw.get("identity") if endpoint else None
    found = identity.get("principalId") if isinstance(identity, dict) else None
    return str(found) if found else None
