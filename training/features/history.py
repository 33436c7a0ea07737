"""What series sold before the origin, summed up in the ways that several feature groups share."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.features.spec import HISTORY_DAYS
from training.features.window import Matrix, Window

SPANS = (364, 182, 91, 56, 28, 14, 7)
"""Days of the rolling windows that end the day before the origin, longest first."""

_STARTS = np.array([0, *(HISTORY_DAYS - span for span in SPANS)])

_NAN = np.float32(np.nan)


class Sums(NamedTuple):
    """(spans, m) each."""

    units: Matrix
    days: Matrix
    """Observations."""
    squares: Matrix
    """Of the units of a day."""
    sale_days: Matrix


class History:
    """The days before a window's origin, of m series."""

    def __init__(self, window: Window) -> None:
        self.window = window

    @cached_property
    def sold(self) -> NDArray[np.bool_]:
        """(m, L) whether there was a sale."""
        return self.window.sales > 0

    @cached_property
    def _days(self) -> Matrix:
        """(4, m, L) units sold, 0 where nothing was observed; 1 where something was; squared units; 1 for a sale."""
        sales = self.window.sales
        observed = ~np.isnan(sales)
        days = np.empty((4, *observed.shape), np.float32)
        days[0] = np.where(observed, sales, np.float32(0))
        days[1] = observed
        np.multiply(days[0], days[0], out=days[2])
        days[3] = self.sold
        return days

    @property
    def units_and_observed(self) -> Matrix:
        """(2, m, L) units sold, 0 where nothing was observed; and 1 where something was."""
        return self._days[:2]

    @cached_property
    def sums(self) -> Sums:
        """Of the last days."""
        # One pass over disjoint pieces, then added up.
        pieces = np.add.reduceat(self._days, _STARTS, axis=2)[:, :, :0:-1]
        return Sums(*pieces.cumsum(axis=2).transpose(0, 2, 1)[:, ::-1])

    @cached_property
    def means(self) -> Matrix:
        """(spans, m) means of the last days, NaN without history."""
        return ratio(self.sums.units, self.sums.days)

    def by_weekday(self, weeks: int) -> Matrix:
        """(2, m, 7) units and observations of each weekday in the last weeks, from the origin's weekday on."""
        days = self.units_and_observed
        sums: Matrix = days.reshape(*days.shape[:2], -1, 7)[:, :, -weeks:].sum(axis=2)
        return sums


def ratio(numerator: Matrix, denominator: Matrix) -> Matrix:
    """Elementwise quotient; NaN where the denominator is 0 or NaN. Divides by 0 first, so silence that warning."""
    quotient: Matrix = np.where(denominator > 0, numerator / denominator, _NAN)
    return quotient
