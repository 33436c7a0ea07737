"""Long-running operations, kept so that a client may poll one across a restart of the server."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from retailctl.emulator.arm.operations import OperationStatus
from retailctl.emulator.arm.timestamps import now, now_text, text
from retailctl.emulator.store.database import Database, decoded

_KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: what it works on, where it stands, and why it failed (an ARM error) if it did."""

    id: str
    resource: str
    status: OperationStatus
    started: str
    ended: str | None
    error: dict[str, Any] | None


class OperationStore:
    """Reads and writes operations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, resource: str) -> Operation:
        """A new operation on the resource with this ARM id."""
        operation = Operation(str(uuid4()), resource, OperationStatus.IN_PROGRESS, now_text(), None, None)
        self._database.write(
            "INSERT INTO operations (id, resource, status, started) VALUES (?, ?, ?, ?)",
            (operation.id, resource, operation.status, operation.started),
        )
        return operation

    def finish(self, operation_id: str, error: dict[str, Any] | None = None) -> None:
        """End an operation: succeeded, or failed with this ARM error."""
        status = OperationStatus.FAILED if error else OperationStatus.SUCCEEDED
        self._database.write(
            "UPDATE operations SET status = ?, ended = ?, error = ? WHERE id = ?",
            (status, now_text(), json.dumps(error) if error else None, operation_id),
        )

    def forget_old(self) -> None:
        """Drop operations that ended more than a day ago."""
        limit = text(now() - _KEPT)
        self._database.write("DELETE FROM operations WHERE ended IS NOT NULL AND ended < ?", (limit,))

    def find(self, operation_id: str) -> Operation | None:
        """The operation, or None."""
        row = self._database.row(
            "SELECT id, resource, status, started, ended, error FROM operations WHERE id = ?", (operation_id,)
        )
        return self._operation(row) if row else None

    def unfinished(self) -> list[Operation]:
        """Operations that a stopped server left behind, oldest first."""
        rows = self._database.rows(
            "SELECT id, resource, status, started, ended, error FROM operations WHERE status = ? ORDER BY started",
            (OperationStatus.IN_PROGRESS,),
        )
        return [self._operation(row) for row in rows]

    @staticmethod
    def _operation(row: tuple[Any, ...]) -> Operation:
        identifier, resource, status, started, ended, error = row
        return Operation(
            identifier, resource, OperationStatus(status), started, ended, decoded(error) if error else None
        )
