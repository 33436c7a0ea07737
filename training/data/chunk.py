"""A batch of checked rows, without its text: what is repeated on every row is kept once a series or store and day.

Keeping the rows of a large data set as text would take ten times the memory of the matrices they end in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from training.data.contract import Column
from training.data.events import StoreDays, read_events
from training.data.grouping import distinct
from training.data.rows import RowMap
from training.data.source import Source
from training.data.statics import Key, Static, read_static
from training.data.values import coded, days, names, numbers
from training.panel import STATICS


@dataclass(frozen=True, slots=True)
class Chunk:
    """m rows of one file; row numbers are those of the ``RowMap``."""

    first_row: int
    keys: list[Key]
    """The distinct series of the chunk."""
    series: NDArray[np.int64]
    """(m,) index into ``keys``."""
    days: NDArray[np.int32]
    """(m,) days since 1970-01-01."""
    numbers: dict[str, NDArray[np.float32]]
    """Each number column -> (m,), NaN = null."""
    statics: dict[str, Static]
    events: StoreDays | None


def read_chunks(source: Source, rows: RowMap) -> Iterator[Chunk]:
    """All rows of a file, entered in ``rows``. Raises DataError at the first cell that breaks the contract."""
    done = 0
    for batch in source.batches():
        if batch.num_rows:
            yield _chunk(batch, source.columns, rows.add(source, done, batch.num_rows), rows)
            done += batch.num_rows


def _chunk(batch: pa.RecordBatch, columns: Sequence[Column], first_row: int, rows: RowMap) -> Chunk:
    def place(index: int) -> str:
        return rows.place(first_row + index)

    column = {column.name: column for column in columns}
    stores = names(batch["store_id"], column["store_id"], place)
    items = names(batch["item_id"], column["item_id"], place)
    width = len(items.values)
    pairs, series = distinct(stores.codes.astype(np.int64) * width + items.codes, len(stores.values) * width)
    keys = [(stores.values[code // width], items.values[code % width]) for code in pairs.tolist()]
    day = days(batch["date"], column["date"], place)
    events = coded(batch["event_name"]) if "event_name" in column else None
    event_types = coded(batch["event_type"]) if "event_type" in column else None
    return Chunk(
        first_row=first_row,
        keys=keys,
        series=series,
        days=day,
        numbers={c.name: numbers(batch[c.name], c, place) for c in columns if c.kind == "number"},
        statics={
            name: read_static(name, coded(batch[name]), series, keys, first_row, rows)
            for name in STATICS
            if name in column
        },
        events=read_events(events, event_types, stores, day, first_row, rows) if events else None,
    )
