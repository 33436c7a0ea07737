"""The series a model was trained on: their last days, what is known of their future, and how to find them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.artifact.compact import Compact
from training.features import HISTORY_DAYS, PriorTable, Seasonality, Window, cells_of
from training.features.seasonality import EVENT_REACH, RECENT_SPANS, WEEKDAY_SPANS
from training.features.spec import STATIC_COLUMNS, FeatureSpec
from training.features.window import Matrix

STORE, DEPARTMENT = STATIC_COLUMNS.index("store_id"), STATIC_COLUMNS.index("dept_id")
"""Rows of ``SeriesTable.codes``."""

_COMPACT = ("sales", "price", "promo", "known")
_VALUES = "_values"
"""Ends the name of the file with the distinct values of a compact matrix, which older models have not."""


class Ahead(NamedTuple):
    """Each is (n, H), or (n, 0) when the model knows none; ``known`` is (known columns, n, H)."""

    price: Compact
    promo: Compact
    known: Compact


@dataclass(frozen=True)
class SeriesTable:
    """Arrays of all n trained series at the model's origin; each field is one file of the artifact, or two.

    ``L + H`` columns are the history a feature can look back on and the horizon, as in ``Window``.
    """

    store_ids: NDArray[np.str_]
    item_ids: NDArray[np.str_]
    sales: Compact
    """(n, L)"""
    price: Compact
    """(n, L + H), or (n, 0) when the model knows no prices."""
    promo: Compact
    """(n, L + H), or (n, 0)."""
    known: Compact
    """(known columns, n, L + H)"""
    events: NDArray[np.int16]
    """(stores, L + H) event codes, stores in the order of their codes."""
    codes: Matrix
    """(static columns, n)"""
    age: Matrix
    """(n,) days since the series' life began."""
    prior: Matrix
    """(n,) level of the series' peers."""
    prior_table: Matrix
    """``PriorTable.table``, for items that training had not."""
    season_weekday: Matrix
    season_month_day: Matrix
    season_event: Matrix
    season_flag: Matrix
    season_recent: Matrix
    """The fields of ``Seasonality`` at the model's origin."""

    @classmethod
    def of(
        cls, window: Window, store_ids: tuple[str, ...], item_ids: tuple[str, ...], priors: PriorTable
    ) -> SeriesTable:
        """The table of a window's series."""
        n, days = window.n_series, window.events.shape[1]
        nothing = np.empty((n, 0), np.float32)
        known = list(window.known.values())
        return cls(
            store_ids=np.array(store_ids, np.str_),
            item_ids=np.array(item_ids, np.str_),
            sales=Compact.of(window.sales),
            price=Compact.of(nothing if window.price is None else window.price),
            promo=Compact.of(nothing if window.promo is None else window.promo),
            known=Compact.of(np.stack(known) if known else np.empty((0, n, days), np.float32)),
            events=window.events,
            codes=np.stack([window.codes[name] for name in STATIC_COLUMNS]),
            age=window.age,
            prior=window.prior,
            prior_table=priors.table,
            season_weekday=window.seasonality.weekday,
            season_month_day=window.seasonality.month_day,
            season_event=window.seasonality.event,
            season_flag=window.seasonality.flag,
            season_recent=window.seasonality.recent,
        )

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Name -> array, of each file."""
        arrays = {}
        for field in fields(self):
            value = getattr(self, field.name)
            arrays[field.name] = value.codes if isinstance(value, Compact) else value
            if isinstance(value, Compact) and value.values is not None:
                arrays[field.name + _VALUES] = value.values
        return arrays

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> SeriesTable:
        """The inverse of ``arrays``; KeyError when one is missing."""
        values: dict[str, Any] = {field.name: arrays[field.name] for field in fields(cls)}
        compact = {name: Compact(arrays[name], arrays.get(name + _VALUES)) for name in _COMPACT}
        return cls(**(values | compact))

    def fits(self, spec: FeatureSpec, n_series: int) -> bool:
        """Whether the arrays have the shapes that a manifest promises."""
        days = spec.window_days
        cells = (len(spec.statics["store_id"]) + 1) * (len(spec.statics["dept_id"]) + 1)
        return (
            self.store_ids.shape == self.item_ids.shape == self.age.shape == self.prior.shape == (n_series,)
            and self.sales.shape == (n_series, HISTORY_DAYS)
            and self.price.shape == (n_series, days if spec.has_price else 0)
            and self.promo.shape == (n_series, days if spec.has_promo else 0)
            and self.known.shape == (len(spec.known), n_series, days)
            and self.events.shape == (len(spec.statics["store_id"]), days)
            and self.codes.shape == (len(STATIC_COLUMNS), n_series)
            and self.season_weekday.shape == (len(WEEKDAY_SPANS), cells, 7)
            and self.season_month_day.shape == (cells, 31)
            and self.season_event.shape == (cells, len(spec.event_names) + 1, 2 * EVENT_REACH + 1)
            and self.season_flag.shape == (len(spec.flags), cells, 2)
            and self.season_recent.shape == (len(RECENT_SPANS), cells)
        )

    @cached_property
    def seasonality(self) -> Seasonality:
        return Seasonality(
            weekday=self.season_weekday,
            month_day=self.season_month_day,
            event=self.season_event,
            flag=self.season_flag,
            recent=self.season_recent,
        )

    @cached_property
    def index(self) -> dict[tuple[str, str], int]:
        """(store, item) -> row."""
        keys = zip(self.store_ids.tolist(), self.item_ids.tolist(), strict=True)
        return {key: row for row, key in enumerate(keys)}

    @cached_property
    def calendars(self) -> NDArray[np.int16]:
        """(stores + 1, L + H) event codes of each store, and last those that all stores share: the calendar of a store
        that training had not."""
        first = self.events[0]
        shared = np.where((self.events == first).all(axis=0), first, np.int16(0))
        return np.vstack([self.events, shared])

    @cached_property
    def calendar(self) -> NDArray[np.intp]:
        """(n,) row of ``calendars``."""
        return self.calendars_of(self.codes[STORE])

    @cached_property
    def cell(self) -> NDArray[np.intp]:
        """(n,) cell in ``seasonality``."""
        return self.cells_of(self.codes[STORE], self.codes[DEPARTMENT])

    @cached_property
    def ahead(self) -> Ahead:
        """What is known of the days from the origin on, in memory: most requests want nothing else of the matrices,
        and would otherwise bring whole files there."""
        return Ahead(*(values.days(slice(HISTORY_DAYS, None)) for values in (self.price, self.promo, self.known)))

    @cached_property
    def pairs(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """(p,) the first series of each distinct pair of calendar and cell, and (n,) the pair of each series."""
        _, first, pair = np.unique(
            self.calendar * len(self.season_recent[0]) + self.cell, return_index=True, return_inverse=True
        )
        return first, pair

    def calendars_of(self, store: Matrix) -> NDArray[np.intp]:
        """(n,) calendar of stores with these codes, NaN = unknown."""
        return np.where(np.isnan(store), len(self.events), store).astype(np.intp)

    def cells_of(self, store: Matrix, department: Matrix) -> NDArray[np.intp]:
        """(n,) cell of series with these codes, NaN = unknown."""
        stores, departments = self.prior_table.shape
        return cells_of(store, department, stores - 1, departments - 1)
