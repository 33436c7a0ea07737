"""One origin of a backtest: what was forecast there and what was sold.

The origins lie one horizon apart and end one horizon before the end of the data (Tashman 2000, "Out-of-sample tests
of forecasting accuracy": rolling origins, recalibrated: each has a model that was trained on earlier days only).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from training.baselines import BASELINES
from training.data import DataError
from training.features import build_features
from training.features.window import Matrix
from training.model.estimator import RatioRegressor
from training.panel import Panel
from training.windows import PanelWindows

LEAST_HISTORY = 28
"""Days from the first sale to the first origin."""

MODEL = "model"
"""Name of the model's forecasts beside the baselines'."""

_BLOCK = 4096
"""Series whose features are in memory together."""


@dataclass(frozen=True, slots=True)
class Fold:
    """Forecasts of all n series from one origin."""

    origin: int
    """Index of the first forecast day in the panel's dates."""
    actual: Matrix
    """(n, H) units sold; NaN on days when the item was not for sale."""
    forecasts: dict[str, Matrix]
    """``MODEL`` and each baseline -> (n, H) expected units."""

    def scaled(self, factor: float) -> Fold:
        """The fold with the model's forecasts multiplied."""
        return replace(self, forecasts={**self.forecasts, MODEL: self.forecasts[MODEL] * np.float32(factor)})


def fold_origins(panel: Panel, horizon: int, count: int, last_day: date | None = None) -> list[int]:
    """Up to ``count`` origins, ascending, whose days end on ``last_day``, by default the last known one.

    An earlier last day makes a model comparable with one that was trained then. DataError when the history is too
    short for one origin, or the day is not in it.
    """
    selling = np.flatnonzero((panel.sales > 0).any(axis=0))
    if not len(selling):
        raise DataError("nothing was sold on any day; a model needs sales to learn from")
    first, end = int(selling[0]), _end(panel, last_day)
    origins = [end - horizon * back for back in range(count, 0, -1)]
    possible = [origin for origin in origins if origin - first >= LEAST_HISTORY]
    if not possible:
        raise DataError(
            f"the data has {end - first} days from the first sale to the last day tested; a horizon of {horizon} days "
            f"needs at least {LEAST_HISTORY + horizon}. Give more history or a shorter --horizon"
        )
    return possible


def _end(panel: Panel, last_day: date | None) -> int:
    """Index of the day after the last one of the backtest."""
    if last_day is None:
        return panel.origin
    end = int((np.datetime64(last_day, "D") - panel.dates[0]).astype(int)) + 1
    if not 0 < end <= panel.origin:
        raise DataError(
            f"the backtest cannot end on {last_day}: sales are known from {panel.dates[0]} to {panel.origin_date - 1}"
        )
    return end


def make_fold(windows: PanelWindows, origin: int, estimator: RatioRegressor) -> Fold:
    """Forecast from one origin with a model that was trained on earlier days."""
    panel, horizon = windows.panel, windows.spec.horizon
    target = slice(origin, origin + horizon)
    history = panel.sales[:, :origin]
    forecasts = {MODEL: expected_units(windows, origin, estimator)}
    forecasts |= {name: forecast(history, horizon) for name, forecast in BASELINES.items()}
    actual = np.where(windows.for_sale[:, target], panel.sales[:, target], np.float32(np.nan))
    return Fold(origin, actual, forecasts)


def expected_units(
    windows: PanelWindows, origin: int, estimator: RatioRegressor, series: NDArray[np.intp] | None = None
) -> Matrix:
    """(n, H) expected units of all series (or some) from an origin, by the training library itself."""
    asked = np.arange(windows.panel.n_series) if series is None else series
    expected = np.empty((len(asked), windows.spec.horizon), np.float32)
    for start in range(0, len(asked), _BLOCK):
        part = expected[start : start + _BLOCK]
        steps = np.broadcast_to(np.arange(1, part.shape[1] + 1, dtype=np.int32), part.shape)
        window = windows.at(origin, asked[start : start + _BLOCK])
        part[:] = estimator.predict(build_features(window, windows.spec, steps)).reshape(part.shape)
    return expected
