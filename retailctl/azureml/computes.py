"""Computes: what jobs can run on."""

from __future__ import annotations

from retailctl.azureml import resources
from retailctl.azureml.arm import ArmClient, path_of
from retailctl.azureml.subject import Subject
from retailctl.azureml.transport import Json
from retailctl.domain.resources import Compute


class ComputesClient:
    """Reads the workspace's computes."""

    def __init__(self, arm: ArmClient) -> None:
        self._arm = arm

    def list(self) -> list[Compute]:
        """Every compute, by name."""
        found = self._arm.pages("/computes", Subject("compute"))
        return sorted(map(read_compute, found), key=lambda compute: compute.name)

    def get(self, name: str) -> Compute:
        """One compute.

        Raises:
            ResourceNotFound: there is none of that name.
        """
        return read_compute(self._arm.get(path_of("computes", name), Subject("compute", name)))


def read_compute(resource: Json) -> Compute:
    """A compute from its ARM resource; a cluster's own settings lie one level deeper."""
    own = resources.properties(resource)
    cluster = own.get("properties") or {}
    scale = cluster.get("scaleSettings") or {}
    return Compute(
        name=str(resource["name"]),
        type=str(own.get("computeType", "")),
        size=cluster.get("vmSize"),
        state=str(own.get("provisioningState", "")),
        tier=cluster.get("vmPriority"),
        min_nodes=scale.get("minNodeCount"),
        max_nodes=scale.get("maxNodeCount"),
    )
