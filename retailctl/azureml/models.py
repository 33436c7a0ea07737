"""Registered models: read, tagged and archived over ARM, created and downloaded through the SDK."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from retailctl.azureml import resources
from retailctl.azureml.arm import ArmClient
from retailctl.azureml.assets import AssetVersions, name_of
from retailctl.azureml.sdk import Sdk
from retailctl.azureml.transport import Json
from retailctl.domain.references import ModelRef
from retailctl.domain.resources import ModelVersion
from retailctl.errors import ResourceNotFound


class ModelsClient:
    """Registers, reads, archives and downloads model versions."""

    def __init__(self, arm: ArmClient, sdk: Sdk) -> None:
        self._assets = AssetVersions(arm, "models", "model")
        self._sdk = sdk

    def create(self, yaml: Path) -> ModelVersion:
        """Register the model of ``yaml``; returns the version that this very call made.

        Raises:
            InvalidTemplate: the SDK does not take the file.
        """
        name, version = self._sdk.create_asset("model", yaml)
        return read_model(self._assets.get(name, version))

    def get(self, ref: ModelRef) -> ModelVersion:
        """The version that ``ref`` names; without one, as :meth:`latest`.

        Raises:
            ResourceNotFound: there is no such model or version.
        """
        if ref.version is None:
            return self.latest(ref.name)
        return read_model(self._assets.get(ref.name, str(ref.version)))

    def latest(self, name: str) -> ModelVersion:
        """The highest version that is not archived.

        The SDK's "latest" is the version made last, which parallel runs make a matter of luck.

        Raises:
            ResourceNotFound: there is none.
        """
        found = self.list(name)
        if not found:
            raise ResourceNotFound(f"model '{name}' has no version that is not archived", hint="retailctl register")
        return found[0]

    def list(self, name: str | None = None, *, archived: bool = False) -> list[ModelVersion]:
        """All versions of one model, or of every model; by name, the highest version first.

        Raises:
            ResourceNotFound: there is no model of that name.
        """
        found = self._assets.list(name, archived=archived)
        numbered = [each for each in found if str(each.get("name", "")).isdecimal()]
        return sorted(map(read_model, numbered), key=lambda model: (model.name, -model.version))

    def archive(self, ref: ModelRef) -> None:
        """Hide the version from lists; what uses it goes on working."""
        self._assets.set_archived(ref.name, _version(ref), archived=True)

    def restore(self, ref: ModelRef) -> None:
        """Undo :meth:`archive`."""
        self._assets.set_archived(ref.name, _version(ref), archived=False)

    def delete(self, ref: ModelRef) -> None:
        """Delete the version for good."""
        self._assets.delete(ref.name, _version(ref))

    def set_tags(self, ref: ModelRef, tags: Mapping[str, str]) -> ModelVersion:
        """Add or replace these tags; every other tag stays."""
        return read_model(self._assets.add_tags(ref.name, _version(ref), tags))

    def download(self, ref: ModelRef, to: Path) -> Path:
        """Fetch the model's files into ``to``; returns the folder that holds them.

        Raises:
            ResourceNotFound: there is no such model or version.
        """
        model = self.get(ref)
        self._sdk.download_model(model.name, model.version, to)
        return to / model.name


def read_model(resource: Json) -> ModelVersion:
    """A model version from its ARM resource."""
    own = resources.properties(resource)
    return ModelVersion(
        name=name_of(resource),
        version=int(resource["name"]),
        type=str(own.get("modelType", "")),
        path=own.get("modelUri"),
        job=own.get("jobName"),
        tags=resources.tags(own),
        archived=bool(own.get("isArchived")),
        created_at=resources.created_at(resource),
    )


def _version(ref: ModelRef) -> str:
    """The pinned version.

    Raises:
        InvalidInput: the reference has none; what changes or deletes must not guess.
    """
    return ref.asset_id.rpartition(":")[2]
