"""What each feature's value leaves reachable in every tree, and how to find it for any number of values at once.

All features' thresholds stand in one ascending array, so that one binary search serves values of different features: a
key is the feature's number in the upper half of 64 bits and the value's bits, made to sort as floats do, in the lower.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from training.features.window import Matrix

Words: TypeAlias = NDArray[np.uint64]

ALL = np.uint64(0xFFFFFFFFFFFFFFFF)

_NAN_KEY = np.int64(0x7FFFFFFF)
"""Behind the key of infinity."""
_FEATURE_BITS = 32


@dataclass(frozen=True, slots=True)
class Splits:
    """Every inner node of all trees."""

    feature: NDArray[np.intp]
    threshold: Matrix
    missing_left: NDArray[np.bool_]
    tree: NDArray[np.intp]
    right_only: Words
    """All bits but those of the leaves in the node's left branch."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Words by value, one after the other for the u features that any tree splits on."""

    rank: NDArray[np.intp]
    """(F,) place of each feature among those, -1 for one that no tree splits on."""
    keys: NDArray[np.int64]
    """Ascending: each feature's thresholds and infinity, as keys."""
    words: Words
    """(len(keys) + u, trees): for each feature a row for a value above 0, 1, 2... thresholds and one for NaN."""

    @classmethod
    def of(cls, splits: Splits, trees: int) -> Thresholds:
        used = np.unique(splits.feature)
        rank = np.full(int(used.max(initial=-1)) + 1, -1)
        rank[used] = np.arange(len(used))
        keys, words = [], []
        for place, feature in enumerate(used):
            own = splits.feature == feature
            values, above = np.unique(splits.threshold[own], return_inverse=True)
            table = np.full((len(values) + 2, trees), ALL)
            np.bitwise_and.at(table, (above + 1, splits.tree[own]), splits.right_only[own])
            np.bitwise_and.accumulate(table[:-1], axis=0, out=table[:-1])
            missing = own & ~splits.missing_left
            np.bitwise_and.at(table[-1], splits.tree[missing], splits.right_only[missing])
            words.append(table)
            keys.append(_keys(np.array([place]), np.append(values, np.float32(np.inf))[None])[0])
        nothing = np.empty((0, trees), np.uint64)
        return cls(rank, np.concatenate([np.empty(0, np.int64), *keys]), np.concatenate([nothing, *words]))

    def rows_of(self, features: NDArray[np.intp], values: Matrix) -> NDArray[np.intp]:
        """(u, r) the rows of ``words`` for (f, r) values of some features, without those that no tree splits on."""
        known = features < len(self.rank)
        rank = self.rank[features[known]]
        split = rank >= 0
        if not split.all() or len(split) < len(features):
            values, rank = values[known][split], rank[split]
        return self.keys.searchsorted(_keys(rank, values)) + rank[:, None]


def _keys(rank: NDArray[np.intp], values: Matrix) -> NDArray[np.int64]:
    """(f, r) keys of (f, r) values."""
    bits = (values + np.float32(0)).view(np.int32)  # -0 becomes 0: they are equal, but their bits are not
    ascending = np.where(bits < 0, bits ^ np.int32(0x7FFFFFFF), bits)
    keys: NDArray[np.int64] = np.where(np.isnan(values), _NAN_KEY, ascending) + (rank[:, None] << _FEATURE_BITS)
    return keys
