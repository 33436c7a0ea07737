"""What is left reachable in every tree for each row of a feature table, one grain after the other."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from training.artifact.thresholds import Thresholds, Words
from training.features.table import FeatureTable

_TOGETHER = 128
"""Words of this many values are looked up before they are combined; of more, one feature after the other."""

_SPANS = 96
_SPAN_BYTES = 2**16
"""Most spans remembered, and most bytes of one: 6 MiB together. Four weeks of two hundred trees take 44 KiB."""


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
    for grain in [grain for grain in grains if grain.place is not None and grain.keys]:
        remembered = memo.remembered(grain.keys)
        if remembered is not None and grain.place is not None:
            del grains[grain]
            yield _Shared(remembered, grain.place)
    # All values are looked up at once: for one series, each step costs more than its values.
    rows = thresholds.rows_of([columns for of_grain in grains.values() for columns in of_grain])
    end = 0
    for grain, columns in grains.items():
        start, end = end, end + grain.size * sum(len(values) for _, values in columns)
        own = rows[start:end].reshape(-1, grain.size)
        if grain.place is None:
            yield from (_Shared(words, column.reshape(table.shape)) for column in own)
        elif grain.span:
            yield _Shared(memo.words_of(own, grain.span, grain.keys), grain.place)
        else:
            yield _OfSeries(words, own, grain.place)


@dataclass(frozen=True, slots=True)
class _Shared:
    """Rows of any series look into one table."""

    words: Words
    place: NDArray[np.intp]
    """(m, k)"""

    def fill(self, series: slice, out: Words, spare: Words) -> None:
        self.words.take(self.place[series].ravel(), axis=0, out=out, mode="clip")


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
        combined = _combined(self.words, rows, spare, scratch=out)
        combined.take(place.ravel(), axis=0, out=out, mode="clip")

    @cached_property
    def _end(self) -> list[int]:
        """(m,) end of each series' part of ``rows``."""
        ends: list[int] = (self.place.max(axis=1) + 1).tolist()
        return ends


class SpanMemo:
    """Words of the spans that were asked for last: the days to come are the same for most series and requests."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._kept = lru_cache(_SPANS)(self._computed)
        self._named: dict[Hashable, Words] = {}
        """The same words by the spans' keys, which spare the look-up of their values."""

    def remembered(self, keys: Sequence[Hashable]) -> Words | None:
        """(size, trees) words of the spans with these keys; None when one was not asked for lately. Read only."""
        found = [words for words in map(self._named.get, keys) if words is not None]
        return _side_by_side(found) if len(found) == len(keys) else None

    def words_of(self, rows: NDArray[np.intp], span: int, keys: Sequence[Hashable] = ()) -> Words:
        """(size, trees) what (f, size) values leave reachable together, span by span; read only."""
        trees = self._words.shape[1]
        if span * trees * self._words.itemsize > _SPAN_BYTES:
            return _combined(self._words, rows)
        spans = rows.astype(np.int32).reshape(len(rows), -1, span)
        found = [self._kept(spans[:, place].tobytes(), span) for place in range(spans.shape[1])]
        if len(self._named) + len(keys) > _SPANS:
            self._named.clear()
        self._named.update(zip(keys, found, strict=False))
        return _side_by_side(found)

    def _computed(self, rows: bytes, span: int) -> Words:
        words = _combined(self._words, np.frombuffer(rows, np.int32).reshape(-1, span).astype(np.intp))
        words.flags.writeable = False
        return words


def _side_by_side(spans: Sequence[Words]) -> Words:
    return spans[0] if len(spans) == 1 else np.concatenate(spans)


def _combined(words: Words, rows: NDArray[np.intp], spare: Words | None = None, scratch: Words | None = None) -> Words:
    """(r, trees) what (f, r) values leave reachable together, in the spare words where they are enough."""
    size, trees = rows.shape[1], words.shape[1]
    if rows.size <= _TOGETHER:
        together: Words = np.bitwise_and.reduce(words.take(rows, axis=0, mode="clip"), axis=0)
        return together
    if spare is None or scratch is None or len(spare) < size:
        spare, scratch = np.empty((2, size, trees), np.uint64)
    combined, scratch = spare[:size], scratch[:size]
    words.take(rows[0], axis=0, out=combined, mode="clip")
    for own in rows[1:]:
        words.take(own, axis=0, out=scratch, mode="clip")
        np.bitwise_and(combined, scratch, out=combined)
    return combined
