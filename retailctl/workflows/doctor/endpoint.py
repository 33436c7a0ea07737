"""The endpoint: whether it is there and well."""

from __future__ import annotations

from collections.abc import Iterator

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
