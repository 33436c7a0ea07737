"""What each store's departments sold, and the calendar factors that can be learnt from it on any day of the past.

A day is compared with what was usual: the median of the same weekday in the four weeks before. Factors are sums of
units over sums of usual units, from days before the origin only, shrunk by a few days and units to the department's
over all stores, and that to 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from training.features.calendar import day_of_month, weekday
from training.features.seasonality import EVENT_REACH, RECENT_SPANS, WEEKDAY_SPANS, Seasonality, cells_of
from training.panel import Panel
from training.running import lags

Array = NDArray[np.float64]

EFFECT_DAYS = 728
"""Days before an origin from which the factors of days of the month and of flags are learnt; events use all."""

_USUAL_WEEKS = 4
_LEVEL_DAYS = 28
_LARGEST = 4.0
"""Times the usual that a day counts for at most: a delivery booked as a sale is no payday."""
_UNITS = 50.0
"""Units of the wider group that a cell is shrunk by: small departments lean on all stores' ones."""
_MONTH_DAYS, _FLAG_DAYS, _EVENT_DAYS = 8.0, 5.0, 0.5
"""Usual days that a factor is shrunk by: a day of the month comes twice a season, a flag weekly, an event yearly."""


@dataclass(frozen=True)
class DepartmentHistory:
    """Daily sales of a panel by store and department; cells as in ``Seasonality``."""

    panel: Panel
    store: NDArray[np.float32]
    """(n,) store code of each series in the model's vocabulary, NaN = unknown."""
    department: NDArray[np.float32]
    """(n,) department code."""
    shape: tuple[int, int]
    """Stores and departments in the vocabulary."""
    events: NDArray[np.int16]
    """(panel's stores, t) event codes in the model's vocabulary."""
    n_events: int
    flags: tuple[str, ...]

    def at(self, origin: int) -> Seasonality:
        """The factors that were known on the day before an origin."""
        first = max(origin - EFFECT_DAYS, 7 * _USUAL_WEEKS)
        weekdays = np.stack([self._weekday(origin, weeks) for weeks in WEEKDAY_SPANS])
        profile = weekdays.mean(axis=0)
        return Seasonality(
            weekday=weekdays.astype(np.float32),
            recent=np.stack([self._recent(origin, days, profile) for days in RECENT_SPANS]).astype(np.float32),
            month_day=self._month_day(first, origin).astype(np.float32),
            event=self._event(origin).astype(np.float32),
            flag=np.stack([self._flag(share, first, origin) for share in self._flag_shares]).astype(np.float32)
            if self.flags
            else np.empty((0, len(self._units), 2), np.float32),
        )

    @cached_property
    def cell(self) -> NDArray[np.intp]:
        """(n,) row of each series in the tables."""
        return cells_of(self.store, self.department, *self.shape)

    def _weekday(self, origin: int, weeks: int) -> Array:
        days = np.arange(origin - 7 * min(weeks, origin // 7), origin)
        sold = np.stack([self._units[:, days[weekday(self._dates[days]) == day]].sum(axis=1) for day in range(7)], 1)
        return self._shrunk(sold, np.repeat(sold.mean(axis=1, keepdims=True), 7, axis=1), np.array(_UNITS))

    def _recent(self, origin: int, days: int, profile: Array) -> Array:
        """(c,) units of the last days over what the last four weeks let expect of those weekdays."""
        last = np.arange(max(origin - days, 0), origin)
        four_weeks = self._units[:, max(origin - _LEVEL_DAYS, 0) : origin]
        mean = four_weeks.sum(axis=1) / max(four_weeks.shape[1], 1)
        expected = mean * profile[:, weekday(self._dates[last])].sum(axis=1)
        return self._shrunk(self._units[:, last].sum(axis=1)[:, None], expected[:, None], np.array(_UNITS))[:, 0]

    def _month_day(self, first: int, origin: int) -> Array:
        days = slice(first, max(origin, first))
        of_month = np.equal.outer(day_of_month(self._dates[days]), np.arange(1, 32)).astype(np.float64)
        return self._factor(
            self._plain_units[:, days] @ of_month, self._plain_usual[:, days] @ of_month, _MONTH_DAYS, days
        )

    def _flag(self, share: Array, first: int, origin: int) -> Array:
        days = slice(first, max(origin, first))
        units, usual = self._plain_units[:, days], self._plain_usual[:, days]
        on, off = share[:, days], 1 - share[:, days]
        sold = np.stack([(units * off).sum(axis=1), (units * on).sum(axis=1)], axis=1)
        expected = np.stack([(usual * off).sum(axis=1), (usual * on).sum(axis=1)], axis=1)
        return self._factor(sold, expected, _FLAG_DAYS, days)

    def _event(self, origin: int) -> Array:
        """(c, events + 1, 2 * reach + 1); NaN where the event was not seen before the origin."""
        offsets = 2 * EVENT_REACH + 1
        sold = np.zeros((len(self._units), (self.n_events + 1) * offsets))
        expected = np.zeros_like(sold)
        for cells, day, key in self._event_days:
            before = np.searchsorted(day, origin)
            order = np.argsort(key[:before], kind="stable")
            if not len(order):
                continue
            keys, starts = np.unique(key[order], return_index=True)
            place = np.ix_(cells, keys)
            sold[place] = np.add.reduceat(self._capped[np.ix_(cells, day[order])], starts, axis=1)
            expected[place] = np.add.reduceat(self._usual[np.ix_(cells, day[order])], starts, axis=1)
        factor = self._factor(sold, expected, _EVENT_DAYS, slice(7 * _USUAL_WEEKS, max(origin, 7 * _USUAL_WEEKS)))
        return np.where(expected > 0, factor, np.nan).reshape(len(sold), self.n_events + 1, offsets)

    def _factor(self, sold: Array, expected: Array, days: float, span: slice) -> Array:
        """Units over usual units, shrunk by some usual days and units."""
        usual = self._usual[:, span]
        mean_day = usual.mean(axis=1, keepdims=True) if usual.shape[1] else np.zeros((len(usual), 1))
        return self._shrunk(sold, expected, _UNITS + days * mean_day)

    def _shrunk(self, sold: Array, expected: Array, strength: Array) -> Array:
        """Quotients that lean on those of the department over all stores, which lean on 1."""
        quotient = (strength + sold) / (strength + expected)
        all_stores = quotient[-(self.shape[1] + 1) :]
        wider = np.tile(all_stores, (self.shape[0] + 1, 1))
        factor: Array = (strength * wider + sold) / (strength + expected)
        factor[-len(all_stores) :] = all_stores
        return factor

    @cached_property
    def _dates(self) -> NDArray[np.datetime64]:
        return self.panel.dates

    @cached_property
    def _units(self) -> Array:
        """(c, t) units sold by cell and day."""
        return self._summed(self.panel.sales[:, : self.panel.origin])

    @cached_property
    def _usual(self) -> Array:
        """(c, t) units of a usual day; 0 where there is nothing to compare with."""
        first = 7 * _USUAL_WEEKS
        weeks = lags(self._units, range(7, first + 1, 7))
        usual = np.zeros_like(self._units)
        usual[:, first:] = np.median(weeks[:, :, first:-1], axis=0)
        return usual

    @cached_property
    def _capped(self) -> Array:
        """(c, t) units where there is something to compare them with."""
        return np.minimum(self._units, _LARGEST * self._usual)

    @cached_property
    def _plain(self) -> NDArray[np.bool_]:
        """(c, t) days without an event."""
        plain: NDArray[np.bool_] = self._calendars[self._calendar_of_cell, : self.panel.origin] == 0
        return plain

    @cached_property
    def _plain_units(self) -> Array:
        return self._capped * self._plain

    @cached_property
    def _plain_usual(self) -> Array:
        return self._usual * self._plain

    @cached_property
    def _flag_shares(self) -> list[Array]:
        """Each flag's (c, t) share of the cell's series that it is set for."""
        series = np.maximum(self._summed(np.ones((self.panel.n_series, 1), np.float32)), 1)
        return [self._summed(self.panel.known[name][:, : self.panel.origin]) / series for name in self.flags]

    def _summed(self, values: NDArray[np.float32]) -> Array:
        """(c, t) sums over the series of each cell, NaN as 0; the last store and department are sums of all."""
        stores, departments = self.shape
        sums = np.zeros((stores + 1, departments + 1, values.shape[1]))
        for cell in np.unique(self.cell):
            sums.reshape(-1, values.shape[1])[cell] = np.nansum(values[self.cell == cell], axis=0, dtype=np.float64)
        sums[:, -1] = sums.sum(axis=1)
        sums[-1] = sums.sum(axis=0)
        return sums.reshape(-1, values.shape[1])

    @cached_property
    def _calendars(self) -> NDArray[np.int16]:
        """(panel's stores + 1, t) event codes; the last row has those that all stores share."""
        shared = np.where((self.events == self.events[0]).all(axis=0), self.events[0], np.int16(0))
        return np.vstack([self.events, shared])

    @cached_property
    def _calendar_of_cell(self) -> NDArray[np.intp]:
        """(c,) row of ``_calendars`` of each cell."""
        calendar = np.full(self.shape[0] + 1, len(self.events), np.intp)
        known = ~np.isnan(self.store)
        calendar[self.store[known].astype(np.intp)] = self.panel.store_index[known]
        return np.repeat(calendar, self.shape[1] + 1)

    @cached_property
    def _event_days(self) -> list[tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]]:
        """For each different calendar: its cells, and the ascending days on and about events with their keys.

        A key is the event's code * (2 * reach + 1) + days since the event + reach.
        """
        distinct, which = np.unique(self._calendars[:, : self.panel.origin], axis=0, return_inverse=True)
        found = []
        for place, calendar in enumerate(distinct):
            on = np.flatnonzero(calendar)
            since = np.arange(-EVENT_REACH, EVENT_REACH + 1)
            day = (on[:, None] + since).ravel()
            key = (calendar[on].astype(np.intp)[:, None] * len(since) + since + EVENT_REACH).ravel()
            inside = (day >= 7 * _USUAL_WEEKS) & (day < self.panel.origin)
            order = np.argsort(day[inside], kind="stable")
            cells = np.flatnonzero(which[self._calendar_of_cell] == place)
            found.append((cells, day[inside][order], key[inside][order]))
        return found
