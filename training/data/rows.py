"""Where each row came from: rows of all files are numbered in reading order, so that any later check can name one."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

from training.data.source import Source


@dataclass(slots=True)
class RowMap:
    """Row numbers over all files -> file and row (or line)."""

    starts: list[int] = field(default_factory=list)
    parts: list[tuple[Source, int]] = field(default_factory=list)
    total: int = 0

    def add(self, source: Source, first_row: int, count: int) -> int:
        """Registers ``count`` rows of a source from its ``first_row`` on; returns the number of the first."""
        start = self.total
        self.starts.append(start)
        self.parts.append((source, first_row))
        self.total += count
        return start

    def place(self, row: int) -> str:
        """Where a row is, for a message: 'north.csv, line 4'."""
        part = bisect_right(self.starts, row) - 1
        source, first_row = self.parts[part]
        return source.place(first_row + row - self.starts[part])
