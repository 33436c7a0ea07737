"""Deployments (slots) of an online endpoint: read and deleted over ARM, created through the SDK."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from retailctl.domain.deadline import Deadline
from retailctl.domain.resources import Deployment

Container = Literal["inference-server", "storage-initializer"]
Progress = Callable[[str], None]


class DeploymentsClient:
    """Reads, applies and deletes the slots of an endpoint."""

    def get(self, endpoint: str, slot: str) -> Deployment:
        """The slot as it is now.

        Raises:
            ResourceNotFound: the endpoint, or the slot, does not exist.
        """
        raise NotImplementedError

    def find(self, endpoint: str, slot: str) -> Deployment | None:
        """The slot, or None when it does not exist."""
        raise NotImplementedError

    def list(self, endpoint: str) -> list[Deployment]:
        """Every slot of the endpoint, by name."""
        raise NotImplementedError

    def apply(
        self, yaml: Path, *, on_progress: Progress | None = None, deadline: Deadline | None = None
    ) -> Deployment:
        """Create or update the slot of ``yaml`` and wait until it is ready; ``on_progress`` gets each new phase.

        Raises:
            DeploymentFailed: it never became ready; ``details["log"]`` holds the container's last lines.
            WaitTimedOut: the deadline passed; the deployment goes on.
        """
        raise NotImplementedError

    def delete(self, endpoint: str, slot: str, *, deadline: Deadline | None = None) -> None:
        """Delete the slot and wait until it is gone."""
        raise NotImplementedError

    def logs(
        self, endpoint: str, slot: str, container: Container = "inference-server", lines: int = 100
    ) -> str:
        """The last ``lines`` lines of one of the slot's containers."""
        raise NotImplementedError
