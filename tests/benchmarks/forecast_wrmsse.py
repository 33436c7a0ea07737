"""The M5 competition's measure, read straight from its files; shares nothing with what it judges.

WRMSSE (Makridakis, Spiliotis and Assimakopoulos 2022, IJF 38(4), 1346-1364): squared errors of each of the series
that twelve levels of aggregation give, scaled by the mean squared one-day difference from its first sale to the end
of training, rooted, weighted by revenue over the last 28 days of training, summed by level; the mean of the levels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

HORIZON = 28
Matrix = NDArray[np.float64]

LEVELS: dict[str, tuple[str, ...]] = {
    "total": (),
    "state": ("state_id",),
    "store": ("store_id",),
    "category": ("cat_id",),
    "department": ("dept_id",),
    "state x category": ("state_id", "cat_id"),
    "state x department": ("state_id", "dept_id"),
    "store x category": ("store_id", "cat_id"),
    "store x department": ("store_id", "dept_id"),
    "item": ("item_id",),
    "item x state": ("item_id", "state_id"),
    "item x store": ("item_id", "store_id"),
}


@dataclass(frozen=True)
class Sales:
    """The competition's sales: n series of d days, with what makes up the levels."""

    ids: Mapping[str, Sequence[str]]
    units: NDArray[np.uint16]
    """(n, d); column k is day d_{k+1}."""
    weeks: NDArray[np.int64]
    """(1969,) Walmart week of each day of the calendar."""
    dates: Sequence[date]
    """(1969,)"""
    dollars: Matrix
    """(n, weeks) price by series and distinct Walmart week in order; 0 where there is none."""

    @property
    def n_series(self) -> int:
        return len(self.units)

    def price(self, days: slice) -> Matrix:
        """(n, days) dollars."""
        return self.dollars[:, np.searchsorted(np.unique(self.weeks), self.weeks[days])]

    def of(self, stores: Sequence[str]) -> Sales:
        """The series of some stores; of all when none is named."""
        rows = [row for row, store in enumerate(self.ids["store_id"]) if not stores or store in stores]
        ids = {name: [values[row] for row in rows] for name, values in self.ids.items()}
        return Sales(ids, self.units[rows], self.weeks, self.dates, self.dollars[rows])


def read_sales(folder: Path) -> Sales:
    """Read the M5 files."""
    sales = pq.read_table(folder / "sales.parquet")
    columns = ("item_id", "dept_id", "cat_id", "store_id", "state_id")
    ids = {name: sales[name].to_pylist() for name in columns}
    units = pc.list_flatten(sales["sales"]).to_numpy().reshape(len(sales), -1)
    calendar = pq.read_table(folder / "calendar.parquet").sort_by("d")
    weeks = calendar["wm_yr_wk"].to_numpy().astype(np.int64)
    dates = [_date(value) for value in calendar["date"].to_pylist()]
    return Sales(ids, units, weeks, dates, _dollars(folder, ids, np.unique(weeks)))


def _date(value: object) -> date:
    return date.fromisoformat(str(value)[:10])


def _dollars(folder: Path, ids: Mapping[str, Sequence[str]], weeks: NDArray[np.int64]) -> Matrix:
    prices = pq.read_table(folder / "prices.parquet")
    place = {key: row for row, key in enumerate(zip(ids["store_id"], ids["item_id"], strict=True))}
    stores, items = (prices[name].combine_chunks().dictionary_encode() for name in ("store_id", "item_id"))
    lookup = np.full((len(stores.dictionary), len(items.dictionary)), -1)
    for i, store in enumerate(stores.dictionary.to_pylist()):
        for j, item in enumerate(items.dictionary.to_pylist()):
            lookup[i, j] = place.get((store, item), -1)
    rows = lookup[stores.indices.to_numpy(), items.indices.to_numpy()]
    columns = np.searchsorted(weeks, prices["wm_yr_wk"].to_numpy())
    known = (rows >= 0) & (columns < len(weeks))
    dollars = np.zeros((len(place), len(weeks)))
    dollars[rows[known], columns[known]] = prices["price_cents"].to_numpy()[known] / 100
    return dollars


@dataclass(frozen=True)
class Score:
    """How good a forecast of the days after an origin is."""

    wrmsse: float
    levels: Mapping[str, float]
    """WRMSSE of each level."""
    bias: float
    """(forecast - sold) / sold, over everything."""


@dataclass(frozen=True)
class Judge:
    """Scores forecasts of the 28 days after day d_{origin}."""

    sales: Sales
    origin: int

    def score(self, forecast: Matrix) -> Score:
        """Score (n, 28) forecasts, rows in the order of the sales; ValueError when they are not complete."""
        if forecast.shape != self.actual.shape or not np.isfinite(forecast).all():
            raise ValueError(f"forecasts are not {self.actual.shape} finite numbers")
        levels = {name: self._level(name, forecast - self.actual) for name in LEVELS}
        bias = forecast.sum() / self.actual.sum() - 1
        return Score(float(np.mean(list(levels.values()))), levels, float(bias))

    def seasonal_naive(self) -> Matrix:
        """(n, 28) the last week, four times."""
        return np.tile(self.known[:, -7:], HORIZON // 7).astype(np.float64)

    def naive(self) -> Matrix:
        """(n, 28) the last day."""
        return np.repeat(self.known[:, -1:], HORIZON, axis=1).astype(np.float64)

    @property
    def known(self) -> NDArray[np.uint16]:
        """(n, origin) sales to train on."""
        return self.sales.units[:, : self.origin]

    @cached_property
    def actual(self) -> Matrix:
        """(n, 28) what was sold."""
        return self.sales.units[:, self.origin : self.origin + HORIZON].astype(np.float64)

    @cached_property
    def _revenue(self) -> Matrix:
        recent = slice(self.origin - HORIZON, self.origin)
        return (self.sales.units[:, recent] * self.sales.price(recent)).sum(axis=1)

    @cached_property
    def _scales(self) -> dict[str, Matrix]:
        return {name: _scale(self._summed(name, self.known)) for name in LEVELS}

    def _level(self, name: str, error: Matrix) -> float:
        mean_squares = (self._summed(name, error) ** 2).mean(axis=1)
        weights = np.bincount(self._groups(name), self._revenue) / self._revenue.sum()
        scales = self._scales[name]
        scored = weights > 0  # what earned nothing counts nothing, even where its scale is 0
        return float((weights[scored] * np.sqrt(mean_squares[scored] / scales[scored])).sum())

    def _groups(self, name: str) -> NDArray[np.intp]:
        """(n,) number of each series' group in a level."""
        if not LEVELS[name]:
            return np.zeros(self.sales.n_series, np.intp)
        numbers: dict[tuple[str, ...], int] = {}
        keys = zip(*(self.sales.ids[column] for column in LEVELS[name]), strict=True)
        return np.array([numbers.setdefault(key, len(numbers)) for key in keys], np.intp)

    def _summed(self, name: str, values: NDArray[np.uint16] | Matrix) -> Matrix:
        """(groups, days) sums of a level's series."""
        groups = self._groups(name)
        order = np.argsort(groups, kind="stable")
        starts = np.searchsorted(groups[order], np.arange(groups.max() + 1))
        kind = np.int32 if values.dtype == np.uint16 else np.float64
        return np.add.reduceat(values[order], starts, axis=0, dtype=kind)


def _scale(units: Matrix) -> Matrix:
    """(groups,) mean squared one-day difference from the first sale on."""
    scales = np.full(len(units), np.nan)
    for row, series in enumerate(units):
        sold = np.flatnonzero(series)
        if len(sold) and sold[0] < len(series) - 1:
            scales[row] = np.mean(np.diff(series[sold[0] :].astype(np.float64)) ** 2)
    return scales


def read_forecasts(file: Path, sales: Sales, origin: int) -> Matrix:
    """(n, 28) means of a Parquet file with store_id, item_id, date and mean; NaN where it has none.

    Series that had neither a price nor a sale by the last day to forecast are not in the data: theirs are 0.
    """
    table = pq.read_table(file, columns=["store_id", "item_id", "date", "mean"])
    keys = zip(sales.ids["store_id"], sales.ids["item_id"], strict=True)
    rows = {key: row for row, key in enumerate(keys)}
    columns = {day: column for column, day in enumerate(sales.dates[origin : origin + HORIZON])}
    forecast = np.full((sales.n_series, HORIZON), np.nan)
    names = zip(table["store_id"].to_pylist(), table["item_id"].to_pylist(), strict=True)
    places = [rows.get(name, -1) for name in names]
    days = [columns.get(_date(value), -1) for value in table["date"].to_pylist()]
    row, column = np.array(places), np.array(days)
    wanted = (row >= 0) & (column >= 0)
    forecast[row[wanted], column[wanted]] = table["mean"].to_numpy()[wanted]
    unborn = np.isnan(forecast).all(axis=1) & ~sales.units[:, :origin].any(axis=1)
    forecast[unborn] = 0.0
    return forecast
