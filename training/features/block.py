"""Which days are asked of a block of series, and at which grain the columns about them are computed."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from training.features.history import History
from training.features.summary import Dates, Per, Summary
from training.features.table import Grain
from training.features.told import Told
from training.features.window import Matrix, Window


class Block(History):
    """A window of m series and the days asked of each, k of them."""

    def __init__(self, window: Window, steps: NDArray[np.int32] | int) -> None:
        """``steps`` is (m, k), from 1 to the horizon; or a number, for every step of each series up to it."""
        super().__init__(window)
        self.first = int(window.origin.astype(np.int64))
        """Day of the origin, since 1970-01-01."""
        self._every = isinstance(steps, int)
        m = window.n_series
        self._series = np.arange(m)[:, None]
        if isinstance(steps, int):
            self.reach = steps
            """Days of the horizon that are asked about."""
            self.day: NDArray[np.intp] = 0 * self._series + np.arange(steps)
            """(m, k) days from the origin to each target."""
        else:
            self.reach = int(steps.max(initial=1))
            self.day = steps.astype(np.intp) - 1
        self.series = Grain(m, self._series + 0 * self.day)
        """One value a series."""
        self.weekday = Grain(7 * m, 7 * self._series + self.day % 7)
        """One value for each weekday of a series, from the origin's weekday on."""
        self.row = Grain(self.day.size, None)
        """One value a row."""
        self.summaries: dict[Summary, Matrix] = {}
        """Those that were asked for."""
        self.date = self._dates()
        """One value for each of the ``reach`` days of a calendar and cell."""
        self.week: NDArray[np.intp] = (np.arange(7) + (self.first + 3)) % 7
        """(7,) days of a week from the origin's on, 0 = Monday; 1970-01-01 was a Thursday."""

    def _dates(self) -> Grain:
        (pairs, pair), kept, reach = self._pairs, self._kept_dates, self.reach
        keys = () if kept is None else tuple((kept, place, reach) for place in pairs.tolist())
        return Grain(len(pairs) * reach, pair[:, None] * reach + self.day, reach, keys)

    @property
    def calendar(self) -> NDArray[np.intp]:
        """(p,) calendar of each distinct pair of calendar and cell."""
        return self._pairs[0] // self._cells

    @property
    def cell(self) -> NDArray[np.intp]:
        """(p,) cell of the same."""
        return self._pairs[0] % self._cells

    @cached_property
    def _pairs(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """(p,) distinct pairs, as places in the summaries of dates where there are some; and (m,) each series' own."""
        window, past = self.window, self.window.past
        number = window.calendar_index * self._cells + window.cell
        if past is not None and past.dates is not None:
            number = past.pair
        if len(number) == 1:
            return number, np.zeros(1, np.intp)
        return np.unique(number, return_inverse=True)

    @property
    def _cells(self) -> int:
        return len(self.window.seasonality.month_day)

    @property
    def _kept_dates(self) -> Dates | None:
        return None if self.window.past is None else self.window.past.dates

    def kept(self, summary: Summary) -> Matrix | None:
        """The columns of a summary that was made before; None when it was not."""
        past = self.window.past
        if past is None:
            return None
        values = self._own_dates if summary.per is Per.DATE else past.values[summary.per]
        if values is None:
            return None
        own: Matrix = values[past.places[summary.name]]
        return own[:, :, : self.reach] if summary.per is Per.DAY else own

    @cached_property
    def _own_dates(self) -> Matrix | None:
        """(f, p, reach) the summaries of the block's dates that were made before."""
        dates = self._kept_dates
        return None if dates is None else dates.values[:, self._pairs[0], : self.reach]

    def grain_of(self, per: Per) -> Grain:
        """The grain of a summary's columns."""
        grains = {Per.SERIES: self.series, Per.WEEKDAY: self.weekday, Per.DAY: self.row, Per.DATE: self.date}
        return grains[per]

    @cached_property
    def told(self) -> Told:
        """What each series is told of its target days."""
        window = self.window
        columns = dict(window.known)
        if window.promo is not None:
            columns["promo"] = np.nan_to_num(window.promo)
        if window.price is not None:
            columns["price"] = window.price
        return Told.of({name: self.at_target(column) for name, column in columns.items()})

    def asked(self, values: Matrix) -> Matrix:
        """(..., m, k) the asked ones of (..., m, reach) days."""
        if self._every:
            return values
        return values[..., self._series, self.day]

    def at_target(self, values: Matrix) -> Matrix:
        """(m, k) the value of each target's day from an (m, L + H) matrix."""
        return self.asked(self.window.ahead(values, self.reach))
