"""Documents by kind, parent and name, in the order of their creation: every resource of the workspace is one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from retailctl.emulator.arm.timestamps import now_text
from retailctl.emulator.store.database import Database, decoded

_COLUMNS = "sequence, kind, parent, name, body, created, modified"


@dataclass(frozen=True, slots=True)
class Record:
    """One stored document. `body` is the reader's own copy."""

    sequence: int
    kind: str
    parent: str
    name: str
    body: dict[str, Any]
    created: str
    modified: str


def _record(row: tuple[Any, ...]) -> Record:
    sequence, kind, parent, name, body, created, modified = row
    return Record(sequence, kind, parent, name, decoded(body), created, modified)


class ResourceStore:
    """Reads and writes documents. Names and parents compare without regard to case, as ARM ids do."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, kind: str, name: str, parent: str = "") -> Record | None:
        """The document, or None."""
        row = self._database.row(
            f"SELECT {_COLUMNS} FROM resources WHERE kind = ? AND parent = ? AND name = ?", (kind, parent, name)
        )
        return _record(row) if row else None

    def put(self, kind: str, name: str, body: dict[str, Any], parent: str = "") -> Record:
        """Create the document or replace its body; its place in the order and its creation time stay."""
        present = now_text()
        self._database.write(
            "INSERT INTO resources (kind, parent, name, body, created, modified) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (kind, parent, name) DO UPDATE SET body = excluded.body, modified = excluded.modified",
            (kind, parent, name, orjson.dumps(body).decode(), present, present),
        )
        record = self.find(kind, name, parent)
        assert record is not None  # written just above, by the only writer
        return record

    def delete(self, kind: str, name: str, parent: str = "") -> bool:
        """Remove the document; False when there was none."""
        return (
            self._database.write(
                "DELETE FROM resources WHERE kind = ? AND parent = ? AND name = ?", (kind, parent, name)
            )
            > 0
        )

    def walk(self, kind: str, parent: str | None = "", *, newest_first: bool = False) -> Iterator[Record]:
        """Documents of a kind below one parent (None: below any), oldest first unless asked otherwise.

        They are read as they are asked for, so that the first of many cost little; write nothing meanwhile.
        """
        order = "DESC" if newest_first else "ASC"
        condition, values = ("kind = ?", (kind,)) if parent is None else ("kind = ? AND parent = ?", (kind, parent))
        return map(
            _record,
            self._database.each(
                f"SELECT {_COLUMNS} FROM resources WHERE {condition} ORDER BY sequence {order}", values
            ),
        )

    def list(self, kind: str, parent: str | None = "", *, newest_first: bool = False) -> list[Record]:
        """All of them."""
        return [*self.walk(kind, parent, newest_first=newest_first)]
