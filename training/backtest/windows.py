"""A backtest by window: what each method was off by at each origin, by day and by store.

A window is what a paired comparison of two models draws from: both have forecast the same days, some of which were
hard for both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.backtest.scored import ScoredFold
from training.features.window import Matrix
from training.metrics import bias, wape


@dataclass(frozen=True, slots=True)
class StoreErrors:
    """Sums over one store's series and days, in units."""

    units: float
    absolute_error: float
    error: float
    """Forecast - units sold."""


@dataclass(frozen=True, slots=True)
class MethodErrors:
    """One method in one window; NaN where a measure has no meaning."""

    wrmsse: float
    wape: float
    bias: float
    wspl: float
    """Of item x store; NaN for the model at the first origin, which has no quantiles of earlier origins."""
    error: list[float]
    """(H,) forecast - units sold, over all series."""
    absolute_error: list[float]
    """(H,) of the series themselves."""
    stores: dict[str, StoreErrors]


@dataclass(frozen=True, slots=True)
class WindowErrors:
    """All methods in one window; days on which an item was not for sale count nowhere but in WRMSSE and WSPL."""

    origin: str
    """ISO date of the first day."""
    units: list[float]
    """(H,) units sold, all series."""
    methods: dict[str, MethodErrors]


def window_errors(scored: ScoredFold, stores: Sequence[str]) -> WindowErrors:
    """One fold's sums; ``stores`` is (n,)."""
    names, codes = np.unique(np.array(stores), return_inverse=True)
    fold = scored.fold
    methods = {
        method: MethodErrors(
            wrmsse=scored.wrmsse[method].overall,
            wape=wape(fold.actual, forecast),
            bias=bias(fold.actual, forecast),
            wspl=scored.wspl[method],
            error=_by_day(forecast - fold.actual),
            absolute_error=_by_day(np.abs(forecast - fold.actual)),
            stores=dict(zip(names.tolist(), _by_store(codes, fold.actual, forecast), strict=True)),
        )
        for method, forecast in fold.forecasts.items()
    }
    return WindowErrors(scored.origin, _by_day(fold.actual), methods)


def _by_store(codes: NDArray[np.intp], actual: Matrix, forecast: Matrix) -> list[StoreErrors]:
    error = forecast - actual
    sums = [np.bincount(codes, np.nansum(each, axis=1, dtype=np.float64)) for each in (actual, np.abs(error), error)]
    return [StoreErrors(*map(float, row)) for row in zip(*sums, strict=True)]


def _by_day(values: Matrix) -> list[float]:
    """(H,) sums over the series."""
    return [float(total) for total in np.nan_to_num(values).sum(axis=0, dtype=np.float64)]
