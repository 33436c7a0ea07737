"""Which days are asked of a block of series, and at which grain the columns about them are computed."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from training.features.history import History
from training.features.summary import Past, Per, Summary
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
        past, reach = self.window.past, self.reach
        if past is None:
            keys: tuple[Hashable, ...] = ()
            pairs, pair = len(self.cell), self._calendars_and_cells[2]
        else:
            own, pair = self._own_pairs
            pairs, keys = len(own), tuple((past.dates, place, reach) for place in own.tolist())
        return Grain(pairs * reach, pair[:, None] * reach + self.day, reach, keys)

    @property
    def calendar(self) -> NDArray[np.intp]:
        """(p,) calendar of each distinct pair of calendar and cell."""
        return self._calendars_and_cells[0]

    @property
    def cell(self) -> NDArray[np.intp]:
        """(p,) cell of the same."""
        return self._calendars_and_cells[1]

    @cached_property
    def _own_pairs(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """(p,) place of each distinct pair in the summaries of dates, and (m,) the pair of each series."""
        past = self.window.past
        if past is None:
            raise ValueError("a window with its history has no summaries of dates")
        if len(past.pair) == 1:
            return past.pair, np.zeros(1, np.intp)
        return np.unique(past.pair, return_inverse=True)

    @cached_property
    def _calendars_and_cells(self) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
        """Calendar and cell of each distinct pair, and (m,) the pair of each series."""
        window = self.window
        cells = len(window.seasonality.month_day)
        if window.n_series == 1:
            return window.calendar_index.astype(np.intp), window.cell, np.zeros(1, np.intp)
        pairs, pair = np.unique(window.calendar_index * cells + window.cell, return_inverse=True)
        return pairs // cells, pairs % cells, pair

    def kept(self, summary: Summary, past: Past) -> Matrix:
        """The columns of a summary that was made before."""
        place = past.places[summary.name]
        if summary.per is Per.DATE:
            return past.dates.values[place, self._own_pairs[0], : self.reach]
        values = past.values[summary.per][place]
        return values[:, :, : self.reach] if summary.per is Per.DAY else values

    def grain_of(self, per: Per) -> Grain:
        """The grain of a summary's columns."""
        grains = {Per.SERIES: self.series, Per.WEEKDAY: self.weekday, Per.DAY: self.row, Per.DATE: self.date}
        return grains[per]

    def runs(self, values: Matrix) -> tuple[Grain, NDArray[np.intp]]:
        """One value for neighbouring rows of a series that agree in (j, m, k) values; and a row of each, flat."""
        starts = np.ones(self.day.shape, np.bool_)
        np.logical_or.reduce(values[:, :, 1:] != values[:, :, :-1], axis=0, out=starts[:, 1:])
        (first,) = starts.ravel().nonzero()
        return Grain(len(first), starts.cumsum().reshape(starts.shape) - 1), first

    @cached_property
    def told(self) -> tuple[Grain, dict[str, Matrix]]:
        """What each series is told of its target days: the ``known_*`` columns and "promo", one value a run of days."""
        columns = dict(self.window.known)
        if self.window.promo is not None:
            columns["promo"] = np.nan_to_num(self.window.promo)
        values = np.array([self.at_target(column) for column in columns.values()])
        grain, first = self.runs(values)
        return grain, dict(zip(columns, values.reshape(len(values), -1)[:, first], strict=True))

    def asked(self, values: Matrix) -> Matrix:
        """(..., m, k) the asked ones of (..., m, reach) days."""
        if self._every:
            return values
        return values[..., self._series, self.day]

    def at_target(self, values: Matrix) -> Matrix:
        """(m, k) the value of each target's day from an (m, L + H) matrix."""
        return self.asked(self.window.ahead(values, self.reach))
