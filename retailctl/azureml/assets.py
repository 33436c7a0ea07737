"""What models, environments and data have in common: containers of versions, archived before they are deleted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TypeVar

from retailctl.azureml import resources
from retailctl.azureml.arm import ArmClient, path_of
from retailctl.azureml.subject import Subject
from retailctl.azureml.transport import Json
from retailctl.domain.deadline import Deadline
from retailctl.domain.resources import DataVersion, EnvironmentVersion

Asset = TypeVar("Asset", EnvironmentVersion, DataVersion)

READ_ONLY = ("provisioningState", "environmentType")
DELETE_S = 300.0


class AssetVersions:
    """The versions of one kind of asset, as ARM resources."""

    def __init__(self, arm: ArmClient, collection: str, kind: str) -> None:
        """``collection`` is the segment of the address (``models``), ``kind`` the word for people (``model``)."""
        self._arm = arm
        self._collection = collection
        self._kind = kind

    def get(self, name: str, version: str) -> Json:
        """One version.

        Raises:
            ResourceNotFound: there is no such asset or version.
        """
        return self._arm.get(self._path(name, version), self._subject(name, version))

    def list(self, name: str | None, *, archived: bool) -> Iterator[Json]:
        """Every version of one asset (None: of every asset of the kind); those archived too where asked.

        Raises:
            ResourceNotFound: there is no asset of that name.
        """
        view = {"listViewType": "All" if archived else "ActiveOnly"}
        names = [name] if name else self._names(view)
        for each in names:
            path = path_of(self._collection, each, "versions")
            yield from self._arm.pages(path, Subject(self._kind, each), query=view)

    def _names(self, view: Mapping[str, str]) -> Iterator[str]:
        for container in self._arm.pages(f"/{self._collection}", Subject(self._kind), query=view):
            yield str(container["name"])

    def set_archived(self, name: str, version: str, *, archived: bool) -> None:
        """Hide a version from lists, or show it again; nothing else of it changes."""
        body = self._sendable(name, version)
        body["properties"]["isArchived"] = archived
        self._put(name, version, body)

    def add_tags(self, name: str, version: str, tags: Mapping[str, str]) -> Json:
        """Add or replace these tags; every other tag and field stays. Returns the version as it is then."""
        body = self._sendable(name, version)
        body["properties"]["tags"] = {**resources.tags(resources.properties(body)), **tags}
        return self._put(name, version, body)

    def delete(self, name: str, version: str) -> None:
        """Delete a version for good.

        Raises:
            ResourceNotFound: there is no such asset or version.
        """
        subject = self._subject(name, version)
        deadline = Deadline.after(self._arm.clock, DELETE_S)
        self._arm.delete(self._path(name, version), subject, deadline, look=subject.list_command)

    def _put(self, name: str, version: str, body: Json) -> Json:
        subject = self._subject(name, version)
        return self._arm.request("PUT", self._path(name, version), subject, body=body).json()

    def _sendable(self, name: str, version: str) -> Json:
        return resources.sendable(self.get(name, version), read_only=READ_ONLY)

    def _path(self, name: str, version: str) -> str:
        return path_of(self._collection, name, "versions", version)

    def _subject(self, name: str, version: str) -> Subject:
        return Subject(self._kind, f"{name}:{version}")


def name_of(resource: Json) -> str:
    """The asset that a version belongs to, from the version's ARM id."""
    pinned = resources.pinned_asset(resource.get("id")) or ""
    return pinned.rpartition(":")[0]


def newest_first(assets: Iterable[Asset]) -> list[Asset]:
    """Sorted by name, and below a name the newest version first."""
    never = datetime.min.replace(tzinfo=UTC)
    dated = sorted(assets, key=lambda asset: asset.created_at or never, reverse=True)
    return sorted(dated, key=lambda asset: asset.name)
