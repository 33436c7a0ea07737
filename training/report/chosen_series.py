"""Which series the report shows: those that were forecast best, typically and worst at the last origin."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.backtest import Fold, ScoredFold
from training.backtest.folds import MODEL
from training.metrics import row_mean

TITLES = ("Best", "Typical", "Worst")
_LEAST = 12


def chosen_series(scored: ScoredFold) -> dict[str, int]:
    """Title -> series with the lowest, the median and the highest RMSSE there; fewer when there are fewer series.

    Chosen among the quarter of the series that sold most, and at least a dozen of those that sold: there an error costs
    something and a plot shows something. When nothing was sold, among all.
    """
    fold = scored.fold
    error = row_mean((fold.actual - fold.forecasts[MODEL]) ** 2) / scored.measures.series_scales.squared
    order = _candidates(fold, error)
    order = order[np.argsort(error[order], kind="stable")]
    places = {"Best": 0, "Typical": len(order) // 2, "Worst": len(order) - 1}
    chosen: dict[str, int] = {}
    for title in ("Typical", "Best", "Worst"):
        if len(order) and int(order[places[title]]) not in chosen.values():
            chosen[title] = int(order[places[title]])
    return {title: chosen[title] for title in TITLES if title in chosen}


def _candidates(fold: Fold, error: NDArray[np.float64]) -> NDArray[np.int64]:
    """Series with a finite error: the first by units sold, else all; without any, every series."""
    units = np.nansum(fold.actual, axis=1)
    scored = np.flatnonzero(np.isfinite(error))
    sold = scored[units[scored] > 0]
    most = sold[np.argsort(-units[sold], kind="stable")][: max(len(sold) // 4, _LEAST)]
    found = next((part for part in (most, scored) if len(part)), np.arange(len(error)))
    return found.astype(np.int64)
