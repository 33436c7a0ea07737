"""Numbers that every worker process counts and any of them can add up, without a lock.

Each worker writes its own row of an anonymous shared mapping that was made before the workers were forked. An aligned
8-byte store is one store on every machine that NumPy runs on, so a reader never sees half a number.
"""

from __future__ import annotations

import mmap
import os
from time import time

import numpy as np
from numpy.typing import NDArray

CELLS = 2048
"""Numbers of one worker: four pages, of which only those that are counted in take memory."""

PID = 0
"""The cell that holds the worker's process id."""


class Counters:
    """``workers`` rows of float64 cells, all 0. Made before any fork; row 0 is written unless ``claim`` says otherwise.

    A row is written by one thread, the event loop's: ``row[cell] += 1`` is a load and a store.
    """

    def __init__(self, workers: int = 1) -> None:
        self.workers = workers
        self.started_at = time()
        """Seconds since 1970 (UTC): what is counted was counted since then."""
        self._memory = mmap.mmap(-1, workers * CELLS * np.dtype(np.float64).itemsize)
        self._rows: NDArray[np.float64] = np.frombuffer(self._memory, np.float64).reshape(workers, CELLS)
        self._blocks: dict[str, int] = {}
        self._gauges: list[range] = []
        self._used = PID + 1
        self.claim(0)

    def block(self, name: str, cells: int = 1, *, gauges: bool = False) -> int:
        """The first of ``cells`` cells called ``name``; the same ones whenever, and in whichever worker, it is asked.

        Workers must ask for their blocks in one order, as they do by running the same code.
        ``gauges`` say what is, not what was counted: they end with the process that wrote them.
        """
        if name not in self._blocks:
            if self._used + cells > CELLS:
                raise ValueError(f"{name} needs {cells} cells; {CELLS - self._used} are left")
            start = self._blocks[name] = self._used
            self._used += cells
            if gauges:
                self._gauges.append(range(start, self._used))
                self._zero_gauges()
        return self._blocks[name]

    def claim(self, index: int) -> None:
        """Makes row ``index`` this process's own: it counts on from its predecessor, whose gauges are zeroed."""
        self.index = index
        self.row = memoryview(self._memory).cast("d")[index * CELLS : (index + 1) * CELLS]
        self._zero_gauges()

    def _zero_gauges(self) -> None:
        for cells in self._gauges:
            for cell in cells:
                self.row[cell] = 0.0
        self.row[PID] = os.getpid()

    def totals(self, worker: int | None = None) -> NDArray[np.float64]:
        """(CELLS,) sums over all workers, or one's own, now."""
        totals: NDArray[np.float64] = self._rows.sum(axis=0) if worker is None else self._rows[worker].copy()
        return totals

    def elsewhere(self, cell: int) -> list[float]:
        """One cell of each other worker, now."""
        others: list[float] = np.delete(self._rows[:, cell], self.index).tolist()
        return others

    def pids(self, worker: int | None = None) -> dict[int, int]:
        """Worker -> process id, of the rows that were claimed, or of one."""
        pids = enumerate(self._rows[:, PID].tolist())
        return {index: int(pid) for index, pid in pids if pid and worker in (None, index)}
