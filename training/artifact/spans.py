"""What rows of many series share is looked up once: words of neighbouring days, remembered from request to request.

The days to come are the same for most series and requests: what a calendar says of the next four weeks, and what
departments sell in them.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from training.artifact.thresholds import Words, combined
from training.features.table import Grain

_BYTES = 6 * 2**20
"""Of the words remembered. Four weeks of two hundred trees take 44 KiB."""


@dataclass(frozen=True, slots=True)
class Shared:
    """A source (see ``reachable``) where rows of any series look into one table."""

    words: Words
    place: NDArray[np.intp]
    """(m, k)"""

    def fill(self, series: slice, out: Words, spare: Words) -> None:
        """Set (rows, trees) to the rows' words."""
        self.words.take(self.place[series].ravel(), axis=0, out=out, mode="clip")


class SpanMemo:
    """The words of spans that were asked for: by their keys, or by their values where they have none.

    Safe to use from several threads: what is on the shelf stays as it is, and a full one is replaced by another.
    """

    def __init__(self, words: Words) -> None:
        self._words = words
        self._shelf = _Shelf(words.shape[1])
        self._adding = Lock()

    def remembered(self, grain: Grain) -> Shared | None:
        """The source for a grain of spans with keys; None when one of them was not asked for lately."""
        return self._shelf.source(grain, grain.keys)

    def source_of(self, grain: Grain, rows: NDArray[np.intp]) -> Shared:
        """The source for a grain of spans whose (f, size) values stand in these rows of all words."""
        spans = rows.reshape(len(rows), -1, grain.span).transpose(1, 0, 2)
        keys = grain.keys or [span.tobytes() for span in spans]
        with self._adding:
            if not self._shelf.has_room(keys, grain.span):
                self._shelf = _Shelf(self._words.shape[1])
            shelf = self._shelf
            if shelf.has_room(keys, grain.span):
                for key, span in zip(keys, spans, strict=True):
                    shelf.put(key, self._words, span)
        source = shelf.source(grain, keys)
        if source is None:  # more than a whole shelf holds
            assert grain.place is not None
            return Shared(combined(self._words, rows), grain.place)
        return source


class _Shelf:
    """Spans one after the other in one array."""

    def __init__(self, trees: int) -> None:
        self._words: Words = np.empty((_BYTES // (8 * max(trees, 1)), trees), np.uint64)
        self._start: dict[Hashable, int] = {}
        self._end = 0

    def has_room(self, keys: Sequence[Hashable], span: int) -> bool:
        """For those of these spans, each of so many days, that are not there."""
        new = len(set(keys) - self._start.keys())
        return self._end + new * span <= len(self._words)

    def put(self, key: Hashable, words: Words, rows: NDArray[np.intp]) -> None:
        """Keep what (f, span) values leave reachable together, unless it is there."""
        if key not in self._start:
            start, self._end = self._end, self._end + rows.shape[1]
            self._words[start : self._end] = combined(words, rows)
            self._start[key] = start  # from now on, other threads find it

    def source(self, grain: Grain, keys: Sequence[Hashable]) -> Shared | None:
        """None when one of the spans is not there."""
        starts = [start for start in map(self._start.get, keys) if start is not None]
        if len(starts) < len(keys) or grain.place is None:
            return None
        if len(starts) == 1:
            return Shared(self._words[starts[0] : starts[0] + grain.span], grain.place)
        moved = np.array(starts)[:, None] + np.arange(grain.span)
        return Shared(self._words, moved.ravel().take(grain.place))
