"""Turns a request into windows: the trained series' arrays, moved to each row's origin and overlaid with its values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from training.artifact.request import ForecastRequest, Points
from training.artifact.series import SeriesTable
from training.features import HISTORY_DAYS, FeatureSpec, PriorTable, Seasonality, Window, cells_of, codes_of
from training.features.spec import STATIC_COLUMNS
from training.features.window import Matrix

MOST_FRESH_DAYS = 366
"""Days after training that fresh history may reach; a model older than that should be trained again."""

_NAN = np.float32(np.nan)


@dataclass(frozen=True)
class RequestWindows:
    """The rows of one request on a calendar that reaches to the latest fresh history."""

    request: ForecastRequest
    table: SeriesTable
    spec: FeatureSpec
    origin: np.datetime64
    """The artifact's."""

    def __iter__(self) -> Iterator[tuple[NDArray[np.intp], Window]]:
        """(rows of the request, their window), one pair for each origin."""
        shift = self._shift()
        columns = self._columns(shift)
        for days in np.unique(shift):
            rows = np.flatnonzero(shift == days)
            yield rows, columns.window(rows, int(days), self.origin + days)

    @property
    def _vocabulary(self) -> tuple[int, int]:
        """Stores and departments that training had."""
        return len(self.spec.statics["store_id"]), len(self.spec.statics["dept_id"])

    @cached_property
    def rows(self) -> NDArray[np.intp]:
        """(n,) row of each requested series in the table, -1 when training had it not."""
        index = self.table.index
        keys = zip(self.request.store_ids, self.request.item_ids, strict=True)
        return np.array([index.get(key, -1) for key in keys], np.intp)

    def _shift(self) -> NDArray[np.intp]:
        """(n,) days from the artifact's origin to each row's own."""
        shift = np.zeros(len(self.request.store_ids), np.intp)
        history = self.request.history
        if history is not None:
            after = (history.date - self.origin).astype(np.intp) + 1
            np.maximum.at(shift, history.row, after)
        return shift

    def _columns(self, shift: NDArray[np.intp]) -> _Columns:
        request, table, rows = self.request, self.table, self.rows
        days = self.spec.window_days + int(shift.max(initial=0))
        trained = rows >= 0
        codes = self._codes(rows)
        sales, age = self._sales(rows, shift, days)
        priors = PriorTable(table.prior_table).lookup(codes["store_id"], codes["dept_id"])
        return _Columns(
            sales=sales,
            price=self._overlaid(table.price, rows, days, request.price) if self.spec.has_price else None,
            promo=self._overlaid(table.promo, rows, days, request.promo) if self.spec.has_promo else None,
            known={
                name: self._overlaid(table.known[place], rows, days, request.known.get(name))
                for place, name in enumerate(self.spec.known)
            },
            events=self._events(rows, codes["store_id"], days),
            codes=codes,
            age=age,
            prior=np.where(trained, table.prior[rows], priors),
            seasonality=table.seasonality,
            cell=cells_of(codes["store_id"], codes["dept_id"], *self._vocabulary),
            horizon=self.spec.horizon,
        )

    def _sales(self, rows: NDArray[np.intp], shift: NDArray[np.intp], days: int) -> tuple[Matrix, Matrix]:
        """(n, days) sales with days without a sale as 0 from the start of each life on, and (n,) age at the origin."""
        sales = self._overlaid(self.table.sales, rows, days, self.request.history)
        age = np.where(rows >= 0, self.table.age[rows], np.float32(0))
        day = np.arange(days)
        seen = ~np.isnan(sales)
        first_seen = np.where(seen.any(axis=1), seen.argmax(axis=1), days)
        start = np.where(age > 0, HISTORY_DAYS - age, first_seen)
        end = HISTORY_DAYS + shift
        alive = (day >= start[:, None]) & (day < end[:, None])
        sales[alive & ~seen] = 0
        return sales, np.maximum(end - start, 0).astype(np.float32)

    def _codes(self, rows: NDArray[np.intp]) -> dict[str, Matrix]:
        """Each static column -> (n,) code: the trained one, or what the request says of a new item."""
        request = self.request
        said = {**request.statics, "store_id": request.store_ids}
        unknown = np.full(len(rows), _NAN)
        codes = {}
        for place, name in enumerate(STATIC_COLUMNS):
            new = codes_of(said[name], self.spec.statics[name]) if name in said else unknown
            codes[name] = np.where(rows >= 0, self.table.codes[place][rows], new)
        return codes

    def _events(self, rows: NDArray[np.intp], stores: Matrix, days: int) -> NDArray[np.int16]:
        """(n, days) event codes of each row's own calendar."""
        table = self.table
        calendars = np.vstack([table.events, table.common_events])
        place = np.where(np.isnan(stores), len(table.events), stores).astype(np.intp)
        events = np.zeros((len(rows), days), np.int16)
        events[:, : calendars.shape[1]] = calendars[place]
        self._overlay(events, self.request.event)
        return events

    def _overlaid(self, values: Matrix, rows: NDArray[np.intp], days: int, points: Points | None) -> Matrix:
        """(n, days) the table's values of each row with the request's on top; NaN where neither has one."""
        out = np.full((len(rows), days), _NAN)
        trained = np.flatnonzero(rows >= 0)
        out[trained, : values.shape[1]] = values[rows[trained]]
        self._overlay(out, points)
        return out

    def _overlay(self, out: Matrix | NDArray[np.int16], points: Points | None) -> None:
        """Set single days; those outside the calendar have no influence on any feature and are left out."""
        if points is None:
            return
        column = (points.date - self.origin).astype(np.intp) + HISTORY_DAYS
        inside = (column >= 0) & (column < out.shape[1])
        out[points.row[inside], column[inside]] = points.value[inside]


@dataclass(frozen=True, slots=True)
class _Columns:
    """A window whose calendar is longer than one: it holds a window for each origin."""

    sales: Matrix
    price: Matrix | None
    promo: Matrix | None
    known: dict[str, Matrix]
    events: NDArray[np.int16]
    codes: dict[str, Matrix]
    age: Matrix
    prior: Matrix
    seasonality: Seasonality
    cell: NDArray[np.intp]
    horizon: int

    def window(self, rows: NDArray[np.intp], shift: int, origin: np.datetime64) -> Window:
        """The window of some rows at the origin ``shift`` days after the artifact's."""
        whole = slice(shift, shift + HISTORY_DAYS + self.horizon)
        return Window(
            origin=origin,
            sales=self.sales[rows, shift : shift + HISTORY_DAYS],
            price=None if self.price is None else self.price[rows, whole],
            promo=None if self.promo is None else self.promo[rows, whole],
            known={name: values[rows, whole] for name, values in self.known.items()},
            events=self.events[rows, whole],
            calendar_index=np.arange(len(rows), dtype=np.int32),
            codes={name: values[rows] for name, values in self.codes.items()},
            age=self.age[rows],
            prior=self.prior[rows],
            seasonality=self.seasonality,
            cell=self.cell[rows],
        )
