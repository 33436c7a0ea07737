"""Attributes of a series (department, category, state): read from any of its rows, the same in all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.data.agreement import Agreement
from training.data.errors import DataError
from training.data.rows import RowMap
from training.data.values import Coded

Key = tuple[str, str]
"""(store_id, item_id)"""


@dataclass(frozen=True, slots=True)
class Static:
    """Values of one static column: ``values[k]`` belongs to the series ``series[k]``, said by row ``rows[k]``."""

    series: NDArray[np.int64]
    values: list[str]
    rows: NDArray[np.int64]


def read_static(
    name: str, column: Coded, series: NDArray[np.int64], keys: Sequence[Key], first_row: int, rows: RowMap
) -> Static:
    """One value a series out of a batch of rows; null says nothing. Raises DataError where rows disagree."""
    given = np.flatnonzero(column.codes >= 0)
    agreement = Agreement(len(keys))
    conflict = agreement.add(series[given], column.codes[given], first_row + given)
    if conflict:
        values = [column.values[column.codes[row - first_row]] for row in conflict]
        raise DataError(_conflict(name, keys[int(series[conflict[1] - first_row])], values, conflict, rows))
    settled = agreement.settled()
    return Static(settled, [column.values[code] for code in agreement.codes[settled]], agreement.rows[settled])


def merge_statics(name: str, parts: Iterable[Static], keys: Sequence[Key], rows: RowMap) -> tuple[str, ...]:
    """(n,) values of one column over all parts, whose ``series`` index ``keys``; '' where none is given.

    Raises:
        DataError: two parts disagree about a series.
    """
    agreement = Agreement(len(keys))
    code_of: dict[str, int] = {"": 0}
    for part in parts:
        codes = np.array([code_of.setdefault(value, len(code_of)) for value in part.values], dtype=np.int32)
        conflict = agreement.add(part.series, codes, part.rows)
        if conflict:
            index = int(np.flatnonzero(part.rows == conflict[1])[0])
            series = int(part.series[index])
            values = [list(code_of)[agreement.codes[series]], part.values[index]]
            raise DataError(_conflict(name, keys[series], values, conflict, rows))
    values = list(code_of)
    return tuple(values[max(code, 0)] for code in agreement.codes.tolist())


def _conflict(name: str, key: Key, values: Sequence[str], found: tuple[int, int], rows: RowMap) -> str:
    return (
        f"{rows.place(found[1])}, column {name!r}: {values[1]!r} for store {key[0]!r}, item {key[1]!r}, "
        f"but {values[0]!r} in {rows.place(found[0])}; expected one value in all rows of a series"
    )
