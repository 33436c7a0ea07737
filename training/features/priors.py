"""The level to expect of a series without history: its peers' recent level.

The levels are numbers that training made (``training.peers``); here they are only looked up.
"""

from __future__ import annotations

from dataclasses import dataclass

from training.features.seasonality import cells_of
from training.features.window import Matrix


@dataclass(frozen=True, slots=True)
class PriorTable:
    """Mean units a day by store and department; the last row and column stand for an unknown one."""

    table: Matrix
    """(stores + 1, departments + 1)"""

    def lookup(self, store: Matrix, department: Matrix) -> Matrix:
        """(n,) prior of series with these codes, NaN = unknown."""
        rows, columns = self.table.shape
        found: Matrix = self.table.ravel()[cells_of(store, department, rows - 1, columns - 1)]
        return found
