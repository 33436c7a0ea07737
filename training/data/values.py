"""Arrow columns -> NumPy arrays, with every cell checked against the contract, a column at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from training.data.contract import Column
from training.data.errors import DataError
from training.data.source import bad_value

Place = Callable[[int], str]
"""Index in the batch -> 'north.csv, line 4'."""


@dataclass(frozen=True, slots=True)
class Coded:
    """A text column as codes into its distinct values; -1 = null or '', which CSV cannot tell apart."""

    codes: NDArray[np.int32]
    values: list[str]


def coded(values: pa.DictionaryArray) -> Coded:
    codes: NDArray[np.int32] = pc.fill_null(values.indices, -1).to_numpy(zero_copy_only=False)
    texts = values.dictionary.to_pylist()
    empty = np.array([not text for text in texts], dtype=np.bool_)
    if empty.any():
        codes = np.where((codes >= 0) & empty[codes], np.int32(-1), codes)
    return Coded(codes, texts)


def names(values: pa.DictionaryArray, column: Column, place: Place) -> Coded:
    """A text column that is part of the key. Raises DataError on null, '' or control characters."""
    result = coded(values)
    unusable = np.array([text is not None and min(text, default=" ") < " " for text in result.values], dtype=np.bool_)
    bad = result.codes < 0
    if unusable.any():
        bad |= unusable[result.codes]
    _refuse(bad, values, column, place)
    return result


def days(values: pa.Array, column: Column, place: Place) -> NDArray[np.int32]:
    """Days since 1970-01-01. Raises DataError on null."""
    filled = pc.fill_null(values.cast(pa.int32()), 0).to_numpy(zero_copy_only=False)
    _refuse(pc.is_null(values).to_numpy(zero_copy_only=False), values, column, place)
    return np.asarray(filled, dtype=np.int32)


def numbers(values: pa.Array, column: Column, place: Place) -> NDArray[np.float32]:
    """A number column, null as NaN. Raises DataError on NaN, infinity, or what the column's rule forbids."""
    is_null = pc.is_null(values).to_numpy(zero_copy_only=False)
    exact = pc.fill_null(values, 0.0).to_numpy(zero_copy_only=False)
    with np.errstate(over="ignore"):
        result: NDArray[np.float32] = exact.astype(np.float32)
    bad = ~np.isfinite(result)
    rule = _RULES.get(column.name)
    if rule is not None:
        bad |= rule(result, is_null)
    _refuse(bad, values, column, place)
    result[is_null] = np.nan
    return result


def _refuse(bad: NDArray[np.bool_], values: pa.Array, column: Column, place: Place) -> None:
    if bad.any():
        first = int(np.argmax(bad))
        raise DataError(bad_value(place(first), column, values[first].as_py()))


def _promo_rule(values: NDArray[np.float32], is_null: NDArray[np.bool_]) -> NDArray[np.bool_]:
    bad: NDArray[np.bool_] = is_null | ((values != 0) & (values != 1))
    return bad


_RULES: dict[str, Callable[[NDArray[np.float32], NDArray[np.bool_]], NDArray[np.bool_]]] = {
    "sales": lambda values, is_null: values < 0,
    "price": lambda values, is_null: (values <= 0) & ~is_null,
    "promo": _promo_rule,
}
