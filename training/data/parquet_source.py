"""A Parquet file of the data contract, streamed in batches so that memory does not follow the file's size."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import types

from training.data.axes import EMPTY, Span, joined
from training.data.contract import Column, Kind, check_header
from training.data.errors import DataError
from training.data.source import ARROW_TYPES, BATCH_ROWS, bad_value, checked_cast

UNREADABLE = (pa.ArrowException, OSError, UnicodeDecodeError)
"""What Arrow raises about a file that is damaged or may not be read."""


class ParquetSource:
    """One .parquet file; opening it reads and checks the schema. Raises DataError."""

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self.name = name
        try:
            self._footer = pq.read_metadata(path)
            schema = self._footer.schema.to_arrow_schema()
        except UNREADABLE as error:
            raise DataError(unreadable(name, error)) from None
        self.columns: list[Column] = check_header(name, schema.names)
        for column in self.columns:
            _check_type(name, column, schema.field(column.name).type)

    def rows(self) -> int:
        return int(self._footer.num_rows)

    def span(self) -> Span | None:
        """What the statistics of the dates say; None where a writer left them out or wrote no plain dates."""
        place = [column.name for column in self.columns].index("date")
        span = EMPTY
        for group in range(self._footer.num_row_groups):
            told = self._footer.row_group(group).column(place).statistics
            if self._footer.schema.column(place).logical_type.type != "DATE" or not told or not told.has_min_max:
                return None
            span = joined(span, (told.min_raw, told.max_raw))
        return span

    def batches(self, names: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        wanted = [column for column in self.columns if names is None or column.name in names]
        texts = [column.name for column in wanted if column.kind == "text"]
        done = 0
        try:
            with pq.ParquetFile(self.path, read_dictionary=texts) as file:
                for batch in file.iter_batches(BATCH_ROWS, columns=[column.name for column in wanted]):
                    yield self._typed(batch, wanted, done)
                    done += batch.num_rows
        except UNREADABLE as error:
            raise DataError(self._where(wanted, error, done)) from None

    def place(self, row: int) -> str:
        return f"{self.name}, row {row + 1}"

    def _where(self, wanted: Sequence[Column], error: Exception, done: int) -> str:
        """Names the column that cannot be read, when several were read together."""
        for column in wanted if len(wanted) > 1 else ():
            try:
                for _ in self.batches([column.name]):
                    pass
            except DataError as found:
                return str(found)
        names = ", ".join(repr(column.name) for column in wanted)
        return unreadable(f"{self.name}, column {names}, after row {done}", error)

    def _typed(self, batch: pa.RecordBatch, wanted: Sequence[Column], done: int) -> pa.RecordBatch:
        arrays = [self._array(batch[column.name], column, done) for column in wanted]
        return pa.RecordBatch.from_arrays(arrays, names=[column.name for column in wanted])

    def _array(self, values: pa.Array, column: Column, done: int) -> pa.Array:
        if column.kind == "number":
            return values
        return _as_text(values) if column.kind == "text" else self._days(values, column, done)

    def _days(self, values: pa.Array, column: Column, done: int) -> pa.Array:
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


def unreadable(name: str, error: Exception) -> str:
    """One line, without the path that Arrow repeats."""
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"{name}: cannot be read as Parquet: {' '.join(reason.split())}"


def _as_text(values: pa.Array) -> pa.Array:
    values.validate(full=True)  # a damaged file may hold codes outside its dictionary, or bytes that are no text
    if values.type == ARROW_TYPES["text"]:
        return values
    return _plain(values).dictionary_encode()


def _plain(values: pa.Array) -> pa.Array:
    """Any of Arrow's text types as the first of them."""
    decoded = values.dictionary_decode() if types.is_dictionary(values.type) else values
    return pc.cast(decoded, pa.string())


def _check_type(file: str, column: Column, found: pa.DataType) -> None:
    if column.kind == "date" and types.is_timestamp(found) and found.tz is not None:
        raise DataError(
            f"{file}, column {column.name!r}: has the time zone {found.tz}, so that a day is not the same everywhere; "
            f"expected {column.expected}, the store's own day (in pandas: .dt.tz_localize(None).dt.date)"
        )
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
