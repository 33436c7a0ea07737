"""Corrects a model's level by what it was off by on days it had not seen.

Demand drifts: in a year that grows faster than those before, forecasts of a model that averages over them stay a little
behind, window after window, at every level of aggregation. Half of the last backtest windows' bias returns in the next
one; more of it is chance.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from training.backtest.folds import MODEL, Fold

_SHARE = 0.5
"""Share of the bias, as a logarithm, that is corrected."""

_MOST = 1.25
"""Most that a level is multiplied or divided by: worse windows are outages or closed shops, not drift."""


def level_correction(folds: Sequence[Fold]) -> float:
    """What to multiply the next window's forecasts by, after some windows; 1 after none, or none with sales."""
    sold = sum(float(np.nansum(fold.actual, dtype=np.float64)) for fold in folds)
    expected = sum(
        float(np.sum(fold.forecasts[MODEL], where=~np.isnan(fold.actual), dtype=np.float64)) for fold in folds
    )
    if sold <= 0 or expected <= 0:
        return 1.0
    return min(max(math.exp(_SHARE * math.log(sold / expected)), 1 / _MOST), _MOST)
