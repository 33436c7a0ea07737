"""What the loader needs of a data file, whatever its format, and how the files of a folder are found."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from training.data.axes import Span
from training.data.contract import Column, Kind
from training.data.errors import DataError

ARROW_TYPES: dict[Kind, pa.DataType] = {
    "text": pa.dictionary(pa.int32(), pa.string()),
    "date": pa.date32(),
    "number": pa.float64(),
}
"""The type in which every source hands over a column of each kind; numbers may also come in a type of their own."""
BATCH_ROWS = 1 << 17
"""Rows that are worked on at once. More are slower: a column of these stays in the processor's cache."""


class Source(Protocol):
    """One data file. Rows are counted from 0 here, and from 1 (or by line, in CSV) in every message."""

    @property
    def name(self) -> str:
        """The file's path inside the data folder."""
        ...

    @property
    def columns(self) -> Sequence[Column]: ...

    def rows(self) -> int:
        """How many rows it has; where only reading the whole file would tell, an estimate."""
        ...

    def span(self) -> Span | None:
        """First and last day, where the file tells without being read."""
        ...

    def batches(self, names: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """The rows in file order, in ``ARROW_TYPES``; ``names`` picks columns. Raises DataError on a value of the
        wrong type."""
        ...

    def place(self, row: int) -> str:
        """Where a row is, for a message: 'north.csv, line 4'."""
        ...


def find_files(folder: Path) -> list[Path]:
    """The .csv and .parquet files under a folder, sorted; hidden files and those of writers (_SUCCESS) are not data.

    Raises:
        DataError: no such folder, or nothing to read in it.
    """
    if not folder.exists():
        raise DataError(f"{folder}: no such folder; --data takes a folder of .parquet or .csv files")
    if not folder.is_dir():
        raise DataError(f"{folder}: is a file; --data takes the folder that holds it")
    found = [path for path in sorted(_files_below(folder)) if not _is_private(path, folder)]
    if not found:
        raise DataError(f"{folder}: the folder is empty; expected .parquet or .csv files")
    files = [path for path in found if path.suffix.lower() in (".csv", ".parquet")]
    if not files:
        others = ", ".join(path.name for path in found[:5])
        raise DataError(f"{folder}: no .parquet or .csv file in it, only {others}")
    return files


def first_uncastable(values: pa.Array, target: pa.DataType) -> int:
    """Index of the first value that Arrow cannot cast, found by halving; ``values`` holds at least one such."""
    low, high = 0, len(values)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _castable(values.slice(low, middle - low), target) else (low, middle)
    return low


def checked_cast(values: pa.Array, column: Column, place: Callable[[int], str], first_row: int) -> pa.Array:
    """``values`` in the column's type. Raises DataError with the place (of a row counted on from ``first_row``)
    of the first value that does not fit."""
    target = ARROW_TYPES[column.kind]
    try:
        return pc.cast(values, target)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        bad = first_uncastable(values, target)
        raise DataError(bad_value(place(first_row + bad), column, values[bad].as_py())) from None


def bad_value(place: str, column: Column, value: object) -> str:
    """The one sentence of every message about a single cell."""
    shown = "null" if value is None else repr(value) if isinstance(value, str) else str(value)
    return f"{place}, column {column.name!r}: {shown[:80]} is not valid; expected {column.expected}"


def _files_below(folder: Path) -> Iterator[Path]:
    """All files below a folder. A folder that cannot be listed is an error, not an empty one."""

    def refuse(error: OSError) -> None:
        raise DataError(f"{error.filename}: the folder cannot be listed: {error.strerror}")

    for parent, _, names in os.walk(folder, onerror=refuse):
        yield from (Path(parent) / name for name in names)


def _is_private(path: Path, folder: Path) -> bool:
    return any(part.startswith((".", "_")) for part in path.relative_to(folder).parts)


def _castable(values: pa.Array, target: pa.DataType) -> bool:
    try:
        pc.cast(values, target)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return False
    return True
