"""What the instances of a slot use now, as the one point of the present minute: nothing of it is kept.

Azure Monitor publishes the names and the dimensions. What the service writes into the dimensions, and that the capacity
counts instances which are not ready, is inferred [inf].
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from retailctl.emulator.runners.slots import InstanceUsage, SlotSupervisor
from retailctl.emulator.services.catalogue import MachineSize
from retailctl.emulator.services.metrics.filters import Filter
from retailctl.emulator.services.metrics.series import Key, Points, Window, split_key

GAUGES = frozenset({"CpuUtilizationPercentage", "CpuMemoryUtilizationPercentage", "DeploymentCapacity"})
_MINUTE_S = 60
_GIB = 2**30


@dataclass(frozen=True, slots=True)
class Reading:
    """What the instances use, by the names under which metrics tell them apart, and the size of their machines."""

    instances: Mapping[str, InstanceUsage]
    size: MachineSize

    @classmethod
    def of(cls, deployment: str, slot: SlotSupervisor | None, size: MachineSize) -> Reading:
        """The present use; of nothing for a deployment that does not serve."""
        usage = slot.usage() if slot is not None else ()
        return cls({f"{deployment}-{number}": each for number, each in enumerate(usage)}, size)

    def points(self, gauge: str, wanted: Filter, window: Window) -> dict[Key, Points]:
        """One of GAUGES: percentages over the instances that the filter keeps, or how many those are."""
        present = int(time.time()) // _MINUTE_S * _MINUTE_S
        if not window.start <= present < window.end:
            return {}
        groups: dict[Key, list[InstanceUsage]] = defaultdict(list)
        for name, usage in self.instances.items():
            values = {"instanceId": name, "State": "Ready" if usage.ready else "NotReady"}
            if wanted.holds(values):
                groups[split_key(values, wanted)].append(usage)
        return {key: {window.bin(present): self._spread(gauge, group)} for key, group in groups.items()}

    def _spread(self, gauge: str, group: list[InstanceUsage]) -> dict[str, float]:
        if gauge == "DeploymentCapacity":
            values = [float(len(group))]
        elif gauge == "CpuUtilizationPercentage":
            values = [each.cpu_percent / self.size.cores for each in group]
        else:
            values = [each.memory_bytes / (self.size.memory_gb * _GIB) * 100 for each in group]
        return {"average": sum(values) / len(values), "minimum": min(values), "maximum": max(values)}
