"""A Parquet file of the data contract, streamed in batches so that memory does not follow the file's size."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import types

from training.data.contract import Column, Kind, check_header
from training.data.errors import DataError
from training.data.source import ARROW_TYPES, bad_value, checked_cast

BATCH_ROWS = 1 << 20


class ParquetSource:
    """One .parquet file; opening it reads and checks the schema. Raises DataError."""

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self.name = name
        try:
            schema = pq.read_schema(path)
        except (pa.ArrowInvalid, OSError) as error:
            raise DataError(f"{name}: cannot be read as Parquet: {error}") from None
        self.columns: list[Column] = check_header(name, schema.names)
        for column in self.columns:
            _check_type(name, column, schema.field(column.name).type)

    def batches(self) -> Iterator[pa.RecordBatch]:
        texts = [column.name for column in self.columns if column.kind == "text"]
        done = 0
        try:
            with pq.ParquetFile(self.path, read_dictionary=texts) as file:
                for batch in file.iter_batches(BATCH_ROWS):
                    yield self._typed(batch, done)
                    done += batch.num_rows
        except (pa.ArrowInvalid, OSError) as error:
            raise DataError(f"{self.name}: cannot be read as Parquet: {error}") from None

    def place(self, row: int) -> str:
        return f"{self.name}, row {row + 1}"

    def _typed(self, batch: pa.RecordBatch, done: int) -> pa.RecordBatch:
        arrays = [
            _as_text(batch[column.name]) if column.kind == "text" else self._checked(batch[column.name], column, done)
            for column in self.columns
        ]
        return pa.RecordBatch.from_arrays(arrays, names=[column.name for column in self.columns])

    def _checked(self, values: pa.Array, column: Column, done: int) -> pa.Array:
        if _is_text(values.type):
            values = _plain(values)
        result = checked_cast(values, column, self.place, done)
        if types.is_timestamp(values.type):
            # Arrow drops the time of day without a word.
            same = pc.equal(result.cast(values.type), values)
            bad = pc.index(same, False).as_py()
            if bad >= 0:
                raise DataError(bad_value(self.place(done + bad), column, values[bad].cast(pa.string()).as_py()))
        return result


def _as_text(values: pa.Array) -> pa.Array:
    if values.type == ARROW_TYPES["text"]:
        return values
    return _plain(values).dictionary_encode()


def _plain(values: pa.Array) -> pa.Array:
    """Any of Arrow's text types as the first of them."""
    decoded = values.dictionary_decode() if types.is_dictionary(values.type) else values
    return pc.cast(decoded, pa.string())


def _check_type(file: str, column: Column, found: pa.DataType) -> None:
    if not types.is_null(found) and not _ACCEPTS[column.kind](found):
        raise DataError(f"{file}, column {column.name!r}: has type {found}; expected {column.expected}")


def _is_text(found: pa.DataType) -> bool:
    if types.is_dictionary(found):
        return _is_text(found.value_type)
    return bool(types.is_string(found) or types.is_large_string(found) or types.is_string_view(found))


def _is_date(found: pa.DataType) -> bool:
    return bool(types.is_date(found) or types.is_timestamp(found) or _is_text(found))


def _is_number(found: pa.DataType) -> bool:
    tests = (types.is_integer, types.is_floating, types.is_decimal, types.is_boolean)
    return any(test(found) for test in tests)


_ACCEPTS: dict[Kind, Callable[[pa.DataType], bool]] = {"text": _is_text, "date": _is_date, "number": _is_number}
