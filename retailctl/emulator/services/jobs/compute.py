"""How many jobs run at once: on a cluster, as many as it may have nodes; without one, as many as there are cores."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from typing import Any

from retailctl.emulator.arm.ids import parse_compute
from retailctl.emulator.runners.spec import Limits
from retailctl.emulator.services.catalogue import find_size
from retailctl.emulator.services.computes import Computes

_SERVERLESS = ""


class ComputeSlots:
    """Places on the computes, given out in the order in which they are asked for."""

    def __init__(self, computes: Computes) -> None:
        self._computes = computes
        self._places: dict[tuple[str, int], asyncio.Semaphore] = {}

    def slot(self, compute_id: str | None) -> asyncio.Semaphore:
        """A place on a compute, to be held with `async with` while the job runs.

        A cluster that is given another size of its own hands out places anew; jobs that run keep theirs.
        """
        name = compute_name(compute_id, self._computes)
        limit = self._computes.cluster(name).max_nodes if name else os.cpu_count() or 1
        return self._places.setdefault((name, limit), asyncio.Semaphore(limit))

    def limits(self, properties: Mapping[str, Any]) -> Limits | None:
        """What a node of the job's size has; None where no size is named, or one that is not in the catalogue."""
        name = compute_name(properties.get("computeId"), self._computes)
        asked = (properties.get("resources") or {}).get("instanceType")
        size = find_size(self._computes.cluster(name).size if name else asked or "")
        return size.limits if size else None


def compute_name(compute_id: str | None, computes: Computes) -> str:
    """Name of the cluster that a job names; '' for serverless compute. Raises ArmError (404)."""
    name = parse_compute(compute_id or "")
    return _SERVERLESS if name.lower() in {"", "serverless"} else computes.cluster(name).name
