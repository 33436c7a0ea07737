"""Which days are asked of a block of series, and at which grain the columns about them are computed."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from training.features.history import History
from training.features.spec import HISTORY_DAYS
from training.features.table import Grain
from training.features.window import Matrix, Window


class Block(History):
    """A window of m series and the days asked of each, k of them."""

    def __init__(self, window: Window, steps: NDArray[np.int32] | int) -> None:
        """``steps`` is (m, k), from 1 to the horizon; or a number, for every step of each series up to it."""
        super().__init__(window)
        self.first = int(window.origin.astype(np.int64))
        """Day of the origin, since 1970-01-01."""
        self._every = isinstance(steps, int)
        if isinstance(steps, int):
            self.reach = steps
            """Days of the horizon that are asked about."""
            self.day = np.empty((window.n_series, steps), np.intp)
            """(m, k) days from the origin to each target."""
            self.day[...] = np.arange(steps)
        else:
            self.reach = int(steps.max(initial=1))
            self.day = steps.astype(np.intp) - 1

    @cached_property
    def series(self) -> Grain:
        """One value a series."""
        m, k = self.day.shape
        place = np.empty((m, k), np.intp)
        place[...] = np.arange(m)[:, None]
        return Grain(m, place)

    @cached_property
    def weekday(self) -> Grain:
        """One value for each weekday of a series, from the origin's weekday on."""
        m = len(self.day)
        return Grain(7 * m, 7 * np.arange(m)[:, None] + self.day % 7)

    @cached_property
    def row(self) -> Grain:
        """One value a row."""
        return Grain(self.day.size, None)

    @cached_property
    def date(self) -> Grain:
        """One value for each of the ``reach`` days of a calendar and cell."""
        _, _, pair = self._pairs
        return Grain(len(self.calendar) * self.reach, pair[:, None] * self.reach + self.day, by_series=False)

    @property
    def calendar(self) -> NDArray[np.intp]:
        """(p,) calendar of each distinct pair of calendar and cell."""
        return self._pairs[0]

    @property
    def cell(self) -> NDArray[np.intp]:
        """(p,) cell of each pair."""
        return self._pairs[1]

    @cached_property
    def _pairs(self) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
        """Calendar and cell of each distinct pair, and (m,) the pair of each series."""
        window = self.window
        cells = len(window.seasonality.month_day)
        if window.n_series == 1:
            return window.calendar_index.astype(np.intp), window.cell, np.zeros(1, np.intp)
        pairs, pair = np.unique(window.calendar_index * cells + window.cell, return_inverse=True)
        return pairs // cells, pairs % cells, pair

    def runs(self, values: Matrix) -> tuple[Grain, NDArray[np.intp]]:
        """One value for neighbouring rows of a series that agree in (j, m, k) values; and a row of each, flat."""
        starts = np.ones(self.day.shape, np.bool_)
        np.any(values[:, :, 1:] != values[:, :, :-1], axis=0, out=starts[:, 1:])
        flat = starts.ravel()
        first = np.flatnonzero(flat)
        return Grain(len(first), (np.cumsum(flat) - 1).reshape(starts.shape)), first

    @cached_property
    def told(self) -> tuple[Grain, dict[str, Matrix]]:
        """What each series is told of its target days: the ``known_*`` columns and "promo", one value a run of days."""
        columns = dict(self.window.known)
        if self.window.promo is not None:
            columns["promo"] = np.nan_to_num(self.window.promo)
        values = np.stack([self.at_target(column) for column in columns.values()])
        grain, first = self.runs(values)
        return grain, dict(zip(columns, values.reshape(len(values), -1)[:, first], strict=True))

    @cached_property
    def week(self) -> NDArray[np.intp]:
        """(7,) days of a week from the origin's on, 0 = Monday; 1970-01-01 was a Thursday."""
        days: NDArray[np.intp] = (np.arange(7) + (self.first + 3)) % 7
        return days

    def asked(self, values: Matrix) -> Matrix:
        """(..., m, k) the asked ones of (..., m, reach) days."""
        if self._every:
            return values
        return values[..., np.arange(len(self.day))[:, None], self.day]

    def at_target(self, values: Matrix) -> Matrix:
        """(m, k) the value of each target's day from an (m, L + H) matrix."""
        return self.asked(values[:, HISTORY_DAYS : HISTORY_DAYS + self.reach])
