"""Arrow columns -> NumPy arrays, with every cell checked against the contract, a column at a time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from training.data.contract import Column
from training.data.errors import DataError
from training.data.source import bad_value
from training.data.texts import Texts

Place = Callable[[int], str]
"""Index in the batch -> 'north.csv, line 4'."""


def names(values: pa.DictionaryArray, texts: Texts, column: Column, place: Place) -> NDArray[np.int32]:
    """Codes of a text column that is part of the key. Raises DataError on null or what ``texts`` does not accept."""
    codes = texts.codes(values)
    _refuse(codes < 0, values, column, place)
    return codes


def days(values: pa.Array, column: Column, place: Place) -> NDArray[np.int32]:
    """Days since 1970-01-01. Raises DataError on null."""
    _refuse(_is_null(values), values, column, place)
    return np.asarray(values.view(pa.int32()).to_numpy(), dtype=np.int32)


def numbers(values: pa.Array, column: Column, place: Place) -> NDArray[np.float32]:
    """A number column, null as NaN. Raises DataError on NaN, infinity, or what the column's rule forbids."""
    result: NDArray[np.float32] = pc.cast(values, pa.float32(), safe=False).to_numpy(zero_copy_only=False)
    is_null = _is_null(values)
    bad = ~np.isfinite(result) & ~is_null
    rule = _RULES.get(column.name)
    if rule is not None:
        bad |= rule(result, is_null)
    _refuse(bad, values, column, place)
    return result


Mask = NDArray[np.bool_]

_RULES: dict[str, Callable[[NDArray[np.float32], Mask], Mask]] = {
    "sales": lambda values, is_null: values < 0,
    "price": lambda values, is_null: values <= 0,
    "promo": lambda values, is_null: is_null | ((values != 0) & (values != 1)),
}


def _is_null(values: pa.Array) -> Mask:
    if not values.null_count:
        return np.zeros(len(values), dtype=np.bool_)
    result: Mask = pc.is_null(values).to_numpy(zero_copy_only=False)
    return result


def _refuse(bad: Mask, values: pa.Array, column: Column, place: Place) -> None:
    if bad.any():
        first = int(np.argmax(bad))
        raise DataError(bad_value(place(first), column, values[first].as_py()))
