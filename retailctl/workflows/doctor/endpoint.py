"""The endpoint: whether it is there and well, and whether its identity can pull its images."""

from __future__ import annotations

from collections.abc import Iterator

from retailctl.domain.resources import Endpoint
from retailctl.workflows.doctor.findings import Finding, Patient, ok, warning


def check_endpoint(patient: Patient) -> Iterator[Finding]:
    """The endpoint of the settings."""
    name = patient.tools.settings.endpoint_name
    endpoint = patient.tools.workspace.endpoints.find(name)
    if endpoint is None:
        yield ok(f"endpoint {name} does not exist yet; its name must be free in the whole region")
    elif endpoint.state != "Succeeded":
        yield warning(
            f"endpoint {name} is {endpoint.state}",
            why="it can be changed only when it is Succeeded",
            repair="retailctl status",
        )
    else:
        yield ok(f"endpoint {name} is there, {endpoint.traffic.text() or 'without traffic'}")


def check_registry(patient: Patient) -> Iterator[Finding]:
    """An endpoint's identity may pull from the workspace's own registry; for any other it needs a role."""
    acr = patient.tools.settings.acr_name
    if patient.is_local or not acr:
        return
    workspace = patient.tools.workspace
    properties = workspace.describe().get("properties") or {}
    own = str(properties.get("containerRegistry") or "").rpartition("/")[2]
    if own.lower() == acr.lower():
        yield ok(f"images come from the workspace's own registry, {acr}")
        return
    yield warning(
        f"images come from {acr}, which is not the workspace's own registry ({own or 'it has none'})",
        why="the endpoint's identity gets the role AcrPull on the workspace's registry alone",
        repair=f"az role assignment create --role AcrPull --assignee {_principal(patient)}"
        f" --scope $(az acr show --name {acr} --query id -o tsv)",
    )


def _principal(patient: Patient) -> str:
    endpoint = patient.tools.workspace.endpoints.find(patient.tools.settings.endpoint_name)
    return _principal_of(endpoint) if endpoint else "PRINCIPAL_ID_OF_THE_ENDPOINT"


def _principal_of(endpoint: Endpoint) -> str:
    identity = endpoint.raw.get("identity")
    found = identity.get("principalId") if isinstance(identity, dict) else None
    return str(found) if found else "PRINCIPAL_ID_OF_THE_ENDPOINT"
