"""What the sales of a series mean day by day: not yet on sale, known, missing, or to be forecast.

Works in place on a few series at a time: the matrices are most of the memory of a job.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.data.errors import DataError
from training.panel import Matrix

BLOCK_CELLS = 1 << 18
"""Cells of the series that are worked on at once: what the processor's cache holds."""

Place = Callable[[int, int], str]
"""(series, day) -> where its row is: 'north.csv, line 4'."""


@dataclass(frozen=True, slots=True)
class History:
    """Where the forecast begins, (n, t) the days inside each series' life, and what was assumed, in words."""

    origin: int
    on_sale: NDArray[np.bool_]
    warnings: tuple[str, ...]


def complete_history(
    sales: Matrix, price: Matrix | None, filled: NDArray[np.bool_], place: Place, first_day: np.datetime64
) -> History:
    """Finds the forecast origin and each life; completes ``sales`` and ``price`` (n, t) in place inside it.

    ``filled`` says which cells have a row. Sales become NaN outside history and life, and 0 on a missing day.

    Raises:
        DataError: no sale is known, or a row has no sale on a day of known history.
    """
    origin = _origin(sales)
    on_sale = np.empty(sales.shape, dtype=np.bool_)
    missing = np.zeros(len(sales), dtype=np.int64)
    for block in _blocks(sales.shape):
        prices = None if price is None else price[block]
        on_sale[block] = life = _life(sales[block], prices)
        known, rows = life[:, :origin], filled[block, :origin]
        gap = _gap(sales[block, :origin], known & rows)
        if gap:
            raise DataError(_null_sales(place(gap[0] + block.start, gap[1]), first_day + origin - 1))
        absent = known & ~rows
        missing[block] = absent.sum(axis=1)
        if prices is not None:
            _carry_over_missing(prices[:, :origin], absent, rows)
        _complete(sales[block], known, absent)
    return History(origin, on_sale, _warnings(missing, on_sale))


def _blocks(shape: tuple[int, ...]) -> Iterator[slice]:
    series, days = shape
    step = max(BLOCK_CELLS // max(days, 1), 1)
    yield from (slice(begin, min(begin + step, series)) for begin in range(0, series, step))


def _origin(sales: Matrix) -> int:
    is_known = np.zeros(sales.shape[1], dtype=np.bool_)
    for block in _blocks(sales.shape):
        is_known |= (~np.isnan(sales[block])).any(axis=0)
    if not is_known.any():
        raise DataError("column 'sales' is null in every row; expected known sales up to the day before the forecast")
    return int(np.flatnonzero(is_known)[-1]) + 1


def _life(sales: Matrix, price: Matrix | None) -> NDArray[np.bool_]:
    begun = sales > 0
    if price is not None:
        begun |= ~np.isnan(price)
    return np.logical_or.accumulate(begun, axis=1, out=begun)


def _gap(sales: Matrix, expected: NDArray[np.bool_]) -> tuple[int, int] | None:
    """The first (series, day) whose row is expected to know its sales and does not."""
    unknown = np.flatnonzero(expected & np.isnan(sales))
    return divmod(int(unknown[0]), sales.shape[1]) if unknown.size else None


def _null_sales(place: str, last_day: np.datetime64) -> str:
    return (
        f"{place}, column 'sales': null within known history; "
        f"expected a number >= 0 (0 = nothing sold) up to the last known sale, {last_day}"
    )


def _carry_over_missing(price: Matrix, missing: NDArray[np.bool_], rows: NDArray[np.bool_]) -> None:
    """Gives a missing day between two rows of a series the price before it.

    Files that leave out days without a sale say nothing of the price on them, and an unknown price would read
    as "not on sale". After the last row nothing is carried: the series may have been discontinued.
    """
    has_later_row = np.logical_or.accumulate(rows[:, ::-1], axis=1)[:, ::-1]
    gaps = missing & has_later_row
    if gaps.any():
        days = np.arange(gaps.shape[1], dtype=np.int32)
        source = np.maximum.accumulate(np.where(gaps, 0, days), axis=1)
        price[:] = np.take_along_axis(price, source, axis=1)


def _complete(sales: Matrix, known: NDArray[np.bool_], missing: NDArray[np.bool_]) -> None:
    origin = known.shape[1]
    sales[:, :origin][missing] = 0
    sales[:, :origin][~known] = np.nan
    sales[:, origin:] = np.nan


def _warnings(missing: NDArray[np.int64], on_sale: NDArray[np.bool_]) -> tuple[str, ...]:
    lifeless = int(np.count_nonzero(~on_sale.any(axis=1)))
    said = []
    if missing.any():
        count, series = int(missing.sum()), int(np.count_nonzero(missing))
        said.append(f"{count:,} missing day{'s'[: count > 1]} in {series:,} series counted as no sale")
    if lifeless:
        said.append(f"{lifeless:,} series without a sale or a price: on sale on no day")
    return tuple(said)
