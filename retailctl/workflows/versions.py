"""The versions of the model that is being released; before the first one is registered there are none."""

from __future__ import annotations

from retailctl.domain.resources import ModelVersion
from retailctl.errors import ResourceNotFound
from retailctl.workflows.toolbox import Toolbox


def versions_of_model(tools: Toolbox, *, archived: bool = False) -> list[ModelVersion]:
    """Every version of the model of the settings, the highest first; ``archived`` ones only where asked for."""
    try:
        return tools.workspace.models.list(tools.settings.model_name, archived=archived)
    except ResourceNotFound:
        return []
