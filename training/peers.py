"""The peers' level on every day of a panel: what the series of each store's departments sold in the last four weeks.

One pass over the sales gives the levels of all days; what was known at an origin is then looked up. Training asks at
some hundred origins.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.features.priors import PriorTable
from training.features.window import Matrix
from training.running import rolling_means

PRIOR_DAYS = 28
"""Days of the peers' sales that count."""

_STRENGTH = 5.0
"""Peer series that the wider group counts for: a department of one or two items leans on all stores' department."""

_FLOOR = 0.01
"""Units a day below which no prior falls; a ratio to it must stay finite."""

_SERIES = 256
"""Series whose daily means are in memory together."""


@dataclass(frozen=True, slots=True)
class PeerLevels:
    """Levels of all series by store and department, over t days; cells as in ``Seasonality``."""

    shape: tuple[int, int]
    """Stores and departments in the vocabulary."""
    cells: NDArray[np.intp]
    """(c,) the cells that have series."""
    total: NDArray[np.float64]
    """(c, t + 1) sum of the mean units a day of those series that were observed in the ``PRIOR_DAYS`` before."""
    count: NDArray[np.int32]
    """(c, t + 1) number of those series."""

    @classmethod
    def of(cls, sales: Matrix, cell: NDArray[np.intp], shape: tuple[int, int]) -> PeerLevels:
        """Levels from (n, t) sales, NaN = not observed, and the (n,) cell of each series."""
        cells = np.unique(cell)
        size = (len(cells), sales.shape[1] + 1)
        total, count = np.zeros(size), np.zeros(size, np.int32)
        for row, members in enumerate(np.flatnonzero(cell == one) for one in cells):
            for start in range(0, len(members), _SERIES):
                (level,) = rolling_means(sales[members[start : start + _SERIES]], (PRIOR_DAYS,))
                observed = ~np.isnan(level)
                total[row] += level.sum(axis=0, where=observed, dtype=np.float64)
                count[row] += observed.sum(axis=0)
        return cls(shape, cells, total, count)

    def at(self, origin: int) -> PriorTable:
        """What was known at an origin, 0 to t.

        Each cell is shrunk to its department over all stores, and that to all series, by ``_STRENGTH`` peers.
        """
        total, count = self._table(self.total[:, origin]), self._table(self.count[:, origin])
        overall = total.sum() / count.sum() if count.any() else _FLOOR
        by_department = (total.sum(axis=0) + _STRENGTH * overall) / (count.sum(axis=0) + _STRENGTH)
        by_store = (total + _STRENGTH * by_department) / (count + _STRENGTH)
        return PriorTable(np.maximum(by_store, _FLOOR).astype(np.float32))

    def _table(self, values: NDArray[np.float64] | NDArray[np.int32]) -> NDArray[np.float64]:
        """(stores + 1, departments + 1) from the values of the cells that have series, 0 in the others."""
        stores, departments = self.shape
        table = np.zeros((stores + 1) * (departments + 1))
        table[self.cells] = values
        return table.reshape(stores + 1, departments + 1)
