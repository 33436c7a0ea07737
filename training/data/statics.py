"""Attributes of a series (department, category, state): read from any of its rows, the same in all of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from training.data.errors import DataError
from training.data.rows import RowMap
from training.data.series import Key, Members
from training.data.texts import ABSENT, Texts


class Static:
    """One static column: a value for each series, and the number of a row that says it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._texts = Texts()
        self._codes: NDArray[np.int32] = np.empty(0, dtype=np.int32)
        self._rows: NDArray[np.int64] = np.empty(0, dtype=np.int64)

    def add(self, column: pa.DictionaryArray, members: Members, first_row: int) -> tuple[int, int, int] | None:
        """Takes a batch, null says nothing. Returns (series, row, earlier row) where two rows disagree, or None."""
        codes = self._texts.codes(column)
        self._reserve(int(members.numbers.max()) + 1)
        at = _changes(members.index, codes)
        at = at[codes[at] >= 0]
        series, said = members.numbers[members.index[at]], codes[at]
        new = self._codes[series] == ABSENT
        # Reversed, because the last write to a place stays, and the first row is the one to name.
        self._codes[series[new][::-1]] = said[new][::-1]
        self._rows[series[new][::-1]] = first_row + at[new][::-1]
        differs = np.flatnonzero(self._codes[series] != said)
        if not differs.size:
            return None
        bad = int(differs[0])
        return int(series[bad]), first_row + int(at[bad]), int(self._rows[series[bad]])

    def values(self, order: Sequence[int]) -> tuple[str, ...]:
        """The value of each series in ``order``; '' where no row gives one."""
        texts = [*self._texts.texts, ""]
        codes = self._codes.tolist()
        return tuple(texts[codes[series]] for series in order)

    def conflict(self, key: Key, value: object, row: int, earlier: int, rows: RowMap) -> DataError:
        known = self._texts.texts[self._codes[np.flatnonzero(self._rows == earlier)[0]]]
        return DataError(
            f"{rows.place(row)}, column {self.name!r}: {value!r} for store {key[0]!r}, item {key[1]!r}, "
            f"but {known!r} in {rows.place(earlier)}; expected one value in all rows of a series"
        )

    def _reserve(self, series: int) -> None:
        grow = max(series - len(self._codes), 0)
        self._codes = np.append(self._codes, np.full(grow, ABSENT, dtype=np.int32))
        self._rows = np.append(self._rows, np.full(grow, ABSENT, dtype=np.int64))


def _changes(index: NDArray[np.int64], codes: NDArray[np.int32]) -> NDArray[np.int64]:
    """Rows that differ from the row before: what holds for them holds for all, and they are few in sorted files."""
    differs = np.ones(len(index), dtype=np.bool_)
    np.not_equal(index[1:], index[:-1], out=differs[1:])
    differs[1:] |= codes[1:] != codes[:-1]
    return np.flatnonzero(differs)
