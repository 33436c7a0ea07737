"""Versioned assets of one kind: containers that hold versions, both archived and restored rather than deleted.

A container keeps the highest integer version that it ever had, so that a deleted version's number is not given
out again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from retailctl.emulator.arm.bodies.assets import AssetProperties
from retailctl.emulator.arm.errors import not_found
from retailctl.emulator.arm.ids import AssetReference
from retailctl.emulator.arm.names import check_asset, check_version
from retailctl.emulator.services.asset_kinds import AnyContainerBody, AssetKind
from retailctl.emulator.services.context import Context
from retailctl.emulator.services.documents import ACTIVE, Documents, viewed
from retailctl.emulator.store.resources import Record

# Makes an address in a body absolute, or refuses it.
Resolver = Callable[[dict[str, Any]], dict[str, Any]]

LATEST = "latest"


class Assets:
    """Containers and versions of one kind."""

    def __init__(self, context: Context, kind: AssetKind, resolve: Resolver = lambda properties: properties) -> None:
        """`resolve` settles what a new version's properties point at; it may raise ArmError."""
        self.kind = kind
        self._context = context
        self._resolve = resolve
        self._containers = Documents(context.resources, kind.container_kind, kind.label)
        self._versions = Documents(context.resources, kind.version_kind, f"version of {kind.label}")

    def list_containers(self, view: str = ACTIVE) -> Iterator[Record]:
        """Containers, newest first; `view` is ActiveOnly, ArchivedOnly or All."""
        return viewed(self._containers.walk(newest_first=True), view)

    def get_container(self, name: str) -> Record:
        """One container. Raises ArmError (404)."""
        return self._containers.get(name)

    def put_container(self, name: str, body: AnyContainerBody) -> tuple[Record, bool]:
        """Create a container or replace what its versions share; True when it is new."""
        check_asset(name, self.kind.label.capitalize())
        existing = self._containers.find(name)
        document = {"properties": _settled(body.properties), "private": self._private(existing)}
        return self._containers.put(name, document), existing is None

    def delete_container(self, name: str) -> bool:
        """Remove a container with its versions; False when there was none."""
        with self._context.database.transaction():
            for version in self._versions.list(name):
                self._versions.delete(version.name, name)
            return self._containers.delete(name)

    def list_versions(self, name: str, view: str = ACTIVE, *, newest_first: bool = True) -> Iterator[Record]:
        """Versions by creation, newest first unless asked otherwise. Raises ArmError (404)."""
        self._containers.get(name)
        return viewed(self._versions.walk(name, newest_first=newest_first), view)

    def get_version(self, name: str, version: str) -> Record:
        """One version. Raises ArmError (404)."""
        return self._versions.get(version, name)

    def referred(self, reference: AssetReference) -> Record:
        """The version that a body refers to by number or by label. Raises ArmError (404)."""
        if not reference.is_label:
            return self.get_version(reference.name, reference.version)
        newest = next(self.list_versions(reference.name), None)
        # azure-ai-ml reads `latest` as the active version created last; that the service does too is inferred [inf].
        if reference.version.lower() != LATEST or newest is None:
            raise not_found(f"label '{reference.version}' of {self.kind.label} '{reference.name}'")
        return newest

    def pinned(self, reference: AssetReference) -> str:
        """ARM id of the version that a reference means now. Raises ArmError (404)."""
        record = self.referred(reference)
        return self._context.scope.resource_id(self.kind.collection, record.parent, "versions", record.name)

    def put_version(self, name: str, version: str, properties: AssetProperties) -> tuple[Record, bool]:
        """Create a version, or change what may change of one; True when it is new. Raises ArmError (400, 409)."""
        check_asset(name, self.kind.label.capitalize())
        check_version(version, self.kind.label.capitalize(), integer=self.kind.integer_versions)
        existing = self._versions.find(version, name)
        document = {**self.kind.defaults, **self._resolve(_settled(properties))}
        if existing is not None:
            old = existing.body["properties"]
            self.kind.check_unchanged(name, version, old, document)
            document = {**old, **document}
        with self._context.database.transaction():
            self._count(name, version, document)
            record = self._versions.put(version, {"properties": document}, name)
        return record, existing is None

    def delete_version(self, name: str, version: str) -> bool:
        """Remove one version; False when there was none."""
        return self._versions.delete(version, name)

    def numbers(self, container: Record) -> dict[str, str]:
        """`latestVersion` (the one created last, if there is one) and `nextVersion`."""
        newest = next(self._versions.walk(container.name, newest_first=True), None)
        latest = {"latestVersion": newest.name} if newest else {}
        return {**latest, "nextVersion": self._next(container)}

    def next_version(self, name: str) -> str:
        """The integer version that a container, there or not, would give out next."""
        return self._next(self._containers.find(name))

    def _next(self, container: Record | None) -> str:
        return str(self._private(container)["highest"] + 1)

    def _count(self, name: str, version: str, document: Mapping[str, Any]) -> None:
        """Make the container of a first version, and remember the highest number."""
        container = self._containers.find(name)
        private = self._private(container)
        number = int(version) if version.isdecimal() else 0
        if container is None or number > private["highest"]:
            shared = {field: document[field] for field in self.kind.shared}
            properties = container.body["properties"] if container else _settled(AssetProperties()) | shared
            highest = max(number, private["highest"])
            self._containers.put(name, {"properties": properties, "private": {"highest": highest}})

    @staticmethod
    def _private(container: Record | None) -> dict[str, int]:
        return container.body["private"] if container else {"highest": 0}


def _settled(properties: AssetProperties) -> dict[str, Any]:
    """Properties as they are stored: what was sent, and never null where a client expects a map or a flag."""
    document = {name: value for name, value in properties.document().items() if value is not None}
    return {"tags": {}, "properties": {}, "isArchived": False, "isAnonymous": False} | document
