"""The memory that trees are evaluated in, kept from one block of rows to the next.

The allocator would give arrays of this size back to the system after each block, and page them in again for the next.
"""

from __future__ import annotations

import threading

import numpy as np
from numpy.typing import NDArray

from training.artifact.leaves import Leaves
from training.artifact.thresholds import Words

_BYTES = 800 * 1024
"""Of the words of one block. A step over fewer rows takes so little time that threads wait for the interpreter's lock
more than they compute; more rows would not stay in the processor's cache."""


class Workbench(threading.local):
    """Each thread's own."""

    def __init__(self, leaves: Leaves) -> None:
        self._leaves = leaves
        self.rows = max(_BYTES // (8 * max(len(leaves.every), 1)), 1)
        """Rows to evaluate together."""
        self._hold(0)

    def space(self, rows: int) -> tuple[Words, Words, Words, NDArray[np.int64]]:
        """Three times (rows, trees) words of any values and ``Leaves.places``, until the thread asks again."""
        held = len(self._places)
        if rows > held:
            # What is held at least doubles, so that requests of growing size do not each ask for it anew.
            self._hold(max(rows, min(2 * held, self.rows)))
        first, second, third = self._words[:, :rows]
        return first, second, third, self._places[:rows]

    def _hold(self, rows: int) -> None:
        self._words: Words = np.empty((3, rows, len(self._leaves.every)), np.uint64)
        self._places = self._leaves.places(rows)
