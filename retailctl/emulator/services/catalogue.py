"""Sizes of machines, and the clusters that every workspace begins with.

Jobs on a cluster run at most as many at once as it may have nodes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from retailctl.emulator.arm.errors import bad_request
from retailctl.emulator.arm.ids import Scope
from retailctl.emulator.runners.spec import Limits


@dataclass(frozen=True, slots=True)
class MachineSize:
    """A size: its family for quotas, cores and memory in GiB."""

    name: str
    family: str
    cores: int
    memory_gb: float

    @property
    def limits(self) -> Limits:
        """What a container on such a machine may use."""
        return Limits(self.cores, int(self.memory_gb * 2**30))


SIZES = (
    MachineSize("Standard_DS1_v2", "standardDSv2Family", 1, 3.5),
    MachineSize("Standard_DS2_v2", "standardDSv2Family", 2, 7),
    MachineSize("Standard_DS3_v2", "standardDSv2Family", 4, 14),
    MachineSize("Standard_DS4_v2", "standardDSv2Family", 8, 28),
    MachineSize("Standard_DS5_v2", "standardDSv2Family", 16, 56),
    MachineSize("Standard_D2as_v4", "standardDASv4Family", 2, 8),
    MachineSize("Standard_D4as_v4", "standardDASv4Family", 4, 16),
    MachineSize("Standard_E2s_v3", "standardESv3Family", 2, 16),
    MachineSize("Standard_E4s_v3", "standardESv3Family", 4, 32),
    MachineSize("Standard_F2s_v2", "standardFSv2Family", 2, 4),
    MachineSize("Standard_F4s_v2", "standardFSv2Family", 4, 8),
    MachineSize("Standard_F8s_v2", "standardFSv2Family", 8, 16),
)
_BY_NAME = {size.name.lower(): size for size in SIZES}
QUOTA_CORES = 100


def find_size(name: str) -> MachineSize | None:
    """The size of this name, if the catalogue has it."""
    return _BY_NAME.get(name.lower())


def machine_size(name: str) -> MachineSize:
    """The size of this name. Raises ArmError (400)."""
    size = find_size(name)
    if size is None:
        known = ", ".join(size.name for size in SIZES)
        raise bad_request(f"The instance type '{name}' is not in the local catalogue: {known}.", target="instanceType")
    return size


@dataclass(frozen=True, slots=True)
class Cluster:
    """A compute cluster."""

    name: str
    size: str
    max_nodes: int
    priority: str = "Dedicated"
    min_nodes: int = 0
    idle: str = "PT120S"
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


CLUSTERS = (
    Cluster("cpu-cluster", "Standard_DS3_v2", 4),
    Cluster("spot-cluster", "Standard_DS3_v2", 4, priority="LowPriority"),
)


def describe(found: Cluster, scope: Scope, created: str, modified: str) -> dict[str, Any]:
    """A cluster as the body of a compute resource."""
    return {
        "location": scope.location,
        "tags": dict(found.tags),
        "properties": {
            "computeType": "AmlCompute",
            "computeLocation": scope.location,
            "provisioningState": "Succeeded",
            "createdOn": created,
            "modifiedOn": modified,
            "description": found.description,
            "isAttachedCompute": False,
            "disableLocalAuth": True,
            "properties": {
                "osType": "Linux",
                "vmSize": found.size,
                "vmPriority": found.priority,
                "scaleSettings": {
                    "minNodeCount": found.min_nodes,
                    "maxNodeCount": found.max_nodes,
                    "nodeIdleTimeBeforeScaleDown": found.idle,
                },
                "allocationState": "Steady",
                "currentNodeCount": 0,
                "targetNodeCount": 0,
                "remoteLoginPortPublicAccess": "Disabled",
                "enableNodePublicIp": False,
                "isolatedNetwork": False,
            },
        },
    }
