"""The clusters of the workspace: those of the catalogue, and those that a team makes or changes.

A cluster is made at once, since its nodes are this machine: what it says is how many jobs it runs at a time, and which
size a job on it has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from retailctl.emulator.arm.bodies.computes import ClusterBody, ComputeScaleSettings
from retailctl.emulator.arm.durations import seconds_of
from retailctl.emulator.arm.errors import conflict, not_found
from retailctl.emulator.arm.names import check_compute
from retailctl.emulator.services.background import Background
from retailctl.emulator.services.catalogue import CLUSTERS, Cluster, machine_size
from retailctl.emulator.services.context import Context
from retailctl.emulator.services.documents import Documents, merged_tags
from retailctl.emulator.store.operations import Operation

_FIXED = {each.name: each for each in CLUSTERS}
_IDLE = "nodeIdleTimeBeforeScaleDown"


@dataclass(frozen=True, slots=True)
class Kept:
    """A cluster, and when it was made and changed; '' for one that is as the catalogue has it."""

    cluster: Cluster
    created: str = ""
    modified: str = ""


class Computes:
    """The clusters; what a team writes stands before what the catalogue has under the same name."""

    def __init__(self, context: Context, background: Background) -> None:
        self._context = context
        self._background = background
        self._documents = Documents(context.resources, "computes", "compute")

    def list(self) -> list[Kept]:
        """Every cluster, those of the catalogue first."""
        own = [record.name for record in self._documents.list() if record.name.lower() not in _FIXED]
        return [self.get(name) for name in (*_FIXED, *own)]

    def get(self, name: str) -> Kept:
        """A cluster. Raises ArmError (404)."""
        record = self._documents.find(name)
        if record is not None:
            return Kept(Cluster(**record.body["cluster"]), record.created, record.modified)
        if name.lower() not in _FIXED:
            raise not_found(f"compute '{name}'")
        return Kept(_FIXED[name.lower()])

    def cluster(self, name: str) -> Cluster:
        """What a cluster says. Raises ArmError (404)."""
        return self.get(name).cluster

    def write(self, name: str, body: ClusterBody) -> tuple[Kept, Operation, bool]:
        """Create or replace a cluster; True when it is new. Raises ArmError (400)."""
        check_compute(name)
        settings = body.properties.properties
        is_new = name.lower() not in _FIXED and self._documents.find(name) is None
        cluster = Cluster(
            name=name if is_new else self.cluster(name).name,
            size=machine_size(settings.vm_size).name,
            priority=settings.vm_priority or "Dedicated",
            description=body.properties.description or "",
            tags=merged_tags(body.tags, None),
            **_scale(settings.scale_settings),
        )
        return (*self._put(cluster), is_new)

    def scale(self, name: str, scale: ComputeScaleSettings | None) -> tuple[Kept, Operation]:
        """Change how many nodes a cluster may have. Raises ArmError (400, 404)."""
        return self._put(Cluster(**{**asdict(self.cluster(name)), **(_scale(scale) if scale else {})}))

    def delete(self, name: str) -> Operation | None:
        """Remove a cluster; None when there is none. Raises ArmError (409)."""
        if name.lower() in _FIXED:
            raise conflict(f"The compute '{name}' is of the local catalogue; it stays.")
        if self._documents.find(name) is None:
            return None
        with self._context.database.transaction():
            self._documents.delete(name)
            return self._background.operate(self._resource_id(name), _done)

    def _put(self, cluster: Cluster) -> tuple[Kept, Operation]:
        with self._context.database.transaction():
            self._documents.put(cluster.name, {"cluster": asdict(cluster)})
            operation = self._background.operate(self._resource_id(cluster.name), _done)
        return self.get(cluster.name), operation

    def _resource_id(self, name: str) -> str:
        return self._context.scope.resource_id("computes", name)


def _scale(given: ComputeScaleSettings | None) -> Mapping[str, Any]:
    if given is None:
        return {"max_nodes": 1}
    if given.node_idle_time_before_scale_down is not None:
        seconds_of(_IDLE, given.node_idle_time_before_scale_down)
    idle = {"idle": given.node_idle_time_before_scale_down} if given.node_idle_time_before_scale_down else {}
    return {"max_nodes": given.max_node_count, "min_nodes": given.min_node_count or 0, **idle}


async def _done() -> None:
    """Nothing is left to do when the operation is announced."""
