"""Which model version is meant: what is typed or set, turned into one whole number before anything is sent."""

from __future__ import annotations

from retailctl.domain.references import ModelRef
from retailctl.domain.resources import ModelVersion
from retailctl.errors import ResourceNotFound, WrongState
from retailctl.workflows.toolbox import Toolbox


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
