"""The trees of a boosted model as data, and their evaluation in NumPy.

Evaluation follows QuickScorer (Lucchese et al., SIGIR 2015): the leaves of each tree are the bits of one word, and a
feature's value rules out, in all trees at once, the leaves it cannot reach. A row costs one lookup and one ``and`` a
feature; the lowest bit left in each word is the leaf. Ten times fewer steps than walking each tree, and none of them
in Python, row by row.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from training.features.window import Matrix

MOST_LEAVES = 64
"""Leaves of one tree: the bits of a word."""

NODE = np.dtype(
    [
        ("feature", "<i2"),  # -1 for a leaf
        ("threshold", "<f4"),  # values up to and including it go left
        ("missing_left", "|b1"),
        ("left", "<i4"),
        ("right", "<i4"),
        ("value", "<f4"),  # of a leaf
    ]
)
"""One node; ``left`` and ``right`` are positions in the array of all trees' nodes."""

Words: TypeAlias = NDArray[np.uint64]

_BLOCK = 512
"""Rows evaluated together: their words stay in the processor's cache."""

_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)


@dataclass(frozen=True)
class Trees:
    """Trees whose leaf values add up."""

    nodes: NDArray[np.void]
    """(nodes,) of ``NODE``"""
    roots: NDArray[np.int32]
    """(trees,) position of each tree's root."""

    def sum(self, features: Matrix) -> NDArray[np.float64]:
        """(rows,) sum of the leaf values that each row of (rows, F) float32 features reaches."""
        tables, values = self._tables
        first_leaf = np.arange(len(self.roots)) * MOST_LEAVES
        total = np.empty(len(features))
        for start in range(0, len(features), _BLOCK):
            rows = features[start : start + _BLOCK]
            reachable = np.full((len(rows), len(self.roots)), _ALL)
            for table in tables:
                reachable &= table.words_of(rows[:, table.feature])
            leaf = np.bitwise_count((reachable & -reachable) - np.uint64(1))
            total[start : start + len(rows)] = values[first_leaf + leaf].sum(axis=1)
        return total

    @cached_property
    def _tables(self) -> tuple[list[_Table], NDArray[np.float64]]:
        """One table for each feature that any tree splits on, and all leaf values, 64 places a tree."""
        leaves = _Leaves.of(self.nodes, self.roots)
        features = self.nodes["feature"]
        tables = [
            _Table.of(int(feature), self.nodes, leaves, np.flatnonzero(features == feature))
            for feature in np.unique(features[features >= 0])
        ]
        return tables, leaves.values


@dataclass(frozen=True, slots=True)
class _Leaves:
    """Leaves numbered from left to right within each tree."""

    values: NDArray[np.float64]
    """(trees * 64,) value of each leaf."""
    tree: NDArray[np.intp]
    """(nodes,) the tree of each node."""
    right_only: Words
    """(nodes,) all bits but those of the leaves in the node's left branch."""

    @classmethod
    def of(cls, nodes: NDArray[np.void], roots: NDArray[np.int32]) -> _Leaves:
        values = np.zeros(len(roots) * MOST_LEAVES)
        tree_of = np.zeros(len(nodes), np.intp)
        right_only = np.zeros(len(nodes), np.uint64)
        feature, left, right, value = (nodes[name].tolist() for name in ("feature", "left", "right", "value"))

        def number(node: int, tree: int, count: int) -> int:
            """Number the leaves below a node from ``count`` on; returns the next number."""
            tree_of[node] = tree
            if feature[node] < 0:
                values[tree * MOST_LEAVES + count] = value[node]
                return count + 1
            middle = number(left[node], tree, count)
            right_only[node] = ~(((1 << (middle - count)) - 1) << count) & int(_ALL)
            return number(right[node], tree, middle)

        for tree, root in enumerate(roots.tolist()):
            number(root, tree, 0)
        return cls(values, tree_of, right_only)


@dataclass(frozen=True, slots=True)
class _Table:
    """What one feature's value leaves reachable in every tree."""

    feature: int
    thresholds: Matrix
    """(u,) ascending, all trees' thresholds on this feature."""
    words: Words
    """(u + 2, trees): row p for a value above p thresholds, the last row for NaN."""

    @classmethod
    def of(cls, feature: int, nodes: NDArray[np.void], leaves: _Leaves, splits: NDArray[np.intp]) -> _Table:
        thresholds, place = np.unique(nodes["threshold"][splits], return_inverse=True)
        trees = len(leaves.values) // MOST_LEAVES
        words = np.full((len(thresholds) + 2, trees), _ALL)
        np.bitwise_and.at(words, (place + 1, leaves.tree[splits]), leaves.right_only[splits])
        words[:-1] = np.bitwise_and.accumulate(words[:-1], axis=0)
        missing = splits[~nodes["missing_left"][splits]]
        np.bitwise_and.at(words[-1], leaves.tree[missing], leaves.right_only[missing])
        return cls(feature, thresholds.astype(np.float32), words)

    def words_of(self, values: Matrix) -> Words:
        """(rows, trees) for (rows,) values."""
        below = np.searchsorted(self.thresholds, values)
        below[np.isnan(values)] = len(self.words) - 1
        found: Words = self.words[below]
        return found
