"""What is left reachable in every tree for each row of a feature table, one grain after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from training.artifact.spans import Shared, SpanMemo
from training.artifact.thresholds import Thresholds, Words, combined
from training.features.table import FeatureTable


class Source(Protocol):
    """Some columns of a table."""

    def fill(self, series: slice, out: Words, spare: Words) -> None:
        """Set (rows, trees) to what the columns leave reachable in the rows of some series; as many words are to
        spare."""


def sources_of(table: FeatureTable, thresholds: Thresholds, memo: SpanMemo) -> Iterator[Source]:
    """A source for each grain, and one for each column of the grain in which every row has its own value."""
    thresholds.require(sum(len(values) for _, values in table.columns))
    words = thresholds.words
    grains = table.by_grain()
    for grain in [grain for grain in grains if grain.keys]:
        remembered = memo.remembered(grain)
        if remembered is not None:
            del grains[grain]
            yield remembered
    # All values are looked up at once: for one series, each step costs more than its values.
    rows = thresholds.rows_of([columns for of_grain in grains.values() for columns in of_grain])
    end = 0
    for grain, columns in grains.items():
        start, end = end, end + grain.size * sum(len(values) for _, values in columns)
        own = rows[start:end].reshape(-1, grain.size)
        if grain.place is None:
            yield from (Shared(words, column.reshape(table.shape)) for column in own)
        elif grain.span:
            yield memo.source_of(grain, own)
        else:
            yield _OfSeries(words, own, grain.place)


@dataclass(frozen=True)
class _OfSeries:
    """Each series has a table of its own, made when it is asked for: those of all would not stay in the cache."""

    words: Words
    rows: NDArray[np.intp]
    """(f, size) rows of ``words``."""
    place: NDArray[np.intp]
    """(m, k)"""

    def fill(self, series: slice, out: Words, spare: Words) -> None:
        rows, place = self.rows, self.place[series]
        if len(place) < len(self.place):
            first = self._end[series.start - 1] if series.start else 0
            rows, place = rows[:, first : self._end[series.stop - 1]], place - first
        found = combined(self.words, rows, spare, scratch=out)
        found.take(place.ravel(), axis=0, out=out, mode="clip")

    @cached_property
    def _end(self) -> list[int]:
        """(m,) end of each series' part of ``rows``."""
        ends: list[int] = (self.place.max(axis=1) + 1).tolist()
        return ends
