"""Data assets: read and archived over ARM, created (with an upload where they are local) through the SDK."""

from __future__ import annotations

from pathlib import Path

from retailctl.azureml import resources
from retailctl.azureml.arm import ArmClient
from retailctl.azureml.assets import AssetVersions, name_of, newest_first
from retailctl.azureml.sdk import Sdk
from retailctl.azureml.transport import Json
from retailctl.domain.resources import DataVersion


class DataClient:
    """Creates, reads and archives data versions."""

    def __init__(self, arm: ArmClient, sdk: Sdk) -> None:
        self._assets = AssetVersions(arm, "data", "data")
        self._sdk = sdk

    def create(self, yaml: Path) -> DataVersion:
        """Register the data of ``yaml``, uploading what is local; returns the version that this very call made.

        Raises:
            InvalidTemplate: the SDK does not take the file.
        """
        return self.get(*self._sdk.create_asset("data", yaml))

    def get(self, name: str, version: str) -> DataVersion:
        """One version.

        Raises:
            ResourceNotFound: there is no such data or version.
        """
        return read_data(self._assets.get(name, version))

    def list(self, name: str | None = None, *, archived: bool = False) -> list[DataVersion]:
        """All versions of one data asset, or of every one; by name, the newest first.

        Raises:
            ResourceNotFound: there is no data of that name.
        """
        found = self._assets.list(name, archived=archived)
        return newest_first(map(read_data, found))

    def archive(self, name: str, version: str) -> None:
        """Hide the version from lists; what uses it goes on working."""
        self._assets.set_archived(name, version, archived=True)


def read_data(resource: Json) -> DataVersion:
    """A data version from its ARM resource."""
    own = resources.properties(resource)
    return DataVersion(
        name=name_of(resource),
        version=str(resource["name"]),
        type=str(own.get("dataType", "")),
        path=own.get("dataUri"),
        tags=resources.tags(own),
        archived=bool(own.get("isArchived")),
        created_at=resources.created_at(resource),
    )
