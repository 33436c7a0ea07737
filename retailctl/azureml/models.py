"""Registered models: read, tagged and archived over ARM, created and downloaded through the SDK."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from retailctl.domain.references import ModelRef
from retailctl.domain.resources import ModelVersion


class ModelsClient:
    """Registers, reads, archives and downloads model versions."""

    def create(self, yaml: Path) -> ModelVersion:
        """Register the model of ``yaml``; returns the version that this very call made."""
        raise NotImplementedError

    def get(self, ref: ModelRef) -> ModelVersion:
        """The version ``ref`` names; without one, as :meth:`latest`.

        Raises:
            ResourceNotFound: there is no such model or version.
        """
        raise NotImplementedError

    def latest(self, name: str) -> ModelVersion:
        """The highest version that is not archived.

        Raises:
            ResourceNotFound: there is none.
        """
        raise NotImplementedError

    def list(self, name: str | None = None, *, archived: bool = False) -> list[ModelVersion]:
        """All versions of one model, or of every model; the highest first."""
        raise NotImplementedError

    def archive(self, ref: ModelRef) -> None:
        """Hide the version from lists; what uses it goes on working."""
        raise NotImplementedError

    def restore(self, ref: ModelRef) -> None:
        """Undo :meth:`archive`."""
        raise NotImplementedError

    def delete(self, ref: ModelRef) -> None:
        """Delete the version for good."""
        raise NotImplementedError

    def set_tags(self, ref: ModelRef, tags: Mapping[str, str]) -> ModelVersion:
        """Add or replace these tags; every other tag stays."""
        raise NotImplementedError

    def download(self, ref: ModelRef, to: Path) -> Path:
        """Fetch the model's files into ``to``; returns the folder."""
        raise NotImplementedError
