"""Which slot a release goes to."""

from __future__ import annotations

from retailctl.domain import tags
from retailctl.domain.resources import ModelVersion
from retailctl.domain.slots import SLOTS, idle_slot
from retailctl.workflows.toolbox import Toolbox


def target_slot(tools: Toolbox, model: ModelVersion | None) -> str:
    """The slot a release goes to: one without traffic, before all one that holds the model already.

    Raises:
        WrongState: both slots take traffic.
    """
    endpoint = tools.workspace.endpoints.find(tools.settings.endpoint_name)
    if endpoint is None:
        return SLOTS[0]
    slots = tools.workspace.deployments.list(endpoint.name)
    for slot in slots:
        begun = model is not None and slot.tags.get(tags.MODEL) == model.text
        if slot.name in SLOTS and begun and not endpoint.traffic.get(slot.name):
            return slot.name
    return idle_slot(endpoint.traffic, [slot.name for slot in slots])
