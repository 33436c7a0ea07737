"""Aggregation of series by what they are: stores, items, their attributes, and the levels that these make up.

The levels are the twelve of the M5 competition (Makridakis, Spiliotis and Assimakopoulos 2022, "M5 accuracy
competition: Results, findings, and conclusions", IJF 38(4), table 1), under names that any retailer understands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.panel import Panel

LEVELS: dict[str, tuple[str, ...]] = {
    "total": (),
    "state": ("state_id",),
    "store": ("store_id",),
    "category": ("cat_id",),
    "department": ("dept_id",),
    "state_category": ("state_id", "cat_id"),
    "state_department": ("state_id", "dept_id"),
    "store_category": ("store_id", "cat_id"),
    "store_department": ("store_id", "dept_id"),
    "item": ("item_id",),
    "item_state": ("item_id", "state_id"),
    "item_store": ("item_id", "store_id"),
}
"""Coarse to fine: name -> the columns whose values make up a group."""

Codes = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """A partition of n series; compared, and found in dictionaries, by identity."""

    codes: Codes
    """(n,) group of each series, numbered by first appearance."""
    first: Codes
    """(g,) the first series of each group."""

    @classmethod
    def of(cls, keys: Codes) -> Groups:
        """Series with the same (n,) key are a group."""
        _, first, codes = np.unique(keys, return_index=True, return_inverse=True)
        rank = np.argsort(np.argsort(first))
        return cls(rank[codes], np.sort(first))

    @property
    def size(self) -> int:
        return len(self.first)

    def sums(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """(days, groups) sums of (days, n) values, one pass a day."""
        return np.stack([np.bincount(self.codes, day, self.size) for day in values])

    def within(self, finer: Groups) -> Codes | None:
        """(finer groups,) the group of this partition that each lies in; None when one lies in several."""
        codes = self.codes[finer.first]
        return codes if np.array_equal(codes[finer.codes], self.codes) else None


class Hierarchy:
    """Partitions of n series by their columns; each is made once, and equal ones are the same object."""

    def __init__(self, columns: Mapping[str, Sequence[str]]) -> None:
        """``columns`` hold ``store_id``, ``item_id`` and attributes, (n,) each; one without any value is left out."""
        self._values = {name: np.array(values) for name, values in columns.items() if any(values)}
        self._codes = {
            name: Groups.of(np.unique(values, return_inverse=True)[1]) for name, values in self._values.items()
        }
        self._n = len(columns["store_id"])
        self._named: dict[frozenset[str], Groups] = {}
        self._distinct: dict[bytes, Groups] = {}

    @classmethod
    def of(cls, panel: Panel) -> Hierarchy:
        return cls({"store_id": panel.store_ids, "item_id": panel.item_ids, **panel.statics})

    @property
    def levels(self) -> tuple[str, ...]:
        """Names of the levels that the columns allow, coarse to fine."""
        return tuple(level for level, columns in LEVELS.items() if all(map(self.has, columns)))

    def has(self, column: str) -> bool:
        return column in self._values

    def level(self, level: str, *by: str) -> Groups:
        """The groups of a level, split further by the values of more columns."""
        return self.groups(*LEVELS[level], *by)

    def groups(self, *columns: str) -> Groups:
        """Series that agree in all these columns are a group; without a column all are one. KeyError: not there."""
        name = frozenset(columns)
        if name not in self._named:
            whole = Groups(np.zeros(self._n, np.intp), np.zeros(1, np.intp))
            made = reduce(_both, (self._codes[column] for column in sorted(name)), whole)
            self._named[name] = self._distinct.setdefault(made.codes.tobytes(), made)
        return self._named[name]

    def values(self, column: str) -> list[str]:
        """(g,) the value of each group of ``groups(column)``."""
        found: list[str] = self._values[column][self.groups(column).first].tolist()
        return found


def _both(one: Groups, other: Groups) -> Groups:
    return Groups.of(one.codes * other.size + other.codes)
