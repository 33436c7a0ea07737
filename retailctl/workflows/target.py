"""Which slot a release goes to."""

from __future__ import annotations

from retailctl.domain import tags
from retailctl.domain.slots import SLOTS, idle_slot
from retailctl.errors import WrongState
from retailctl.workflows.toolbox import Toolbox


def target_slot(tools: Toolbox, model: str | None) -> str:
    """The slot a release goes to: one without traffic, before all one that holds ``model`` (name:version) already.

    Raises:
        WrongState: both slots take traffic.
    """
    endpoint = tools.workspace.endpoints.find(tools.settings.endpoint_name)
    if endpoint is None:
        return SLOTS[0]
    slots = tools.workspace.deployments.list(endpoint.name)
    for slot in slots:
        begun = model is not None and slot.tags.get(tags.MODEL) == model
        if slot.name in SLOTS and begun and not endpoint.traffic.get(slot.name):
            return slot.name
    return idle_slot(endpoint.traffic, [slot.name for slot in slots])


def deploy_line(tools: Toolbox, model: str) -> str:
    """The deployment to the slot that is free for ``model``; where none is, a look at what takes the traffic."""
    try:
        return tools.line("deploy", slot=target_slot(tools, model), model=model)
    except WrongState:
        return tools.line("status")
