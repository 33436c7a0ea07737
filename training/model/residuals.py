"""Fits the quantile table on forecasts of days that the model had not seen.

Quantiles learnt from the errors of a backtest are right about the errors of a deployment, for the cost of a sort;
quantile losses would need a boosted model for each level, and those cross.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from training.artifact.quantiles import ResidualQuantiles
from training.features.window import Matrix

LEVELS = np.array([0.005, *(np.arange(1, 100) / 100), 0.995])
"""Levels of the table; between them quantiles are interpolated."""

_MOST_BANDS = 40
_LEAST_ROWS = 250
"""Rows of a band: enough to place its outer quantiles."""
_TOP_SHARES = (0.99, 0.995, 0.999)
"""The fastest sellers, whose expectations span as much as all others', get bands of their own."""


def fit_residuals(mean: Matrix, sales: Matrix) -> ResidualQuantiles:
    """The table of (rows,) expected units and what was sold on those days."""
    order = np.argsort(mean, kind="stable")
    expected, ratio = mean[order], sales[order] / mean[order]
    bands = [slice(start, end) for start, end in pairwise(_cuts(len(order)).tolist())]
    centres = [np.log(np.maximum(expected[band], 1e-3)).mean() for band in bands]
    ratios = [np.quantile(ratio[band], LEVELS, method="inverted_cdf") for band in bands]
    whole_units = not (sales % 1).any()
    return ResidualQuantiles(LEVELS, np.array(centres, np.float32), np.array(ratios, np.float32), whole_units)


def _cuts(rows: int) -> NDArray[np.intp]:
    """Borders of the bands: even shares of the rows, and finer ones at the top."""
    bands = min(max(rows // _LEAST_ROWS, 1), _MOST_BANDS)
    top = [int(rows * share) for share in _TOP_SHARES]
    cuts = sorted({*(rows * np.arange(bands + 1) // bands).tolist(), *top})
    kept = [0]
    for cut in cuts[1:-1]:
        if cut - kept[-1] >= _LEAST_ROWS and rows - cut >= _LEAST_ROWS:
            kept.append(cut)
    return np.array([*kept, rows])
