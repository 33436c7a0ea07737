"""Computes as a noun: list and show."""

from __future__ import annotations

from retailctl.domain.resources import Compute
from retailctl.workflows.toolbox import Toolbox


def list_computes(tools: Toolbox) -> tuple[Compute, ...]:
    """Every compute of the workspace."""
    return tuple(tools.workspace.computes.list())


def show_compute(tools: Toolbox, name: str) -> Compute:
    """One compute.

    Raises:
        ResourceNotFound: there is none of that name.
    """
    return tools.workspace.computes.get(name)
