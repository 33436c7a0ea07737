"""Environments: read and archived over ARM, created through the SDK."""

from __future__ import annotations

from pathlib import Path

from retailctl.azureml import resources
from retailctl.azureml.arm import ArmClient
from retailctl.azureml.assets import AssetVersions, name_of, newest_first
from retailctl.azureml.sdk import Sdk
from retailctl.azureml.transport import Json
from retailctl.domain.resources import EnvironmentVersion


class EnvironmentsClient:
    """Creates, reads and archives environment versions."""

    def __init__(self, arm: ArmClient, sdk: Sdk) -> None:
        self._assets = AssetVersions(arm, "environments", "environment")
        self._sdk = sdk

    def create(self, yaml: Path) -> EnvironmentVersion:
        """Register the environment of ``yaml``; returns the version that this very call made.

        Raises:
            InvalidTemplate: the SDK does not take the file.
        """
        return self.get(*self._sdk.create_asset("environment", yaml))

    def get(self, name: str, version: str) -> EnvironmentVersion:
        """One version.

        Raises:
            ResourceNotFound: there is no such environment or version.
        """
        return read_environment(self._assets.get(name, version))

    def list(self, name: str | None = None, *, archived: bool = False) -> list[EnvironmentVersion]:
        """All versions of one environment, or of every one; by name, the newest first.

        Raises:
            ResourceNotFound: there is no environment of that name.
        """
        found = self._assets.list(name, archived=archived)
        return newest_first(map(read_environment, found))

    def archive(self, name: str, version: str) -> None:
        """Hide the version from lists; what uses it goes on working."""
        self._assets.set_archived(name, version, archived=True)

    def restore(self, name: str, version: str) -> None:
        """Undo :meth:`archive`."""
        self._assets.set_archived(name, version, archived=False)

    def delete(self, name: str, version: str) -> None:
        """Delete the version for good."""
        self._assets.delete(name, version)


def read_environment(resource: Json) -> EnvironmentVersion:
    """An environment version from its ARM resource."""
    own = resources.properties(resource)
    return EnvironmentVersion(
        name=name_of(resource),
        version=str(resource["name"]),
        image=own.get("image"),
        tags=resources.tags(own),
        archived=bool(own.get("isArchived")),
        created_at=resources.created_at(resource),
    )
