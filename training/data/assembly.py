"""The rows of all files, batch by batch, entered into series, attributes, events and matrices.

Every row is checked on its way in, and nothing of its text is kept: the rows of a large data set as text would
take ten times the memory of the matrices they end in.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from training.data.axes import EMPTY, LONGEST_YEARS, Span, is_too_long, joined, length, window_for
from training.data.contract import Column
from training.data.errors import DataError
from training.data.events import Events
from training.data.matrices import Matrices
from training.data.memory import require
from training.data.rows import RowMap
from training.data.series import Members, SeriesIndex
from training.data.statics import Static
from training.data.values import Place, days, names, numbers
from training.panel import STATICS


class Assembly:
    """What has been read so far: matrices of one row a series and one column a day of ``window``."""

    def __init__(self, columns: Sequence[Column], rows: RowMap, working_bytes: int) -> None:
        self._columns = {column.name: column for column in columns}
        self._rows = rows
        self._working_bytes = working_bytes
        self.series = SeriesIndex()
        self.statics = [Static(name) for name in STATICS if name in self._columns]
        self.events = Events(rows) if "event_name" in self._columns else None
        self.matrices = Matrices(column.name for column in columns if column.kind == "number")
        self.window = EMPTY
        self.seen = EMPTY

    def expect(self, span: Span) -> None:
        """Makes room beforehand for the days that the files claim to have. Raises DataError when they really have
        days absurdly far apart."""
        self._widen(_checked_span(self._rows) if is_too_long(span) else span)

    def add(self, batch: pa.RecordBatch, first_row: int) -> None:
        """Enters the rows of a batch, numbered from ``first_row``. Raises DataError at the first that is wrong."""

        def place(index: int) -> str:
            return self._rows.place(first_row + index)

        store = names(batch["store_id"], self.series.stores, self._columns["store_id"], place)
        item = names(batch["item_id"], self.series.items, self._columns["item_id"], place)
        day = days(batch["date"], self._columns["date"], place)
        values = {name: numbers(batch[name], self._columns[name], place) for name in self.matrices.numbers}
        members = self.series.members(store, item)
        self._make_room((int(day.min()), int(day.max())))
        self._add_statics(batch, members, first_row)
        self._add_events(batch, store, day, first_row)
        self._enter(members, day, values, place)

    def _make_room(self, span: Span) -> None:
        self.seen = joined(self.seen, span)
        if is_too_long(self.seen):
            _checked_span(self._rows)
        self._widen(span)
        series = len(self.series)
        if series > self.matrices.filled.rows:
            self._require(series, length(self.window))
            self.matrices.each(lambda grid: grid.add_rows(series))
        if self.events:
            self.events.table.add_rows(len(self.series.stores))

    def _widen(self, span: Span) -> None:
        window = window_for(self.window, span)
        if window != self.window:
            before = self.window[0] - window[0] if self.window != EMPTY else 0
            self._require(self.matrices.filled.rows, length(window))
            self.matrices.each(lambda grid: grid.widen(before, length(window)))
            if self.events:
                self.events.table.widen(before, length(window))
            self.window = window

    def _require(self, series: int, n_days: int) -> None:
        """Raises NotEnoughMemory when matrices of that size, and what the caller needs beside them, do not fit."""
        matrices = self.matrices
        growth = series * n_days - len(matrices.filled.flat)
        require(
            growth * matrices.bytes_per_cell + self._working_bytes,
            f"{series:,} series of {n_days:,} days, found in {self._rows.total:,} rows so far, take a further",
        )

    def _add_statics(self, batch: pa.RecordBatch, members: Members, first_row: int) -> None:
        for static in self.statics:
            found = static.add(batch[static.name], members, first_row)
            if found:
                series, row, earlier = found
                value = batch[static.name][row - first_row].as_py()
                raise static.conflict(self.series.keys()[series], value, row, earlier, self._rows)

    def _add_events(
        self, batch: pa.RecordBatch, store: NDArray[np.int32], day: NDArray[np.int32], first_row: int
    ) -> None:
        if not self.events:
            return
        types = batch["event_type"] if "event_type" in self._columns else None
        codes = self.events.codes(batch["event_name"], types, first_row)
        table = self.events.table
        cells = store.astype(np.int64) * table.width + (day - self.window[0])
        bad = self.events.add(codes, cells)
        if bad is not None:
            known = int(table.flat[cells[bad]])
            name = self.series.stores.texts[store[bad]]
            raise self.events.conflict(first_row + bad, int(codes[bad]), known, name, int(day[bad]))

    def _enter(
        self, members: Members, day: NDArray[np.int32], values: dict[str, NDArray[np.float32]], place: Place
    ) -> None:
        starts = members.numbers * self.matrices.filled.width - self.window[0]
        bad = self.matrices.enter(starts[members.index] + day, values)
        if bad is not None:
            store, item = self.series.keys()[members.numbers[members.index[bad]]]
            date = int(day[bad])
            raise DataError(
                f"{place(bad)}, columns store_id, item_id, date: duplicate key "
                f"({store!r}, {item!r}, {np.datetime64(date, 'D')}), already in "
                f"{self._rows.find(store_id=store, item_id=item, date=date)}; expected one row a series and day"
            )


def _checked_span(rows: RowMap) -> Span:
    """The first and last day, read from all files. Raises DataError when they lie absurdly far apart."""
    days = np.concatenate([np.unique(batch.view(pa.int32()).drop_null()) for batch in rows.days()])
    span = (int(days.min()), int(days.max()))
    if not is_too_long(span):
        return span
    middle = float(np.median(days))
    odd = span[0] if middle - span[0] > span[1] - middle else span[1]
    first, last = (np.datetime64(day, "D") for day in span)
    raise DataError(
        f"{rows.find(date=odd)}, column 'date': {np.datetime64(odd, 'D')} is far from the other days "
        f"({first} to {last}); expected at most {LONGEST_YEARS} years from the first day to the last"
    )
