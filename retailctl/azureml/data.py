"""Data assets: read and archived over ARM, created (with an upload where they are local) through the SDK."""

from __future__ import annotations

from pathlib import Path

from retailctl.domain.resources import DataVersion


class DataClient:
    """Creates, reads and archives data versions."""

    def create(self, yaml: Path) -> DataVersion:
        """Register the data of ``yaml``, uploading a local folder; returns the version that this very call made."""
        raise NotImplementedError

    def get(self, name: str, version: str) -> DataVersion:
        """One version.

        Raises:
            ResourceNotFound: there is no such data or version.
        """
        raise NotImplementedError

    def list(self, name: str | None = None, *, archived: bool = False) -> list[DataVersion]:
        """All versions of one data asset, or of every one; the newest first."""
        raise NotImplementedError

    def archive(self, name: str, version: str) -> None:
        """Hide the version from lists; what uses it goes on working."""
        raise NotImplementedError
