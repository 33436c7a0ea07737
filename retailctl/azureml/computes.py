"""Computes: what jobs can run on."""

from __future__ import annotations

from retailctl.domain.resources import Compute


class ComputesClient:
    """Reads the workspace's computes."""

    def list(self) -> list[Compute]:
        """Every compute, by name."""
        raise NotImplementedError

    def get(self, name: str) -> Compute:
        """One compute.

        Raises:
            ResourceNotFound: there is none of that name.
        """
        raise NotImplementedError
