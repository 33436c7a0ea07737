"""Lags and rolling means of every day of many series, in one pass and single precision.

A window's sum is that of two shorter windows, one after the other, which other spans share: means of 7 to 364 days take
eleven additions a cell, whatever their length. Unlike differences of running totals, such sums lose no decimals.
Series are taken as many at a time as the processor's cache holds.

In all results, column d is what was known in the morning of day d, before its sales; the last is the day after.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from training.features.window import Matrix

Real = TypeVar("Real", np.float32, np.float64)

_CELLS = 1 << 15
"""Days of series whose sums are in the cache together."""


def lags(values: NDArray[Real], days: Sequence[int]) -> NDArray[Real]:
    """(lags, n, t + 1) value of so many days before, 1 = yesterday, from (n, t) values; NaN before the first day."""
    n, t = values.shape
    found = np.empty((len(days), n, t + 1), values.dtype)
    for place, lag in zip(found, days, strict=True):
        place[:, :lag] = np.nan
        place[:, lag:] = values[:, : max(t + 1 - lag, 0)]
    return found


def rolling_means(sales: Matrix, spans: Sequence[int]) -> Matrix:
    """(spans, n, t + 1) mean of what was observed in the last days, from (n, t) sales with NaN = not observed, t > 0.

    Near the first day a window has as many days as there are. NaN where nothing was observed.
    """
    n, t = sales.shape
    means = np.empty((len(spans), n, t + 1), np.float32)
    means[:, :, 0] = np.nan
    reached = [min(span, t) for span in spans]
    units, days = _WindowSums(reached, t), _WindowSums(reached, t)
    with np.errstate(invalid="ignore"):
        for start in range(0, n, units.series):
            part = slice(start, start + units.series)
            observed = ~np.isnan(sales[part])
            units.take(sales[part], observed)
            # Where no day is missing, all series have the same number of days.
            days.take(observed[:1] if observed.all() else observed)
            for place, span in zip(means[:, part, 1:], reached, strict=True):
                np.divide(units.last(span), days.last(span), out=place)
    return means


class _WindowSums:
    """Sums over the last days of each day, of some series at a time; the memory is used again for the next ones."""

    def __init__(self, spans: Iterable[int], days: int) -> None:
        # A series' row begins with zeros, so that no window reaches into the row above: rows are added as one.
        self._before = max(spans, default=1) - 1
        self._width = self._before + days
        self.series = max(_CELLS // self._width, 1)
        """Most series at a time."""
        self._joins = _joins(spans)
        self._sums = {span: np.zeros(self.series * self._width, np.float32) for span in (1, *self._joins)}
        self._taken = 0

    def take(self, values: Matrix | NDArray[np.bool_], observed: NDArray[np.bool_] | bool = True) -> None:
        """Sum the (m, days) values of the next series, of which those not observed count as 0."""
        self._taken = len(values)
        single = self.last(1)
        single[:] = 0
        np.copyto(single, values, where=observed)
        end = self._taken * self._width
        for span, newer in self._joins.items():
            older = self._sums[span - newer][: end - newer]
            np.add(self._sums[newer][newer:end], older, out=self._sums[span][newer:end])

    def last(self, span: int) -> Matrix:
        """(m, days) sum over the ``span`` days that end with each day."""
        return self._sums[span].reshape(-1, self._width)[: self._taken, self._before :]


def _joins(spans: Iterable[int]) -> dict[int, int]:
    """How to sum windows: span -> the newer of its two parts; parts come before what is made of them."""
    joins: dict[int, int] = {}

    def make(span: int) -> None:
        if span == 1 or span in joins:
            return
        longest = max((made for made in joins if made < span), default=1)
        newer = longest if 2 * longest >= span else -(-span // 2)
        make(newer)
        make(span - newer)
        joins[span] = newer

    for span in sorted(spans):
        make(span)
    return joins
