"""A folder of files -> one panel. The steps, each in a module of its own, are: find and open the files, check
every cell while reading, lay the rows out on one calendar, and read each series' life off it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from training.data.axes import Axes, build_axes
from training.data.chunk import Chunk, read_chunks
from training.data.contract import KNOWN_PREFIX, check_same_columns
from training.data.csv_source import CsvSource
from training.data.errors import DataError
from training.data.events import merge_events
from training.data.fingerprint import fingerprint
from training.data.history import complete_history
from training.data.matrices import fill_matrices
from training.data.parquet_source import ParquetSource
from training.data.rows import RowMap
from training.data.source import Source, find_files
from training.data.statics import Static, merge_statics
from training.panel import STATICS, Panel


def load_panel(folder: Path) -> Panel:
    """Reads every .parquet and .csv file under ``folder`` (see training/data/README.md for their columns).

    Raises:
        DataError: the data breaks the contract; the message names file, row, column and what was expected.
    """
    rows = RowMap()
    sources = [_open(path, folder) for path in find_files(folder)]
    for source in sources[1:]:
        check_same_columns(source.name, _names(source), sources[0].name, _names(sources[0]))
    chunks = [chunk for source in sources for chunk in read_chunks(source, rows)]
    if not chunks:
        raise DataError(f"{folder}: no rows in {', '.join(source.name for source in sources[:5])}")
    panel = _panel(build_axes(chunks, rows), chunks, rows)
    return replace(panel, fingerprint=fingerprint(panel))


def _open(path: Path, folder: Path) -> Source:
    name = path.relative_to(folder).as_posix()
    return CsvSource(path, name) if path.suffix.lower() == ".csv" else ParquetSource(path, name)


def _names(source: Source) -> list[str]:
    return [column.name for column in source.columns]


def _panel(axes: Axes, chunks: Sequence[Chunk], rows: RowMap) -> Panel:
    statics = {name: merge_statics(name, _statics(name, axes, chunks), axes.keys, rows) for name in STATICS}
    store_days = [chunk.events for chunk in chunks if chunk.events]
    calendar = merge_events(store_days, axes.stores, axes.first_day, axes.n_days, rows)
    matrices = fill_matrices(axes, chunks, rows)
    history = complete_history(axes, matrices, rows)
    promo = matrices.numbers.get("promo")
    return Panel(
        store_ids=tuple(store for store, _ in axes.keys),
        item_ids=tuple(item for _, item in axes.keys),
        statics=statics,
        dates=axes.dates(),
        origin=history.origin,
        sales=history.sales,
        price=history.price,
        promo=None if promo is None else np.nan_to_num(promo),
        on_sale=history.on_sale,
        event_names=calendar.names,
        event_types=calendar.types,
        events=calendar.codes,
        stores=tuple(axes.stores),
        store_index=np.array([axes.stores[store] for store, _ in axes.keys], dtype=np.int32),
        known={name: matrix for name, matrix in matrices.numbers.items() if name.startswith(KNOWN_PREFIX)},
        fingerprint="",
        warnings=history.warnings,
    )


def _statics(name: str, axes: Axes, chunks: Sequence[Chunk]) -> list[Static]:
    """One column's values of all chunks, on the panel's series."""
    return [
        replace(chunk.statics[name], series=axes.placed[index][chunk.statics[name].series])
        for index, chunk in enumerate(chunks)
        if name in chunk.statics
    ]
