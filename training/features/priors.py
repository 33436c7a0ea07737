"""The level to expect of a series without history: its peers' recent level."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.features.window import Matrix

PRIOR_DAYS = 28
"""Days of the peers' sales that count."""

_STRENGTH = 5.0
"""Peer series that the wider group counts for: a department of one or two items leans on all stores' department."""

_FLOOR = 0.01
"""Units a day below which no prior falls; a ratio to it must stay finite."""


@dataclass(frozen=True, slots=True)
class PriorTable:
    """Mean units a day by store and department; the last row and column stand for an unknown one."""

    table: Matrix
    """(stores + 1, departments + 1)"""

    @classmethod
    def of(cls, sales: Matrix, store: Matrix, department: Matrix, shape: tuple[int, int]) -> PriorTable:
        """Table from the (n, days) sales before an origin and the (n,) codes of store and department.

        Each cell is shrunk to its department over all stores, and that to all series, by ``_STRENGTH`` peers.
        """
        recent = sales[:, -PRIOR_DAYS:]
        days = (~np.isnan(recent)).sum(axis=1)
        active = days > 0
        level = np.nan_to_num(recent).sum(axis=1, dtype=np.float64)[active] / days[active]
        rows, columns = shape
        cell = _code(store, rows)[active] * (columns + 1) + _code(department, columns)[active]
        size = (rows + 1) * (columns + 1)
        total = np.bincount(cell, level, size).reshape(rows + 1, columns + 1)
        count = np.bincount(cell, minlength=size).reshape(rows + 1, columns + 1)
        overall = level.mean() if active.any() else _FLOOR
        by_department = (total.sum(axis=0) + _STRENGTH * overall) / (count.sum(axis=0) + _STRENGTH)
        by_store = (total + _STRENGTH * by_department) / (count + _STRENGTH)
        return cls(np.maximum(by_store, _FLOOR).astype(np.float32))

    def lookup(self, store: Matrix, department: Matrix) -> Matrix:
        """(n,) prior of series with these codes, NaN = unknown."""
        rows, columns = self.table.shape
        found: Matrix = self.table[_code(store, rows - 1), _code(department, columns - 1)]
        return found


def _code(codes: Matrix, unknown: int) -> NDArray[np.intp]:
    return np.where(np.isnan(codes), unknown, codes).astype(np.intp)
