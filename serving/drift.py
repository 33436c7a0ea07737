"""How far the requests are from what the model was trained on: unknown series, days without a price, values outside
the range that training saw. Totals since the service started, over all workers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from serving.counters import Counters
from serving.exposition import BARE, Family
from serving.model import Model
from serving.request import ScoreRequest
from training.artifact import Forecast, ForecastRequest, Points

MOST_COLUMNS = 64
"""Columns whose values are compared with training; a model's further ones are not."""

SALES = "sales"


@dataclass(frozen=True, slots=True)
class ColumnTotals:
    """One column of `future` and `history`."""

    values: int
    outside: int
    """Those below the lowest or above the highest value of training."""


@dataclass(frozen=True, slots=True)
class InputTotals:
    """What was asked since the service started."""

    requests: int
    series: int
    days: int
    """Days forecast, over all series."""
    unknown: int
    """Series that training did not have."""
    unpriced: int
    """Days forecast for which no price was known."""
    fresh_series: int
    """Series that came with sales after training."""
    fresh_days: int
    """How many days after training those begin, together."""
    columns: Mapping[str, ColumnTotals]


class Drift:
    """Counts requests in a block of ``counters``."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self._plain = counters.block("inputs", 7)
        self._columns = counters.block("input columns", 2 * MOST_COLUMNS)

    def count(self, asked: ScoreRequest, forecast: Forecast, model: Model) -> None:
        """One answered request. On the event loop's thread."""
        request, row, first = asked.forecast, self._counters.row, self._plain
        series = len(asked.ids)
        row[first] += 1
        row[first + 1] += series
        row[first + 2] += series * request.horizon
        row[first + 3] += asked.unknown
        row[first + 4] += int(np.count_nonzero(forecast.unpriced_days))  # a third of the cost of its sum
        if request.history is not None:
            fresh = (forecast.origin - model.artifact.origin).astype(np.int64)
            row[first + 5] += int(np.count_nonzero(fresh))
            row[first + 6] += int(fresh.sum())
        if request.history is not None or request.price is not None or request.known:
            self._count_values(request, model)

    def _count_values(self, request: ForecastRequest, model: Model) -> None:
        row = self._counters.row
        for place, (name, (lowest, highest)) in enumerate(_ranges(model)):
            points = _points(request, name)
            if points is not None:
                cell = self._columns + 2 * place
                row[cell] += len(points.value)
                row[cell + 1] += int(np.count_nonzero((points.value < lowest) | (points.value > highest)))

    def totals(self, model: Model | None, worker: int | None = None) -> InputTotals:
        """Sums over all workers, or of one; ``model`` names the columns."""
        cells = self._counters.totals(worker).astype(np.int64).tolist()
        requests, series, days, unknown, unpriced, fresh_series, fresh_days = cells[self._plain : self._plain + 7]
        columns = {
            name: ColumnTotals(*cells[self._columns + 2 * place : self._columns + 2 * place + 2])
            for place, (name, _) in enumerate(_ranges(model) if model else ())
        }
        return InputTotals(requests, series, days, unknown, unpriced, fresh_series, fresh_days, columns)

    def families(self, model: Model | None, worker: int | None = None) -> Iterator[Family]:
        """The same as metrics."""
        totals = self.totals(model, worker)
        for name, meaning, value in (
            ("retail_forecast_series_total", "Series forecast.", totals.series),
            ("retail_forecast_values_total", "Series times days forecast.", totals.days),
            ("retail_unknown_series_total", "Series the model does not know.", totals.unknown),
            ("retail_unpriced_days_total", "Days forecast without a known price.", totals.unpriced),
            ("retail_fresh_series_total", "Series that came with sales after training.", totals.fresh_series),
            ("retail_fresh_days_total", "Days after training of those sales, last day of each.", totals.fresh_days),
        ):
            yield Family(name, "counter", meaning, [(BARE, value)])
        values = [({"column": name}, column.values) for name, column in totals.columns.items()]
        yield Family("retail_input_values_total", "counter", "Values in `future` and `history`.", values)
        outside = [({"column": name}, column.outside) for name, column in totals.columns.items()]
        meaning = "Those outside the range of training."
        yield Family("retail_input_values_outside_range_total", "counter", meaning, outside)
        age = [(BARE, model_age_days(model))] if model else []
        yield Family("retail_model_age_days", "gauge", "Days since the last day that training saw.", age)


def model_age_days(model: Model) -> int:
    """Days from the first day that the model forecasts to today (UTC)."""
    return int((np.datetime64("today", "D") - model.artifact.origin).astype(int))


def _ranges(model: Model) -> list[tuple[str, tuple[float, float]]]:
    return list(model.artifact.manifest.ranges.items())[:MOST_COLUMNS]


def _points(request: ForecastRequest, name: str) -> Points | None:
    if name == SALES:
        return request.history
    return request.price if name == "price" else request.known.get(name)
