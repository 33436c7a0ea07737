"""Environments: read and archived over ARM, created through the SDK."""

from __future__ import annotations

from pathlib import Path

from retailctl.domain.resources import EnvironmentVersion


class EnvironmentsClient:
    """Creates, reads and archives environment versions."""

    def create(self, yaml: Path) -> EnvironmentVersion:
        """Register the environment of ``yaml``; returns the version that this very call made."""
        raise NotImplementedError

    def get(self, name: str, version: str) -> EnvironmentVersion:
        """One version.

        Raises:
            ResourceNotFound: there is no such environment or version.
        """
        raise NotImplementedError

    def list(self, name: str | None = None, *, archived: bool = False) -> list[EnvironmentVersion]:
        """All versions of one environment, or of every one; the newest first."""
        raise NotImplementedError

    def archive(self, name: str, version: str) -> None:
        """Hide the version from lists; what uses it goes on working."""
        raise NotImplementedError

    def restore(self, name: str, version: str) -> None:
        """Undo :meth:`archive`."""
        raise NotImplementedError

    def delete(self, name: str, version: str) -> None:
        """Delete the version for good."""
        raise NotImplementedError
