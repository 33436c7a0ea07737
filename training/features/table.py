"""Feature columns as they are computed: a value for each series, weekday or day, not for each row.

Most of a row's features are shared with other rows: a series' history is the same on every day of its forecast, a
holiday the same for all items of a department. Training wants the full matrix; the trees of an artifact work on the
distinct values and meet the rows only at the end.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.features.window import Matrix


@dataclass(frozen=True, slots=True, eq=False)
class Grain:
    """What a column has one value for. Rows are (series, step) pairs of one block."""

    size: int
    """Values of a column."""
    place: NDArray[np.intp] | None
    """(m, k) which of them each row has; None when each row has its own, in order."""
    span: int = 0
    """Neighbouring values that series share as a whole, and requests too; 0 when series share none, and the places of
    each lie behind those of the series before it."""
    keys: tuple[Hashable, ...] = ()
    """For each span what no other values than its own are called by, where they are known to be what they were."""


class Columns(NamedTuple):
    """Neighbouring columns of one grain."""

    grain: Grain
    values: Matrix
    """(f, size)"""


@dataclass(frozen=True, slots=True)
class FeatureTable:
    """The features of m series at k steps each."""

    shape: tuple[int, int]
    """(m, k)"""
    columns: tuple[Columns, ...]
    """In the order of ``feature_names``."""

    @classmethod
    def of_rows(cls, matrix: Matrix) -> FeatureTable:
        """The table of a (rows, F) matrix that says nothing of what its rows share."""
        rows = len(matrix)
        return cls((rows, 1), (Columns(Grain(rows, None), matrix.T),))

    def by_grain(self) -> dict[Grain, list[tuple[int, Matrix]]]:
        """The columns of each grain: (position of the first in ``feature_names``, neighbouring columns)."""
        found: dict[Grain, list[tuple[int, Matrix]]] = {}
        first = 0
        for grain, values in self.columns:
            found.setdefault(grain, []).append((first, values))
            first += len(values)
        return found

    def column(self, feature: int) -> Matrix:
        """(m, k) one column."""
        for grain, values in self.columns:
            if feature < len(values):
                return self._spread(grain, values[feature])
            feature -= len(values)
        raise IndexError("the table has fewer columns")

    def write(self, out: Matrix) -> None:
        """Fill (F, m, k) with all columns."""
        first = 0
        for grain, values in self.columns:
            for place, column in zip(out[first:], values, strict=False):
                place[...] = self._spread(grain, column)
            first += len(values)

    def matrix(self) -> Matrix:
        """(m * k, F), stored column by column."""
        out = np.empty((sum(len(values) for _, values in self.columns), *self.shape), np.float32)
        self.write(out)
        return out.reshape(len(out), -1).T

    def _spread(self, grain: Grain, values: Matrix) -> Matrix:
        return values.reshape(self.shape) if grain.place is None else values[grain.place]
