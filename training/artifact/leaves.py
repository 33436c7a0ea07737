"""The leaves of a boosted model's trees as bits: which leaf a row reaches, and what its branches rule out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.artifact.thresholds import ALL, Splits, Words

MOST_LEAVES = 64
"""Leaves of one tree: the bits of a word."""


@dataclass(frozen=True, slots=True)
class Leaves:
    """Leaves numbered from left to right within each tree."""

    values: NDArray[np.float64]
    """(trees * 64,) value of each leaf."""
    before: NDArray[np.intp]
    """(trees,) one less than the place of each tree's first leaf."""

    @classmethod
    def of(cls, values: NDArray[np.float64]) -> Leaves:
        return cls(values, np.arange(0, len(values), MOST_LEAVES) - 1)

    def sum(self, reachable: Words, scratch: Words) -> NDArray[np.float64]:
        """(rows,) sum of the values of the leftmost reachable leaves, from (rows, trees) words and as much scratch; the
        words of both are lost."""
        np.subtract(reachable, np.uint64(1), out=scratch)
        np.bitwise_xor(reachable, scratch, out=scratch)  # the lowest bit and all below it
        place, found = reachable.view(np.intp), scratch.view(np.float64)
        np.add(np.bitwise_count(scratch), self.before, out=place)
        self.values.take(place, out=found, mode="clip")
        sums: NDArray[np.float64] = found.sum(axis=1)
        return sums


def numbered(nodes: NDArray[np.void], roots: NDArray[np.int32]) -> tuple[Leaves, Splits]:
    """The leaves, and the splits between them."""
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
        right_only[node] = ~(((1 << (middle - count)) - 1) << count) & int(ALL)
        return number(right[node], tree, middle)

    for tree, root in enumerate(roots.tolist()):
        number(root, tree, 0)
    inner = np.flatnonzero(nodes["feature"] >= 0)
    splits = Splits(
        feature=nodes["feature"][inner].astype(np.intp),
        threshold=nodes["threshold"][inner],
        missing_left=nodes["missing_left"][inner],
        tree=tree_of[inner],
        right_only=right_only[inner],
    )
    return Leaves.of(values), splits
