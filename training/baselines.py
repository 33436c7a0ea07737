"""Forecasts that need no model; every result is reported beside them.

Both repeat the past: the seasonal naive the last week, the moving average the mean of the last four weeks. A day
without history counts as no sale, which is what a store that has never sold an item would write down.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from training.features.window import Matrix

SEASON_DAYS = 7
MEAN_DAYS = 28


def seasonal_naive(history: Matrix, horizon: int) -> Matrix:
    """(n, horizon) the same weekday of the last week of (n, days) sales."""
    week = np.nan_to_num(history[:, -SEASON_DAYS:])
    return week[:, np.arange(horizon) % SEASON_DAYS]


def moving_average(history: Matrix, horizon: int) -> Matrix:
    """(n, horizon) the mean of the last 28 observed days of (n, days) sales."""
    recent = history[:, -MEAN_DAYS:]
    days = np.maximum((~np.isnan(recent)).sum(axis=1), 1)
    mean = np.nan_to_num(recent).sum(axis=1, dtype=np.float64) / days
    return np.repeat(mean.astype(np.float32)[:, None], horizon, axis=1)


BASELINES: dict[str, Callable[[Matrix, int], Matrix]] = {
    "seasonal_naive": seasonal_naive,
    "mean28": moving_average,
}
"""Name as in metrics.json -> forecast."""
