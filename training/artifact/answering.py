"""Turns a request into windows: the trained series' arrays, moved to each row's origin and overlaid with its values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from training.artifact.as_trained import AsTrained, Rows
from training.artifact.overlay import overlay
from training.artifact.request import ForecastRequest, Points
from training.artifact.series import DEPARTMENT, STORE, SeriesTable
from training.artifact.state import State
from training.features import HISTORY_DAYS, FeatureSpec, PriorTable, Seasonality, Window, codes_of
from training.features.spec import STATIC_COLUMNS
from training.features.window import Matrix

MOST_FRESH_DAYS = 366
"""Days after training that fresh history may reach; a model older than that should be trained again."""

_NAN = np.float32(np.nan)
_EVERY = slice(None)


@dataclass(frozen=True)
class RequestWindows:
    """The rows of one request on a calendar that reaches to the latest fresh history."""

    request: ForecastRequest
    table: SeriesTable
    spec: FeatureSpec
    origin: np.datetime64
    """The artifact's."""
    state: State | None = None
    """What was made of the trained series' past; without it, their features are computed in every request."""

    def __iter__(self) -> Iterator[tuple[Rows, Window]]:
        """(rows of the request, their window): one pair for the rows as trained, one for each origin of the others."""
        if self.state is None:
            yield from self._told(np.arange(len(self.rows)))
            return
        as_trained = AsTrained(self.table, self.state, self.spec, self.origin)
        same = as_trained.answers(self.request, self.rows)
        if same.all():
            yield _EVERY, as_trained.window(self.request, _EVERY, self.rows)
            return
        if same.any():
            chosen = np.flatnonzero(same)
            yield chosen, as_trained.window(self.request, chosen, self.rows[chosen])
        yield from self._told(np.flatnonzero(~same))

    def _told(self, chosen: NDArray[np.intp]) -> Iterator[tuple[Rows, Window]]:
        """Some rows with all their history, by origin."""
        shift = self._shift[chosen]
        columns = self._columns()
        if len(chosen) == len(self.rows) and (shift == shift[0]).all():
            yield _EVERY, columns.window(_EVERY, int(shift[0]), self.origin + shift[0])
            return
        for days in np.unique(shift):
            rows = chosen[shift == days]
            yield rows, columns.window(rows, int(days), self.origin + days)

    @cached_property
    def rows(self) -> NDArray[np.intp]:
        """(n,) row of each requested series in the table, -1 when training had it not."""
        index = self.table.index
        keys = zip(self.request.store_ids, self.request.item_ids, strict=True)
        return np.array([index.get(key, -1) for key in keys], np.intp)

    @cached_property
    def _new(self) -> NDArray[np.intp]:
        """Rows of the request that training had not. The table's last row stands for them until they are filled in."""
        return np.flatnonzero(self.rows < 0)

    @cached_property
    def _shift(self) -> NDArray[np.intp]:
        """(n,) days from the artifact's origin to each row's own."""
        shift = np.zeros(len(self.request.store_ids), np.intp)
        history = self.request.history
        if history is not None:
            np.maximum.at(shift, history.row, (history.date - self.origin).astype(np.intp) + 1)
        return shift

    @cached_property
    def _days(self) -> int:
        """Days from the first of the table's to the last that any row's window has."""
        return self.spec.window_days + int(self._shift.max(initial=0))

    def _columns(self) -> _Columns:
        request, table, spec = self.request, self.table, self.spec
        sales, age = self._sales()
        codes = self._codes()
        prior, cell, calendar = self._place(codes)
        events, calendar_index = self._events(calendar)
        return _Columns(
            sales=sales,
            price=self._overlaid(table.price[self.rows], request.price) if spec.has_price else None,
            promo=self._overlaid(table.promo[self.rows], request.promo) if spec.has_promo else None,
            known={
                name: self._overlaid(table.known[place, self.rows], request.known.get(name))
                for place, name in enumerate(spec.known)
            },
            events=events,
            calendar_index=calendar_index,
            codes=codes,
            age=age,
            prior=prior,
            seasonality=table.seasonality,
            cell=cell,
            horizon=spec.horizon,
        )

    def _sales(self) -> tuple[Matrix, Matrix]:
        """(n, days) sales with days without a sale as 0 from the start of each life on, and (n,) age at the origin."""
        age = self.table.age[self.rows]
        age[self._new] = 0
        if self.request.history is None:
            return self._overlaid(self.table.sales[self.rows], None, HISTORY_DAYS), age
        end = HISTORY_DAYS + self._shift
        days = int(end.max())
        sales = self._overlaid(self.table.sales[self.rows], self.request.history, days)
        day = np.arange(days)
        seen = ~np.isnan(sales)
        first_seen = np.where(seen.any(axis=1), seen.argmax(axis=1), days)
        start = np.where(age > 0, HISTORY_DAYS - age, first_seen)
        alive = (day >= start[:, None]) & (day < end[:, None])
        sales[alive & ~seen] = 0
        return sales, np.maximum(end - start, 0).astype(np.float32)

    def _codes(self) -> Matrix:
        """(static columns, n) codes: the trained ones, or what the request says of a new item."""
        codes = self.table.codes[:, self.rows]
        if len(self._new):
            said = {**self.request.statics, "store_id": self.request.store_ids}
            for place, name in enumerate(STATIC_COLUMNS):
                values = said.get(name)
                told = [values[row] for row in self._new] if values else [""] * len(self._new)
                codes[place, self._new] = codes_of(told, self.spec.statics[name])
        return codes

    def _place(self, codes: Matrix) -> tuple[Matrix, NDArray[np.intp], NDArray[np.intp]]:
        """(n,) prior, cell and calendar."""
        table, rows, new = self.table, self.rows, self._new
        prior, cell, calendar = table.prior[rows], table.cell[rows], table.calendar[rows]
        if len(new):
            store, department = codes[STORE, new], codes[DEPARTMENT, new]
            prior[new] = PriorTable(table.prior_table).lookup(store, department)
            cell[new] = table.cells_of(store, department)
            calendar[new] = table.calendars_of(store)
        return prior, cell, calendar

    def _events(self, calendar: NDArray[np.intp]) -> tuple[NDArray[np.int16], NDArray[np.intp]]:
        """(calendars, days) event codes and (n,) the calendar of each row: its own where the request changes it."""
        points = self.request.event
        trained = self.table.calendars
        changed, own = (calendar[:0], calendar[:0]) if points is None else np.unique(points.row, return_inverse=True)
        events = np.zeros((len(trained) + len(changed), self._days), np.int16)
        events[: len(trained), : trained.shape[1]] = trained
        if points is not None:
            events[len(trained) :] = events[calendar[changed]]
            overlay(events, replace(points, row=len(trained) + own), self._first)
            calendar[changed] = np.arange(len(trained), len(events))
        return events, calendar

    @property
    def _first(self) -> np.datetime64:
        """First day of the calendar."""
        return self.origin - HISTORY_DAYS

    def _overlaid(self, out: Matrix, points: Points | None, days: int | None = None) -> Matrix:
        """(n, days) the table's values of each row with the request's on top; NaN where neither has one."""
        days = self._days if days is None else days
        if days > out.shape[1]:
            trained, out = out, np.full((len(out), days), _NAN)
            out[:, : trained.shape[1]] = trained
        out[self._new] = _NAN
        overlay(out, points, self._first)
        return out


@dataclass(frozen=True, slots=True)
class _Columns:
    """A window whose calendar is longer than one: it holds a window for each origin."""

    sales: Matrix
    price: Matrix | None
    promo: Matrix | None
    known: dict[str, Matrix]
    events: NDArray[np.int16]
    calendar_index: NDArray[np.intp]
    codes: Matrix
    age: Matrix
    prior: Matrix
    seasonality: Seasonality
    cell: NDArray[np.intp]
    horizon: int

    def window(self, rows: NDArray[np.intp] | slice, shift: int, origin: np.datetime64) -> Window:
        """The window of some rows at the origin ``shift`` days after the artifact's."""
        whole = slice(shift, shift + HISTORY_DAYS + self.horizon)
        return Window(
            origin=origin,
            sales=self.sales[rows, shift : shift + HISTORY_DAYS],
            price=None if self.price is None else self.price[rows, whole],
            promo=None if self.promo is None else self.promo[rows, whole],
            known={name: values[rows, whole] for name, values in self.known.items()},
            events=self.events[:, whole],
            calendar_index=self.calendar_index[rows],
            codes={name: values[rows] for name, values in zip(STATIC_COLUMNS, self.codes, strict=True)},
            age=self.age[rows],
            prior=self.prior[rows],
            seasonality=self.seasonality,
            cell=self.cell[rows],
        )
