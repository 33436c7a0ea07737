"""A CSV file of the data contract: UTF-8, commas, one header line, an empty field is null.

The good case streams through Arrow with typed columns. Only when Arrow gives up are the lines read one by one, from
the last good row on, to say which is wrong.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import pyarrow as pa
from pyarrow import csv as arrow_csv

from training.data.axes import Span
from training.data.contract import Column, check_header
from training.data.csv_lines import Record, estimated_records, records
from training.data.errors import DataError
from training.data.source import ARROW_TYPES, checked_cast

BLOCK_BYTES = 2 * 1024 * 1024
EXPLAINED_ROWS = 10_000
"""Rows that are looked at together for the first that is wrong."""


class CsvSource:
    """One .csv file; opening it reads and checks the header. Raises DataError."""

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self.name = name
        self.columns: list[Column] = check_header(name, self._header())

    def rows(self) -> int:
        return max(estimated_records(self.path) - 1, 0)

    def span(self) -> Span | None:
        return None

    def batches(self, names: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        done = 0
        try:
            with self._open(names) as reader:
                for batch in reader:
                    yield batch
                    done += batch.num_rows
        except pa.ArrowInvalid as error:
            raise DataError(self._explain(error, done)) from None
        except OSError as error:
            raise DataError(self._unreadable(error)) from None

    def place(self, row: int) -> str:
        """The line in the file, counting blank lines and line breaks inside quotes, which rows do not show."""
        record = next(records(self.path, row + 1), None)
        return f"{self.name}, line {record.line if record else row + 2}"

    def _header(self) -> list[str]:
        try:
            header = next(records(self.path), None)
        except (OSError, csv.Error) as error:
            raise DataError(self._unreadable(error)) from None
        if header is None:
            raise DataError(f"{self.name}: the file is empty; expected a header line and rows")
        if not header.is_utf8:
            raise DataError(self._not_utf8(header))
        return header.fields

    def _open(self, names: Sequence[str] | None) -> arrow_csv.CSVStreamingReader:
        return arrow_csv.open_csv(
            self.path,
            read_options=arrow_csv.ReadOptions(block_size=BLOCK_BYTES),
            convert_options=arrow_csv.ConvertOptions(
                column_types={column.name: ARROW_TYPES[column.kind] for column in self.columns},
                null_values=[""],
                strings_can_be_null=True,
                include_columns=names,
            ),
        )

    def _explain(self, error: pa.ArrowInvalid, done: int) -> str:
        """What is wrong with the first bad row; Arrow has handed over ``done`` rows before its block."""
        following = records(self.path, done + 1)
        try:
            while rows := list(islice(following, EXPLAINED_ROWS)):
                self._check_form(rows)
                self._check_types(rows)
        except DataError as found:
            return str(found)
        except csv.Error as unreadable:
            return self._unreadable(unreadable)
        return self._unreadable(error)

    def _check_form(self, rows: Sequence[Record]) -> None:
        width = len(self.columns)
        for row in rows:
            if len(row.fields) != width:
                raise DataError(
                    f"{self.name}, line {row.line}: {len(row.fields)} fields; expected {width}, as in the header"
                )
            if not row.is_utf8:
                raise DataError(self._not_utf8(row))

    def _check_types(self, rows: Sequence[Record]) -> None:
        """Raises DataError at the first value, by column, that its column's type cannot hold."""
        for position, column in enumerate(self.columns):
            if column.kind != "text":
                texts = pa.array([row.fields[position].strip() or None for row in rows], pa.string())
                checked_cast(texts, column, lambda index: f"{self.name}, line {rows[index].line}", 0)

    def _not_utf8(self, record: Record) -> str:
        return f"{self.name}: is not UTF-8 text (first in line {record.line}); save it as UTF-8"

    def _unreadable(self, error: Exception) -> str:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return f"{self.name}: cannot be read as CSV: {' '.join(reason.split())}"
