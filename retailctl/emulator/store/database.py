"""The SQLite file: opened, checked, brought to its schema, and written by one thread.

Every write is a transaction that is on disk when it returns (WAL, synchronous=FULL). The server calls it from its
event loop and awaits nothing in between, so that a read and the write that follows it are never torn apart.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from retailctl.emulator.store.folder import PRIVATE_FILE
from retailctl.emulator.store.trouble import why_not

SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE resources (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    kind     TEXT NOT NULL,
    parent   TEXT NOT NULL COLLATE NOCASE,
    name     TEXT NOT NULL COLLATE NOCASE,
    body     TEXT NOT NULL,
    created  TEXT NOT NULL,
    modified TEXT NOT NULL,
    UNIQUE (kind, parent, name)
);
CREATE TABLE operations (
    id       TEXT PRIMARY KEY,
    resource TEXT NOT NULL,
    status   TEXT NOT NULL,
    started  TEXT NOT NULL,
    ended    TEXT,
    error    TEXT
);
CREATE TABLE tokens (
    digest  TEXT PRIMARY KEY,
    purpose TEXT NOT NULL,
    expires REAL NOT NULL
);
CREATE TABLE blob_metadata (
    container TEXT NOT NULL,
    name      TEXT NOT NULL,
    metadata  TEXT NOT NULL,
    PRIMARY KEY (container, name)
);
CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
"""
# A list in its order, without reading and sorting the whole of it: an index ends with the row's number.
_ORDER = "CREATE INDEX IF NOT EXISTS resources_in_order ON resources (kind, parent)"


def decoded(document: str) -> Any:
    """A document as it was stored. Raises sqlite3.DatabaseError, as for any other damage to the file."""
    try:
        return orjson.loads(document)
    except orjson.JSONDecodeError as error:
        raise sqlite3.DatabaseError("a document in it is damaged") from error


class Database:
    """One connection to the state's SQLite file."""

    def __init__(self, path: Path) -> None:
        """Open or create the file. Raises CorruptState or UnusableState."""
        self._path = path
        try:
            self._connection = self._open()
        except sqlite3.DatabaseError as error:
            raise why_not(path, error) from error

    def _open(self) -> sqlite3.Connection:
        self._path.touch(mode=PRIVATE_FILE)
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("the integrity check failed")
        self._migrate(connection)
        return connection

    def _migrate(self, connection: sqlite3.Connection) -> None:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            connection.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version={SCHEMA_VERSION}; COMMIT;")
        elif version != SCHEMA_VERSION:
            raise sqlite3.DatabaseError(f"its format is {version}, this version reads {SCHEMA_VERSION}")
        connection.execute(_ORDER)  # states that older servers made have none

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Every row of a query."""
        return self._connection.execute(query, values).fetchall()

    def each(self, query: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, read as they are asked for: to be done with before anything is written."""
        return self._connection.execute(query, values)

    def row(self, query: str, values: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """The first row of a query, or None."""
        found: tuple[Any, ...] | None = self._connection.execute(query, values).fetchone()
        return found

    def write(self, statement: str, values: Sequence[Any] = ()) -> int:
        """Run one statement, inside the open transaction or as one of its own; returns how many rows it touched."""
        return self._connection.execute(statement, values).rowcount

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything written inside is kept together or not at all; an inner transaction joins the outer one."""
        if self._connection.in_transaction:
            yield
            return
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:  # a full disk rolls back by itself
                self._connection.execute("ROLLBACK")
            raise

    def close(self) -> None:
        """Close the file; the write-ahead log is folded in."""
        self._connection.close()
