"""The series of a data set: every distinct (store_id, item_id), numbered in order of first sight."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from training.data.grouping import distinct
from training.data.texts import Texts, is_name

Key = tuple[str, str]
"""(store_id, item_id)"""


@dataclass(frozen=True, slots=True)
class Members:
    """Which series the m rows of a batch belong to: row k to number ``numbers[index[k]]``."""

    numbers: NDArray[np.int64]
    index: NDArray[np.int64]


@dataclass(slots=True)
class SeriesIndex:
    """Numbers for series; a number, once given, stays."""

    stores: Texts = field(default_factory=lambda: Texts(is_name))
    items: Texts = field(default_factory=lambda: Texts(is_name))
    _number_of: dict[tuple[int, int], int] = field(default_factory=dict)
    """Codes of (store_id, item_id) -> number."""

    def __len__(self) -> int:
        return len(self._number_of)

    def members(self, stores: NDArray[np.int32], items: NDArray[np.int32]) -> Members:
        """The series of each row, from the codes of its store and item."""
        width = len(self.items)
        pairs, index = distinct(stores.astype(np.int64) * width + items, len(self.stores) * width)
        codes = zip((pairs // width).tolist(), (pairs % width).tolist(), strict=True)
        number_of = self._number_of
        numbers = [number_of.setdefault(code, len(number_of)) for code in codes]
        return Members(np.array(numbers, dtype=np.int64), index)

    def keys(self) -> list[Key]:
        """The keys by number."""
        return [(self.stores.texts[store], self.items.texts[item]) for store, item in self._number_of]
