"""What the sales of a series mean day by day: not yet on sale, known, missing, or to be forecast."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.data.axes import Axes
from training.data.errors import DataError
from training.data.matrices import Matrices
from training.data.rows import RowMap
from training.panel import Matrix


@dataclass(frozen=True, slots=True)
class History:
    """Sales and prices completed inside each series' life."""

    origin: int
    sales: Matrix
    price: Matrix | None
    on_sale: NDArray[np.bool_]
    warnings: tuple[str, ...]


def complete_history(axes: Axes, matrices: Matrices, rows: RowMap) -> History:
    """Finds the forecast origin and each life, and counts missing days as no sale.

    Raises:
        DataError: no sale is known, or a row has no sale on a day of known history.
    """
    sales = matrices.numbers["sales"]
    price = matrices.numbers.get("price")
    origin = _origin(sales)
    on_sale = np.logical_or.accumulate(_on_sale_today(sales, price), axis=1)
    known = on_sale[:, :origin]
    _check_no_gap_in_sales(axes, matrices, known, rows)
    missing = known & (matrices.row[:, :origin] < 0)
    completed = np.full_like(sales, np.nan)
    completed[:, :origin] = np.where(known, np.nan_to_num(sales[:, :origin]), np.nan)
    return History(
        origin=origin,
        sales=completed,
        price=None if price is None else _carry_over_missing(price, missing, matrices.row[:, :origin]),
        on_sale=on_sale,
        warnings=_warnings(missing),
    )


def _origin(sales: Matrix) -> int:
    days = np.flatnonzero((~np.isnan(sales)).any(axis=0))
    if not days.size:
        raise DataError("column 'sales' is null in every row; expected known sales up to the day before the forecast")
    return int(days[-1]) + 1


def _on_sale_today(sales: Matrix, price: Matrix | None) -> NDArray[np.bool_]:
    sold = sales > 0
    return sold if price is None else sold | ~np.isnan(price)


def _check_no_gap_in_sales(axes: Axes, matrices: Matrices, known: NDArray[np.bool_], rows: RowMap) -> None:
    origin = known.shape[1]
    unknown = known & (matrices.row[:, :origin] >= 0) & np.isnan(matrices.numbers["sales"][:, :origin])
    if unknown.any():
        series, day = (int(index[0]) for index in np.nonzero(unknown))
        last = np.datetime64(axes.first_day + origin - 1, "D")
        raise DataError(
            f"{rows.place(int(matrices.row[series, day]))}, column 'sales': null within known history; "
            f"expected a number >= 0 (0 = nothing sold) up to the last known sale, {last}"
        )


def _carry_over_missing(price: Matrix, missing: NDArray[np.bool_], row: NDArray[np.integer]) -> Matrix:
    """Gives a missing day between two rows of a series the price before it.

    Files that leave out days without a sale say nothing of the price on them, and an unknown price would read
    as "not on sale". After the last row nothing is carried: the series may have been discontinued.
    """
    has_later_row = np.logical_or.accumulate((row >= 0)[:, ::-1], axis=1)[:, ::-1]
    gaps = missing & has_later_row
    if not gaps.any():
        return price
    days = np.arange(gaps.shape[1], dtype=np.int32)
    source = np.maximum.accumulate(np.where(gaps, 0, days), axis=1)
    result = price.copy()
    result[:, : gaps.shape[1]] = np.take_along_axis(price[:, : gaps.shape[1]], source, axis=1)
    return result


def _warnings(missing: NDArray[np.bool_]) -> tuple[str, ...]:
    count = int(missing.sum())
    if not count:
        return ()
    days, series = f"{count:,} missing day{'s'[: count > 1]}", int(missing.any(axis=1).sum())
    return (f"{days} in {series:,} series counted as no sale",)
