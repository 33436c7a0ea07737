"""What each feature's value leaves reachable in every tree, and how to find it for any number of values at once.

All features' thresholds stand in one ascending array, so that one binary search serves values of different features: a
key is the feature's number in the upper half of 64 bits and the value's bits, made to sort as floats do, in the lower.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from training.features.window import Matrix

Words: TypeAlias = NDArray[np.uint64]

ALL = np.uint64(0xFFFFFFFFFFFFFFFF)

_TOGETHER = 128
"""Words of this many values are looked up before they are combined; of more, one feature after the other."""

_NAN_BITS = np.int32(0x7FFFFFFF)
"""Behind the bits of infinity."""
_FEATURE_BITS = 32
_NONE = -1
"""Stands for the features that no tree splits on."""


@dataclass(frozen=True, slots=True)
class Splits:
    """Every inner node of all trees."""

    feature: NDArray[np.intp]
    threshold: Matrix
    missing_left: NDArray[np.bool_]
    tree: NDArray[np.intp]
    left_only: Words
    """All bits but those of the leaves in the node's right branch."""
    right_only: Words
    """The same of its left branch."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Words by value, one feature after the other; all others share the last place, and rule nothing out."""

    rank: NDArray[np.intp]
    """Place of each feature up to the last that any tree splits on; then that of all others."""
    keys: NDArray[np.int64]
    """(rows,) ascending: each feature's thresholds, infinity and NaN, as keys."""
    words: Words
    """(rows, trees): for each place a row for a value above 0, 1, 2... thresholds and one for NaN."""

    @classmethod
    def of(cls, splits: Splits, every: Words) -> Thresholds:
        """``every`` is (trees,) all leaves of each tree."""
        used = np.unique(splits.feature)
        rank = np.full(int(used.max(initial=-1)) + 2, len(used))
        rank[used] = np.arange(len(used))
        owned = [np.flatnonzero(splits.feature == feature) for feature in (*used, _NONE)]
        ends = np.cumsum([len(np.unique(splits.threshold[own])) + 2 for own in owned]).tolist()
        words = np.tile(every, (ends[-1], 1))
        keys = []
        for place, (own, start, end) in enumerate(zip(owned, [0, *ends], ends, strict=False)):
            values = _rule_out(words[start:end], splits, own)
            keys.append(_keys(np.array([place]), np.append(values, np.array((np.inf, np.nan), np.float32))))
        return cls(rank, np.concatenate(keys), words)

    def require(self, features: int) -> None:
        """IndexError when a feature that the trees split on cannot be among so many."""
        needed = len(self.rank) - 1
        if features < needed:
            raise IndexError(f"the trees split on {needed} features, and only {features} are there")

    def rows_of(self, columns: Sequence[tuple[int, Matrix]]) -> NDArray[np.intp]:
        """Rows of ``words`` for the values of neighbouring columns (number of the first, (f, size)), one after the
        other."""
        shapes = [(first, values.shape) for first, values in columns]
        sizes = [size for _, (count, size) in shapes for _ in range(count)]
        features = [first + place for first, (count, _) in shapes for place in range(count)]
        values = np.concatenate([values.ravel() for _, values in columns])
        rank = self.rank.take(features, mode="clip").repeat(sizes)
        return self.keys.searchsorted(_keys(rank, values))


def _rule_out(words: Words, splits: Splits, own: NDArray[np.intp]) -> Matrix:
    """Set the words of one feature, whose splits are ``own``; returns its thresholds."""
    values, above = np.unique(splits.threshold[own], return_inverse=True)
    tree, left_only, right_only = splits.tree[own], splits.left_only[own], splits.right_only[own]
    right, left = words[:-1], np.full_like(words[:-1], ALL)[::-1]
    np.bitwise_and.at(right, (above + 1, tree), right_only)
    np.bitwise_and.accumulate(right, axis=0, out=right)
    np.bitwise_and.at(left, (len(values) - above, tree), left_only)
    np.bitwise_and.accumulate(left, axis=0, out=left)
    np.bitwise_and(right, left[::-1], out=right)
    np.bitwise_and.at(words[-1], tree, np.where(splits.missing_left[own], left_only, right_only))
    thresholds: Matrix = values
    return thresholds


def _keys(rank: NDArray[np.intp], values: Matrix) -> NDArray[np.int64]:
    """(r,) keys of (r,) values of the features with these ranks."""
    bits = (values + np.float32(0)).view(np.int32)  # -0 becomes 0: they are equal, but their bits are not
    bits ^= bits >> 31 & np.int32(0x7FFFFFFF)  # the lower the value below 0, the greater its bits
    np.copyto(bits, _NAN_BITS, where=np.isnan(values))
    keys: NDArray[np.int64] = bits + (rank << _FEATURE_BITS)
    return keys


def combined(words: Words, rows: NDArray[np.intp], spare: Words | None = None, scratch: Words | None = None) -> Words:
    """(r, trees) what (f, r) values leave reachable together, in the spare words where they are enough."""
    size, trees = rows.shape[1], words.shape[1]
    if rows.size <= _TOGETHER:
        together: Words = np.bitwise_and.reduce(words.take(rows, axis=0, mode="clip"), axis=0)
        return together
    if spare is None or scratch is None or len(spare) < size:
        spare, scratch = np.empty((2, size, trees), np.uint64)
    out, scratch = spare[:size], scratch[:size]
    words.take(rows[0], axis=0, out=out, mode="clip")
    for own in rows[1:]:
        words.take(own, axis=0, out=scratch, mode="clip")
        np.bitwise_and(out, scratch, out=out)
    return out
