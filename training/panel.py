"""The panel: every series of a data set as dense matrices on one daily calendar.

It is the one form in which daily sales travel between the loader, the features, the model and the backtest.
Dense because a retailer's series share their calendar: 50,000 series of five years are 0.4 GB in float32, and
every feature is then a slice instead of a join.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Matrix: TypeAlias = NDArray[np.float32]
Dates: TypeAlias = NDArray[np.datetime64]

STATICS = ("dept_id", "cat_id", "state_id")
"""The optional columns that are constant within a series."""


@dataclass(frozen=True, slots=True)
class Panel:
    """All series on one daily calendar: n series, t days (the known future included), s stores.

    Rows are sorted by (store_id, item_id). ``origin`` is the index in ``dates`` of the forecast origin, the
    day after the last known sale; it equals t when no future is known.
    """

    store_ids: tuple[str, ...]
    """(n,) store of each series."""
    item_ids: tuple[str, ...]
    """(n,) item of each series."""
    statics: dict[str, tuple[str, ...]]
    """Each of ``STATICS`` -> (n,) values; '' where the column is absent or empty."""
    dates: Dates
    """(t,) datetime64[D], consecutive days."""
    origin: int
    sales: Matrix
    """(n, t) units sold; NaN from the origin on and before a series' life."""
    price: Matrix | None
    """(n, t) currency per unit; NaN = not on sale. None = the data has no prices."""
    promo: Matrix | None
    """(n, t) 0 or 1. None = the data has no promotions."""
    on_sale: NDArray[np.bool_]
    """(n, t) days inside the series' life: from its first price or its first sale, whichever is earlier."""
    event_names: tuple[str, ...]
    """Event code k means ``event_names[k - 1]``; code 0 means no event."""
    event_types: tuple[str, ...]
    """Type of the event with the same code."""
    events: NDArray[np.int16]
    """(s, t) event code by store and day."""
    stores: tuple[str, ...]
    """(s,) sorted store names."""
    store_index: NDArray[np.int32]
    """(n,) row of each series' store in ``stores``."""
    known: dict[str, Matrix]
    """Each ``known_*`` column -> (n, t); NaN = not given."""
    fingerprint: str
    """SHA-256 of the content; the same however the rows are split into files or formats."""
    warnings: tuple[str, ...] = ()
    """What was assumed about the data, in words, e.g. '1,204 missing days counted as no sale'."""

    @property
    def n_series(self) -> int:
        return len(self.store_ids)

    @property
    def n_days(self) -> int:
        return len(self.dates)

    @property
    def origin_date(self) -> np.datetime64:
        """The first day to forecast."""
        first: np.datetime64 = self.dates[0]
        return first + np.timedelta64(self.origin, "D")
