"""A CSV file of the data contract: UTF-8, commas, one header line, an empty field is null.

The good case streams through Arrow with typed columns. Only when Arrow gives up is the file read again, slowly,
to say which line is wrong.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TextIO

import pyarrow as pa
from pyarrow import csv as arrow_csv

from training.data.contract import Column, check_header
from training.data.errors import DataError
from training.data.source import ARROW_TYPES, checked_cast

BLOCK_BYTES = 32 * 1024 * 1024


class CsvSource:
    """One .csv file; opening it reads and checks the header. Raises DataError."""

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self.name = name
        self.columns: list[Column] = check_header(name, self._header())

    def batches(self) -> Iterator[pa.RecordBatch]:
        types = {column.name: ARROW_TYPES[column.kind] for column in self.columns}
        try:
            with self._open(types) as reader:
                yield from reader
        except pa.ArrowInvalid as error:
            raise DataError(self._explain(error)) from None

    def place(self, row: int) -> str:
        """The line in the file, counting blank lines and line breaks inside quotes, which rows do not show."""
        with self._text() as text:
            lines = csv.reader(text)
            filled = (lines.line_num for fields in lines if fields)
            line = next(islice(filled, row + 1, None), row + 2)
        return f"{self.name}, line {line}"

    def _header(self) -> list[str]:
        try:
            with self._text() as text:
                header = next((fields for fields in csv.reader(text) if fields), None)
        except UnicodeDecodeError:
            raise DataError(self._not_utf8()) from None
        except (OSError, csv.Error) as error:
            raise DataError(f"{self.name}: cannot be read: {error}") from None
        if header is None:
            raise DataError(f"{self.name}: the file is empty; expected a header line and rows")
        return header

    def _text(self) -> TextIO:
        return self.path.open(encoding="utf-8-sig", newline="")

    def _open(self, types: dict[str, pa.DataType]) -> arrow_csv.CSVStreamingReader:
        return arrow_csv.open_csv(
            self.path,
            read_options=arrow_csv.ReadOptions(block_size=BLOCK_BYTES),
            convert_options=arrow_csv.ConvertOptions(column_types=types, null_values=[""], strings_can_be_null=True),
        )

    def _explain(self, error: pa.ArrowInvalid) -> str:
        """What is wrong with the file, most basic cause first."""
        if not self._is_utf8():
            return self._not_utf8()
        return self._wrong_width() or self._wrong_type() or f"{self.name}: cannot be read as CSV: {error}"

    def _is_utf8(self) -> bool:
        try:
            with self._text() as text:
                while text.read(BLOCK_BYTES):
                    pass
        except UnicodeDecodeError:
            return False
        return True

    def _not_utf8(self) -> str:
        return f"{self.name}: is not UTF-8 text; save it as UTF-8"

    def _wrong_width(self) -> str | None:
        width = len(self.columns)
        with self._text() as text:
            lines = csv.reader(text)
            for fields in lines:
                if fields and len(fields) != width:
                    return (
                        f"{self.name}, line {lines.line_num}: {len(fields)} fields; expected {width}, as in the header"
                    )
        return None

    def _wrong_type(self) -> str | None:
        """The first value, by batch and column, that its column's type cannot hold."""
        texts = {column.name: pa.string() for column in self.columns}
        done = 0
        with self._open(texts) as reader:
            for batch in reader:
                try:
                    for column in self.columns:
                        checked_cast(batch[column.name], column, self.place, done)
                except DataError as error:
                    return str(error)
                done += batch.num_rows
        return None
