"""Values that many rows repeat and that must agree: a series' department, a store's event of the day."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

UNSET = -1


class Agreement:
    """One code a group and a row that gives it; every other row of the group must give the same."""

    def __init__(self, groups: int) -> None:
        self.codes: NDArray[np.int32] = np.full(groups, UNSET, dtype=np.int32)
        self.rows: NDArray[np.int64] = np.full(groups, UNSET, dtype=np.int64)

    def add(
        self, groups: NDArray[np.int64], codes: NDArray[np.int32], rows: NDArray[np.int64]
    ) -> tuple[int, int] | None:
        """Takes codes >= 0 of some rows. Returns the numbers of two rows that disagree, or None."""
        unset = self.codes[groups] == UNSET
        if unset.any():
            new = slice(None) if unset.all() else unset
            self.codes[groups[new]] = codes[new]
            self.rows[groups[new]] = rows[new]
        differs = np.flatnonzero(self.codes[groups] != codes)
        if not differs.size:
            return None
        witnesses = int(self.rows[groups[differs[0]]]), int(rows[differs[0]])
        return min(witnesses), max(witnesses)

    def settled(self) -> NDArray[np.int64]:
        """The groups that have a code."""
        return np.flatnonzero(self.codes != UNSET)
