"""Matrices of few distinct values in a quarter or half of the space, without loss.

A day's sales, prices and flags repeat: each is kept as the place of its value in a short table, and looked up again for
the rows that are asked for. Values are told apart by their bits, so that what is read is what was written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.features.window import Matrix


@dataclass(frozen=True, slots=True)
class Compact:
    """A float32 array of any shape."""

    codes: NDArray[Any]
    """The place of each value in ``values``; or the values themselves where there is no table."""
    values: Matrix | None
    """(v,) the distinct values."""

    @classmethod
    def of(cls, matrix: Matrix) -> Compact:
        """With a table where 16 bits can number its values."""
        distinct = np.unique(matrix.view(np.int32) if matrix.flags.c_contiguous else matrix.copy().view(np.int32))
        if len(distinct) > np.iinfo(np.uint16).max + 1:
            return cls(matrix, None)
        size = np.uint8 if len(distinct) <= np.iinfo(np.uint8).max + 1 else np.uint16
        codes = np.empty(matrix.shape, size)
        for place in np.ndindex(matrix.shape[:-1]):
            codes[place] = distinct.searchsorted(np.ascontiguousarray(matrix[place]).view(np.int32))
        return cls(codes, distinct.view(np.float32))

    @property
    def shape(self) -> tuple[int, ...]:
        return self.codes.shape

    def days(self, part: slice) -> Compact:
        """Some of the last axis, copied out of a file's pages."""
        return Compact(np.ascontiguousarray(self.codes[..., part]), self.values)

    def __getitem__(self, index: Any) -> Matrix:
        """What NumPy's indexing finds; a copy, except of a slice where there is no table."""
        found: Matrix = self.codes[index]
        return found if self.values is None else self.values[found]
