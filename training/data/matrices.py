"""Rows -> dense matrices that grow as files are read, and what only shows there: two rows with one key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from training.data.grid import Grid

FILLED_BYTES = 1
NUMBER_BYTES = 4


class Matrices:
    """The number columns as (series, window) matrices, NaN where no row gives a value."""

    def __init__(self, names: Iterable[str]) -> None:
        self.numbers: dict[str, Grid[np.float32]] = {name: Grid(np.float32(np.nan)) for name in names}
        self.filled: Grid[np.bool_] = Grid(np.bool_(False))
        """Which cells have a row."""

    @property
    def bytes_per_cell(self) -> int:
        return NUMBER_BYTES * len(self.numbers) + FILLED_BYTES

    def each(self, change: Callable[[Grid[np.float32] | Grid[np.bool_]], None]) -> None:
        """The same change of all matrices."""
        grids: list[Grid[np.float32] | Grid[np.bool_]] = [*self.numbers.values(), self.filled]
        for grid in grids:
            change(grid)

    def enter(self, cells: NDArray[np.int64], numbers: Mapping[str, NDArray[np.float32]]) -> int | None:
        """Writes a batch at flat positions. Returns the first row whose cell another row has filled, or None."""
        filled = self.filled.flat
        again = _repeated(cells) | filled[cells]
        if again.any():
            return int(np.argmax(again))
        filled[cells] = True
        for name, values in numbers.items():
            self.numbers[name].flat[cells] = values
        return None


def _repeated(cells: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which cells came before in the same batch. Sorted files, the common case, are seen through at once."""
    result = np.zeros(len(cells), dtype=np.bool_)
    if not (cells[1:] > cells[:-1]).all():
        order = np.argsort(cells, kind="stable")
        result[order[1:]] = cells[order[1:]] == cells[order[:-1]]
    return result
