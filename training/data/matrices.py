"""Rows -> dense matrices, and what only shows there: duplicate keys, missing days, where history ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.data.axes import Axes
from training.data.chunk import Chunk
from training.data.errors import DataError
from training.data.rows import RowMap
from training.panel import Matrix


@dataclass(frozen=True, slots=True)
class Matrices:
    """The number columns as (n, t) matrices, NaN where no row gives a value; ``row`` tells which row filled a cell."""

    numbers: dict[str, Matrix]
    row: NDArray[np.integer]
    """(n, t) row number, -1 where there is no row."""


def fill_matrices(axes: Axes, chunks: Sequence[Chunk], rows: RowMap) -> Matrices:
    """Every row in its cell. Raises DataError when two rows have one key."""
    row = np.full(axes.shape, -1, dtype=np.int32 if rows.total < 2**31 else np.int64)
    numbers = {name: np.full(axes.shape, np.nan, dtype=np.float32) for name in chunks[0].numbers}
    for index, chunk in enumerate(chunks):
        cells = axes.cells(index, chunk)
        _enter(row.reshape(-1), cells, chunk, axes, rows)
        for name, values in chunk.numbers.items():
            numbers[name].reshape(-1)[cells] = values
    return Matrices(numbers, row)


def _enter(filled_by: NDArray[np.integer], cells: NDArray[np.int64], chunk: Chunk, axes: Axes, rows: RowMap) -> None:
    own = chunk.first_row + np.arange(len(cells))
    before = filled_by[cells]
    taken = np.flatnonzero(before >= 0)
    if taken.size:
        at = int(taken[0])
        raise DataError(_duplicate(int(cells[at]), int(before[at]), int(own[at]), axes, rows))
    filled_by[cells] = own
    overwritten = np.flatnonzero(filled_by[cells] != own)
    if overwritten.size:
        first = int(overwritten[0])
        second = int(np.flatnonzero(cells == cells[first])[1])
        raise DataError(_duplicate(int(cells[first]), int(own[first]), int(own[second]), axes, rows))


def _duplicate(cell: int, first: int, second: int, axes: Axes, rows: RowMap) -> str:
    store, item = axes.keys[cell // axes.n_days]
    day = np.datetime64(axes.first_day + cell % axes.n_days, "D")
    return (
        f"{rows.place(second)}, columns store_id, item_id, date: duplicate key ({store!r}, {item!r}, {day}), "
        f"already in {rows.place(first)}; expected one row a series and day"
    )
