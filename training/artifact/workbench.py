"""The memory that trees are evaluated in, kept from one block of rows to the next.

The allocator would give arrays of this size back to the system after each block, and page them in again for the next.
"""

from __future__ import annotations

import threading

import numpy as np

from training.artifact.thresholds import Words

_BYTES = 1400 * 1024
"""Of the words of one block. A step over fewer rows takes so little time that threads wait for the interpreter's lock
more than they compute; more rows would not stay in the processor's cache."""


class Workbench(threading.local):
    """Each thread's own."""

    def __init__(self, trees: int) -> None:
        self.rows = max(_BYTES // (8 * max(trees, 1)), 1)
        """Rows to evaluate together."""
        self._words: Words = np.empty((3, 0, trees), np.uint64)

    def words(self, rows: int) -> tuple[Words, Words, Words]:
        """Three times (rows, trees) words of any values, until the thread asks again."""
        held = self._words.shape[1]
        if rows > held:
            # What is held at least doubles, so that requests of growing size do not each ask for it anew.
            held = max(rows, min(2 * held, self.rows))
            self._words = np.empty((3, held, self._words.shape[2]), np.uint64)
        first, second, third = self._words[:, :rows]
        return first, second, third
