"""What is left reachable in every tree for each row of a feature table, one grain after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
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
    of_series = []
    for grain, columns in grains.items():
        start, end = end, end + grain.size * sum(len(values) for _, values in columns)
        own = rows[start:end].reshape(-1, grain.size)
        if grain.place is None:
            yield from (Shared(words, column.reshape(table.shape)) for column in own)
        elif grain.span:
            yield memo.source_of(grain, own)
        else:
            of_series.append(_OfSeries(words, own, grain.place))
    yield from _joined(of_series)


def _joined(sources: list[_OfSeries]) -> list[_OfSeries]:
    """The same, but that of whole series as part of that with the fewest values besides: rows need not look into both.
    For one series alone, that would cost more than it saves."""
    if len(sources) < 2 or len(sources[0].place) == 1:
        return sources
    whole, fewest, *others = sorted(sources, key=lambda source: source.rows.shape[1])
    if whole.rows.shape[1] > len(whole.place):
        return sources
    return [replace(fewest, whole=combined(whole.words, whole.rows)), *others]


@dataclass(frozen=True)
class _OfSeries:
    """Each series has a table of its own, made when it is asked for: those of all would not stay in the cache."""

    words: Words
    rows: NDArray[np.intp]
    """(f, size) rows of ``words``."""
    place: NDArray[np.intp]
    """(m, k)"""
    whole: Words | None = None
    """(m, trees) what other columns leave reachable in all rows of each series."""

    def fill(self, series: slice, out: Words, spare: Words) -> None:
        values, place = self._part(series)
        found = combined(self.words, self.rows[:, values], spare, scratch=out)
        if self.whole is not None:
            np.bitwise_and(found, self.whole.take(self._series[values], axis=0), out=found)
        found.take(place.ravel(), axis=0, out=out, mode="clip")

    def _part(self, series: slice) -> tuple[slice, NDArray[np.intp]]:
        """The values of some series, and which of these their rows have."""
        place = self.place[series]
        if len(place) == len(self.place):
            return slice(None), place
        first = self._end[series.start - 1] if series.start else 0
        return slice(first, self._end[series.stop - 1]), place - first

    @cached_property
    def _series(self) -> NDArray[np.intp]:
        """(size,) series of each value."""
        series = np.zeros(self.rows.shape[1], np.intp)
        series[self.place] = np.arange(len(self.place))[:, None]
        return series

    @cached_property
    def _end(self) -> list[int]:
        """(m,) end of each series' part of ``rows``."""
        ends: list[int] = (self.place.max(axis=1) + 1).tolist()
        return ends
