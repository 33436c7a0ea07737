"""What the slots of a workspace refer to: a slot reads its model and image again whenever a machine is replaced."""

from __future__ import annotations

from collections.abc import Iterable

from retailctl.domain.resources import Deployment
from retailctl.errors import ResourceNotFound, WrongState
from retailctl.workflows.toolbox import Toolbox


def every_slot(tools: Toolbox) -> list[Deployment]:
    """The slots of every endpoint of the workspace, whoever made them."""
    workspace = tools.workspace
    found: list[Deployment] = []
    for endpoint in workspace.endpoints.list():
        try:
            found += workspace.deployments.list(endpoint.name)
        except ResourceNotFound:  # deleted since the list was made
            continue
    return found


def address(slot: Deployment) -> str:
    """``endpoint/slot``."""
    return f"{slot.endpoint}/{slot.name}"


def using_model(slots: Iterable[Deployment], text: str) -> tuple[str, ...]:
    """The slots that serve model version ``name:version``."""
    return tuple(address(slot) for slot in slots if slot.model == text)


def using_environment(slots: Iterable[Deployment], text: str) -> tuple[str, ...]:
    """The slots that run in environment version ``name:version``."""
    return tuple(address(slot) for slot in slots if slot.environment == text)


def refuse_if_used(what: str, users: tuple[str, ...]) -> None:
    """Keep what a slot refers to.

    Raises:
        WrongState: with the slots that use it.
    """
    if users:
        raise WrongState(
            f"{what} is in use by {', '.join(users)}",
            reason="a slot reads its model and environment again whenever a machine is replaced",
            hint="deploy something else to the slot first: retailctl deploy --slot SLOT",
            details={"usedBy": list(users)},
        )
