"""Intermediate results that several feature groups share, for one block of series."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from training.features.spec import HISTORY_DAYS
from training.features.window import Matrix, Window

SPANS = (364, 182, 91, 56, 28, 14, 7)
"""Days of the rolling windows that end the day before the origin, longest first."""

_STARTS = np.array([0, *(HISTORY_DAYS - span for span in SPANS)])


class Block:
    """A window of m series and the steps asked of each: (m, k) integers from 1 to the horizon."""

    def __init__(self, window: Window, steps: NDArray[np.int32]) -> None:
        self.window = window
        self.steps = steps
        self.target: NDArray[np.intp] = HISTORY_DAYS - 1 + steps.astype(np.intp)
        """(m, k) column of each step's day in the window's matrices."""
        self.weekday: NDArray[np.intp] = (steps.astype(np.intp) - 1) % 7
        """(m, k) position of the target's weekday in a week that starts on the origin's weekday."""

    @cached_property
    def day_of_week(self) -> NDArray[np.intp]:
        """(m, k) weekday of each target, 0 = Monday; 1970-01-01 was a Thursday."""
        first = (int(self.window.origin.astype(np.int64)) + 3) % 7
        days: NDArray[np.intp] = (first + self.weekday) % 7
        return days

    @cached_property
    def observed(self) -> NDArray[np.bool_]:
        return ~np.isnan(self.window.sales)

    @cached_property
    def units(self) -> Matrix:
        """(m, L) sales with 0 where nothing was observed."""
        return np.where(self.observed, self.window.sales, np.float32(0))

    @cached_property
    def totals(self) -> dict[int, Matrix]:
        return _tail_sums(self.units)

    @cached_property
    def squares(self) -> dict[int, Matrix]:
        return _tail_sums(self.units * self.units)

    @cached_property
    def counts(self) -> dict[int, Matrix]:
        return _tail_sums(self.observed)

    @cached_property
    def sale_days(self) -> dict[int, Matrix]:
        """Days with a sale among the last days."""
        return _tail_sums(self.units > 0)

    def mean(self, span: int) -> Matrix:
        """(m, 1) mean of the last ``span`` days, NaN without history."""
        return ratio(self.totals[span], self.counts[span])

    @cached_property
    def weeks(self) -> tuple[Matrix, NDArray[np.bool_]]:
        """Units and observed as (m, weeks, 7), the last axis starting on the origin's weekday."""
        shape = (len(self.units), -1, 7)
        return self.units.reshape(shape), self.observed.reshape(shape)

    def same_weekday(self, per_weekday: Matrix) -> Matrix:
        """(m, k) the value of each target's weekday from an (m, 7) table."""
        return np.take_along_axis(per_weekday, self.weekday, axis=1)

    def at_target(self, values: Matrix) -> Matrix:
        """(m, k) the value of each target's day from an (m, L + H) matrix."""
        return np.take_along_axis(values, self.target, axis=1)


def ratio(numerator: Matrix, denominator: Matrix) -> Matrix:
    """Elementwise quotient; NaN where the denominator is 0 or NaN."""
    with np.errstate(divide="ignore", invalid="ignore"):
        quotient = numerator / denominator
    return np.where(denominator > 0, quotient, np.float32(np.nan)).astype(np.float32, copy=False)


def _tail_sums(values: NDArray[np.float32] | NDArray[np.bool_]) -> dict[int, Matrix]:
    """Sum of the last days of each row, for every span: one pass over disjoint pieces, then added up."""
    pieces = np.add.reduceat(values, _STARTS, axis=1, dtype=np.float32)[:, 1:]
    sums = pieces[:, ::-1].cumsum(axis=1, dtype=np.float32)[:, ::-1]
    return {span: sums[:, [column]] for column, span in enumerate(SPANS)}
