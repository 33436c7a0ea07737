"""Where each row came from: rows of all files are numbered in reading order, so that any later check can name one.

What a row says is not kept; where a message needs it, the files are read again up to that row.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from training.data.source import Source


@dataclass(slots=True)
class RowMap:
    """Row numbers over all files -> file and row (or line)."""

    sources: Sequence[Source]
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

    def find(self, **wanted: str | int) -> str:
        """The place of the first row with these values (text, or a day since 1970-01-01) in these columns."""
        for source in self.sources:
            done = 0
            for batch in source.batches(list(wanted)):
                masks = [_equals(batch[name], value) for name, value in wanted.items()]
                found = np.flatnonzero(np.logical_and.reduce(masks))
                if found.size:
                    return source.place(done + int(found[0]))
                done += batch.num_rows
        raise LookupError(f"no row with {wanted}")

    def days(self) -> Iterator[pa.Array]:
        """The dates of all files, batch by batch."""
        for source in self.sources:
            for batch in source.batches(["date"]):
                yield batch["date"]


def _equals(values: pa.Array, value: str | int) -> NDArray[np.bool_]:
    if isinstance(value, int):
        same = pc.fill_null(pc.equal(values.view(pa.int32()), value), False)
        return np.asarray(same.to_numpy(zero_copy_only=False), dtype=np.bool_)
    is_it = np.array([*(text == value for text in values.dictionary.to_pylist()), False])
    result: NDArray[np.bool_] = is_it[pc.fill_null(values.indices, -1).to_numpy(zero_copy_only=False)]
    return result
