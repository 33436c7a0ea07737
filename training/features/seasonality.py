"""What the calendar does to sales, by store and department, as it was known on one day.

One series sells too little to tell a payday or a holiday from chance; a department of a store sells enough. The tables
hold factors: how much more than usual the department sells on a weekday, a day of the month, a flagged day, and on and
about an event. They are numbers that training made (``training.department_history``); here they are only looked up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WEEKDAY_SPANS = (8, 26)
"""Weeks that the two factors of a weekday are means of: the second is steadier, the first follows changes."""

RECENT_SPANS = (7, 14)
"""Days that tell whether a department sells more or less than in the four weeks that levels are means of."""

EVENT_REACH = 3
"""Days before and after an event that it is given an effect on."""


@dataclass(frozen=True, slots=True)
class Seasonality:
    """Factors by cell, the department of a store. 1 is a usual day.

    The c cells are (stores + 1) * (departments + 1), departments of a store side by side; the last store and the last
    department stand for all of them, which is what an unknown one is given.
    """

    weekday: NDArray[np.float32]
    """(spans, c, 7) by ``WEEKDAY_SPANS`` and weekday, Monday first; a cell's factors have mean 1."""
    month_day: NDArray[np.float32]
    """(c, 31)"""
    event: NDArray[np.float32]
    """(c, events + 1, 2 * reach + 1) by event code and days since the event + reach; NaN = not seen yet."""
    flag: NDArray[np.float32]
    """(flags, c, 2) by the flag's value."""
    recent: NDArray[np.float32]
    """(spans, c) sales of the last ``RECENT_SPANS`` days over those of the last four weeks, weekdays evened out."""

    @property
    def profile(self) -> NDArray[np.float32]:
        """(c, 7) the weekday factors that a series' own are shrunk to."""
        mean: NDArray[np.float32] = self.weekday.mean(axis=0)
        return mean


def cells_of(
    store: NDArray[np.float32], department: NDArray[np.float32], stores: int, departments: int
) -> NDArray[np.intp]:
    """(n,) row in a seasonality's tables of series with these codes, NaN = unknown."""
    row = np.where(np.isnan(store), stores, store).astype(np.intp)
    column = np.where(np.isnan(department), departments, department).astype(np.intp)
    return row * (departments + 1) + column
