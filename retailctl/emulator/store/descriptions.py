"""What is said of blobs: content type, metadata, headers. In the database, while the content is a file.

A replaced blob must be read with its own description, also after a kill between the two writes. So the description
is written before the file comes into its place, with the stamp of that file and with what was said of the one before:
whichever file is found, its own description is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zlib import crc32

from retailctl.emulator.store.database import Database, decoded

DEFAULT_TYPE = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Description:
    """`headers` are what else the writer wants readers to be told: `Cache-Control` and the like."""

    content_type: str = DEFAULT_TYPE
    metadata: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def checksum(self) -> int:
        """Changes with it."""
        return crc32(json.dumps(_document(self)).encode())


class Descriptions:
    """Reads and writes them, by container and name of the blob."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, container: str, name: str, file: Path) -> Description:
        """What is said of the blob that this file is."""
        row = self._database.row(
            "SELECT metadata FROM blob_metadata WHERE container = ? AND name = ?", (container, name)
        )
        return description(row[0] if row else None, file)

    def below(self, container: str, prefix: str) -> dict[str, str]:
        """What `description` reads, of all blobs whose names begin so."""
        return dict(
            self._database.rows(
                "SELECT name, metadata FROM blob_metadata WHERE container = ? AND substr(name, 1, ?) = ?",
                (container, len(prefix), prefix),
            )
        )

    def announce(self, container: str, name: str, text: Description, upload: Path, file: Path) -> None:
        """Say this of an upload that is about to take a file's place."""
        document = {**_document(text), "stamp": _stamp(upload)}
        if file.is_file():
            document["before"] = {**_document(self.of(container, name, file)), "stamp": _stamp(file)}
        self._write(container, name, document)

    def put(self, container: str, name: str, text: Description) -> None:
        """Say this of a blob that is there."""
        self._write(container, name, _document(text))

    def forget(self, container: str, name: str) -> None:
        """Say nothing of a blob any more."""
        self._database.write("DELETE FROM blob_metadata WHERE container = ? AND name = ?", (container, name))

    def forget_all(self, container: str) -> None:
        """Say nothing of a container's blobs any more."""
        self._database.write("DELETE FROM blob_metadata WHERE container = ?", (container,))

    def _write(self, container: str, name: str, document: Mapping[str, Any]) -> None:
        self._database.write(
            "INSERT INTO blob_metadata (container, name, metadata) VALUES (?, ?, ?)"
            " ON CONFLICT (container, name) DO UPDATE SET metadata = excluded.metadata",
            (container, name, json.dumps(document)),
        )


def description(text: str | None, file: Path) -> Description:
    """The part of what is stored that is about the file that is there."""
    document: dict[str, Any] = decoded(text) if text else {}
    before = document.get("before")
    if before and before["stamp"] == _stamp(file) != document["stamp"]:
        document = before
    return Description(document.get("type", DEFAULT_TYPE), document.get("metadata", {}), document.get("headers", {}))


def _document(text: Description) -> dict[str, Any]:
    return {"type": text.content_type, "metadata": dict(text.metadata), "headers": dict(text.headers)}


def _stamp(file: Path) -> list[int]:
    """Tells a file from the one before it under the same name; a rename keeps it."""
    facts = file.stat()
    return [facts.st_mtime_ns, facts.st_size]
