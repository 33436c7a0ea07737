"""The two axes of the matrices: the series, sorted, and one calendar from the first day to the last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.data.chunk import Chunk
from training.data.errors import DataError
from training.data.rows import RowMap
from training.data.statics import Key

LONGEST_YEARS = 50
"""A longer calendar is a mistyped year, and would fill the memory with empty days."""


@dataclass(frozen=True, slots=True)
class Axes:
    """n series by t days."""

    keys: list[Key]
    """(n,) sorted (store_id, item_id)."""
    first_day: int
    """Days since 1970-01-01."""
    n_days: int
    stores: dict[str, int]
    """Sorted stores -> their position."""
    placed: list[NDArray[np.int64]]
    """For each chunk: the position in ``keys`` of each of the chunk's own keys."""

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.keys), self.n_days

    def cells(self, index: int, chunk: Chunk) -> NDArray[np.int64]:
        """Flat positions in an (n, t) matrix of the rows of chunk number ``index``."""
        result: NDArray[np.int64] = self.placed[index][chunk.series] * self.n_days + (chunk.days - self.first_day)
        return result

    def dates(self) -> NDArray[np.datetime64]:
        return np.arange(self.first_day, self.first_day + self.n_days).astype("datetime64[D]")


def build_axes(chunks: Sequence[Chunk], rows: RowMap) -> Axes:
    """The axes that hold all chunks. Raises DataError when the dates lie absurdly far apart."""
    keys = sorted({key for chunk in chunks for key in chunk.keys})
    position = {key: index for index, key in enumerate(keys)}
    first_day = min(int(chunk.days.min()) for chunk in chunks)
    last_day = max(int(chunk.days.max()) for chunk in chunks)
    if last_day - first_day > LONGEST_YEARS * 366:
        raise DataError(_far_apart(chunks, rows, first_day, last_day))
    return Axes(
        keys=keys,
        first_day=first_day,
        n_days=last_day - first_day + 1,
        stores={store: index for index, store in enumerate(sorted({store for store, _ in keys}))},
        placed=[np.array([position[key] for key in chunk.keys], dtype=np.int64) for chunk in chunks],
    )


def _far_apart(chunks: Sequence[Chunk], rows: RowMap, first_day: int, last_day: int) -> str:
    middle = float(np.median(np.concatenate([np.unique(chunk.days) for chunk in chunks])))
    odd = first_day if middle - first_day > last_day - middle else last_day
    chunk = next(chunk for chunk in chunks if (chunk.days == odd).any())
    place = rows.place(chunk.first_row + int(np.argmax(chunk.days == odd)))
    span = f"{np.datetime64(first_day, 'D')} to {np.datetime64(last_day, 'D')}"
    return (
        f"{place}, column 'date': {np.datetime64(odd, 'D')} is far from the other days ({span}); "
        f"expected at most {LONGEST_YEARS} years from the first day to the last"
    )
