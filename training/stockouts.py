"""Days on which a fast seller was sold out: they tell what was on the shelf, not what was asked for.

A model trained on them learns the outages of the past as seasons, and forecasts too little of what is in stock. They
are told from demand by sales alone, because daily sales rarely come with stock: a run of days without a sale that
ended with one, that chance does not explain, in which hundreds of units were missed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.features.window import Matrix

SHORTEST, LONGEST = 7, 91
"""Days of a run: a shorter one is a closed shop, a longer one a season or an item taken off the range."""

UNITS_MISSED = 300.0
"""Units that the series' mean day would have sold in the run; slower sellers' runs stay demand."""

_RARITY = 10.0
"""-log of the chance of a run as long as this, when each day has no sale as often as the whole history has."""


def stock_outs(sales: Matrix) -> NDArray[np.bool_]:
    """(n, t) days on which the item was sold out, from (n, t) sales alone; NaN is no observation.

    The run before the last day is not one yet: the item may have been taken off the range.
    """
    out = np.zeros(sales.shape, np.bool_)
    days = np.maximum((~np.isnan(sales)).sum(axis=1), 1)
    mean = np.nansum(sales, axis=1, dtype=np.float64) / days
    for series in np.flatnonzero(mean * LONGEST >= UNITS_MISSED):
        sold = np.flatnonzero(sales[series] > 0)
        gaps = np.diff(sold) - 1
        rarity = gaps * -np.log(max(1 - len(sold) / days[series], 1 / days[series]))
        lost = (gaps >= SHORTEST) & (gaps <= LONGEST) & (gaps * mean[series] >= UNITS_MISSED) & (rarity >= _RARITY)
        for place in np.flatnonzero(lost):
            out[series, sold[place] + 1 : sold[place + 1]] = True
    return out
