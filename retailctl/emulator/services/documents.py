"""Resources of one kind as their service sees them: found or refused by name, moved along their life cycle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from retailctl.emulator.arm.errors import not_found
from retailctl.emulator.states.lifecycle import LifeCycle
from retailctl.emulator.store.resources import Record, ResourceStore

ACTIVE, ARCHIVED, ALL = "ActiveOnly", "ArchivedOnly", "All"
"""The views of a list whose items can be archived."""


class Documents:
    """The documents of one kind. `label` is what messages call it."""

    def __init__(self, store: ResourceStore, kind: str, label: str) -> None:
        self._store = store
        self._kind = kind
        self._label = label

    def find(self, name: str, parent: str = "") -> Record | None:
        """The document, or None."""
        return self._store.find(self._kind, name, parent)

    def get(self, name: str, parent: str = "") -> Record:
        """The document. Raises ArmError (404)."""
        record = self.find(name, parent)
        if record is None:
            raise not_found(f"{self._label} '{name}'" + (f" of '{parent}'" if parent else ""))
        return record

    def put(self, name: str, body: dict[str, Any], parent: str = "") -> Record:
        """Create or replace the document."""
        return self._store.put(self._kind, name, body, parent)

    def delete(self, name: str, parent: str = "") -> bool:
        """Remove the document; False when there was none."""
        return self._store.delete(self._kind, name, parent)

    def walk(self, parent: str | None = "", *, newest_first: bool = False) -> Iterator[Record]:
        """The documents below one parent, or below any, read as they are asked for; write nothing meanwhile."""
        return self._store.walk(self._kind, parent, newest_first=newest_first)

    def list(self, parent: str | None = "", *, newest_first: bool = False) -> list[Record]:
        """The documents below one parent, or below any."""
        return self._store.list(self._kind, parent, newest_first=newest_first)


def viewed(records: Iterator[Record], view: str) -> Iterator[Record]:
    """The records that a view shows."""
    if view == ALL:
        return records
    wanted = view == ARCHIVED
    return (record for record in records if record.body["properties"].get("isArchived", False) is wanted)


def state_of(record: Record) -> str:
    """`provisioningState` of a resource."""
    state: str = record.body["properties"]["provisioningState"]
    return state


def moved(cycle: LifeCycle, record: Record, state: str) -> dict[str, Any]:
    """The record's body in another provisioning state, which the life cycle must allow."""
    cycle.check(state_of(record), state)
    return {**record.body, "properties": {**record.body["properties"], "provisioningState": state}}


def merged_tags(tags: Mapping[str, str | None] | None, patch: Mapping[str, str | None] | None) -> dict[str, str]:
    """Tags after a merge patch: null removes, anything else is set (RFC 7396)."""
    combined = {**(tags or {}), **(patch or {})}
    return {name: value for name, value in combined.items() if value is not None}
