"""The project and its settings: where they come from, and whether a stray variable decides."""

from __future__ import annotations

from collections.abc import Iterator

from retailctl.config.settings import BY_NAME
from retailctl.workflows.doctor.findings import Finding, Patient, ok, warning


def check_project(patient: Patient) -> Iterator[Finding]:
    """Opening the toolbox reads retailctl.toml and every setting; whatever is wrong there is raised."""
    project, settings = patient.tools.project, patient.tools.settings
    where = f"from {project.file}" if project.file else "without a retailctl.toml"
    yield ok(f"profile {settings.profile}, {where}")


def check_stray_variables(patient: Patient) -> Iterator[Finding]:
    """Names that other tools use as well, and that decide here."""
    settings = patient.tools.settings
    for name, row in BY_NAME.items():
        if row.unprefixed and settings.origin(name) == f"environment {row.unprefixed}":
            yield warning(
                f"{name} is {settings.value(name)}, because {row.unprefixed} is set",
                why="that variable is older than retailctl, and may be meant for something else",
                repair=f"unset {row.unprefixed}, or set {row.variable}",
            )
