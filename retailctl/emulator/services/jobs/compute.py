"""How many jobs run at once: on a cluster, as many as it may have nodes; without one, as many as there are cores."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from typing import Any

from retailctl.emulator.arm.ids import parse_compute
from retailctl.emulator.runners.spec import Limits
from retailctl.emulator.services.catalogue import cluster, find_size

_SERVERLESS = ""


class ComputeSlots:
    """Places on the computes, given out in the order in which they are asked for."""

    def __init__(self) -> None:
        self._places: dict[str, asyncio.Semaphore] = {}

    def slot(self, compute_id: str | None) -> asyncio.Semaphore:
        """A place on a compute, to be held with `async with` while the job runs."""
        name = compute_name(compute_id)
        if name not in self._places:
            limit = cluster(name).max_nodes if name else os.cpu_count() or 1
            self._places[name] = asyncio.Semaphore(limit)
        return self._places[name]


def compute_name(compute_id: str | None) -> str:
    """Name of the cluster that a job names; '' for serverless compute."""
    name = parse_compute(compute_id or "")
    return _SERVERLESS if name.lower() in {"", "serverless"} else cluster(name).name


def job_limits(properties: Mapping[str, Any]) -> Limits | None:
    """What a node of the job's size has; None where no size is named, or one that is not in the catalogue."""
    name = compute_name(properties.get("computeId"))
    asked = (properties.get("resources") or {}).get("instanceType")
    size = find_size(cluster(name).size if name else asked or "")
    return size.limits if size else None
