"""The leaves of a boosted model's trees as bits: which leaf a row reaches, and what its branches rule out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.artifact.thresholds import ALL, Splits, Words

MOST_LEAVES = 64
"""Leaves of one tree: the bits of a word."""

_ROOM = 256
"""Places for the leaves of one tree: with so many, a leaf's number is the lowest byte of its place."""


@dataclass(frozen=True, slots=True)
class Leaves:
    """Leaves numbered from left to right within each tree."""

    values: NDArray[np.float64]
    """(trees * 256,) value of each leaf."""
    every: Words
    """(trees,) all leaves of each tree."""

    def places(self, rows: int) -> NDArray[np.int64]:
        """(rows, trees) room for ``sum`` to work in: places in ``values``, each tree's its own."""
        trees = len(self.every)
        return np.tile(np.arange(0, trees * _ROOM, _ROOM, dtype="<i8"), (rows, 1))

    def sum(self, reached: Words, places: NDArray[np.int64]) -> NDArray[np.float64]:
        """(rows,) sum of the values of the leaves reached, from (rows, trees) words of one bit each, which are lost."""
        np.subtract(reached, np.uint64(1), out=reached)  # as many bits as there are leaves before it
        np.bitwise_count(reached, out=places.view(np.uint8)[:, :: places.itemsize])
        found = reached.view(np.float64)
        self.values.take(places, out=found, mode="clip")
        sums: NDArray[np.float64] = np.einsum("rt->r", found)
        return sums


def numbered(nodes: NDArray[np.void], roots: NDArray[np.int32]) -> tuple[Leaves, Splits]:
    """The leaves, and the splits between them. IndexError for a tree of more than ``MOST_LEAVES``."""
    values = np.zeros((len(roots), _ROOM))
    of_tree = values[:, :MOST_LEAVES]
    every = np.zeros(len(roots), np.uint64)
    tree_of = np.zeros(len(nodes), np.intp)
    left_only, right_only = np.zeros((2, len(nodes)), np.uint64)
    feature, left, right, value = (nodes[name].tolist() for name in ("feature", "left", "right", "value"))

    def number(node: int, tree: int, count: int) -> int:
        """Number the leaves below a node from ``count`` on; returns the next number."""
        tree_of[node] = tree
        if feature[node] < 0:
            of_tree[tree, count] = value[node]
            return count + 1
        middle = number(left[node], tree, count)
        end = number(right[node], tree, middle)
        left_only[node] = int(ALL) ^ _bits(middle, end)
        right_only[node] = int(ALL) ^ _bits(count, middle)
        return end

    for tree, root in enumerate(roots.tolist()):
        every[tree] = _bits(0, number(root, tree, 0))
    inner = np.flatnonzero(nodes["feature"] >= 0)
    splits = Splits(
        feature=nodes["feature"][inner].astype(np.intp),
        threshold=nodes["threshold"][inner],
        missing_left=nodes["missing_left"][inner],
        tree=tree_of[inner],
        left_only=left_only[inner],
        right_only=right_only[inner],
    )
    return Leaves(values.ravel(), every), splits


def _bits(start: int, end: int) -> int:
    return (1 << end) - (1 << start)
