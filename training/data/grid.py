"""A matrix that grows while files are read, in place.

How many series and days a data set has is known only at its last row. Growing in place (realloc moves pages, not
bytes) keeps the peak at the size of the result; building lists of rows and joining them would take twice that.
"""

from __future__ import annotations

from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Cell = TypeVar("Cell", bound=np.generic)


class Grid(Generic[Cell]):
    """Rows of equal width in one array; cells that nobody wrote hold ``blank``."""

    def __init__(self, blank: Cell) -> None:
        self.blank = blank
        self.rows = 0
        self.width = 0
        self.flat: NDArray[Cell] = np.empty(0, dtype=blank.dtype)
        """The cells row after row. Do not keep a reference: growing replaces the memory under it."""

    @property
    def matrix(self) -> NDArray[Cell]:
        """(rows, width) view; see ``flat``."""
        return self.flat.reshape(self.rows, self.width)

    def add_rows(self, rows: int) -> None:
        """Blank rows at the end, up to ``rows`` in all."""
        begin = self.rows * self.width
        self.flat.resize(rows * self.width, refcheck=False)
        self.flat[begin:] = self.blank
        self.rows = rows

    def widen(self, before: int, width: int) -> None:
        """``before`` blank columns on the left, and as many on the right as make ``width``."""
        wider = np.full(self.rows * width, self.blank)
        wider.reshape(self.rows, width)[:, before : before + self.width] = self.matrix
        self.flat, self.width = wider, width

    def crop(self, start: int, width: int) -> None:
        """Keeps ``width`` columns from ``start`` on."""
        if width == self.width:
            return
        for row in range(self.rows):
            begin = row * self.width + start
            self.flat[row * width : (row + 1) * width] = self.flat[begin : begin + width]
        self.width = width
        self.flat.resize(self.rows * width, refcheck=False)

    def reorder(self, order: NDArray[np.int64]) -> None:
        """Row k becomes what row ``order[k]`` was. Follows the cycles, so that no second matrix is needed."""
        matrix, source = self.matrix, order.tolist()
        placed = [False] * self.rows
        for start in range(self.rows):
            if placed[start] or source[start] == start:
                continue
            held, at = matrix[start].copy(), start
            while source[at] != start:
                matrix[at] = matrix[source[at]]
                placed[at] = True
                at = source[at]
            matrix[at] = held
            placed[at] = True
