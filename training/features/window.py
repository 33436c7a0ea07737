"""A window: what is known at one forecast origin, of any number of series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from training.features.seasonality import Seasonality
from training.features.spec import HISTORY_DAYS
from training.features.summary import Past

Matrix: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Window:
    """History of n series before one origin, and what is known in advance of the days after it.

    ``L`` is ``HISTORY_DAYS``, ``H`` the horizon. Column ``L - 1`` is the day before the origin and column ``L`` the
    origin itself, the target of step 1. Nothing in a window depends on sales from the origin on.

    A window with ``past`` has no history but that: ``L`` is then 0 everywhere, except in ``events``.
    """

    origin: np.datetime64
    """datetime64[D], the first day to forecast."""
    sales: Matrix
    """(n, L) units; NaN where there is no history."""
    price: Matrix | None
    """(n, L + H); NaN = none known."""
    promo: Matrix | None
    """(n, L + H) 0 or 1; NaN counts as 0."""
    known: Mapping[str, Matrix]
    """Each ``known_*`` column -> (n, L + H)."""
    events: NDArray[np.int16]
    """(s, L + H) event code by calendar and day; most windows have one calendar a store."""
    calendar_index: NDArray[np.integer[Any]]
    """(n,) row of ``events`` of each series."""
    codes: Mapping[str, Matrix]
    """Each static column -> (n,) code, NaN = unknown."""
    age: Matrix
    """(n,) days from the start of the series' life to the origin, 0 when it has not begun."""
    prior: Matrix
    """(n,) units a day to expect of a series without history (see ``priors``)."""
    seasonality: Seasonality
    """What the calendar does to sales in each store's departments."""
    cell: NDArray[np.intp]
    """(n,) row of each series in the tables of ``seasonality``."""
    past: Past | None = None
    """What was made of the history at this origin before."""

    @property
    def n_series(self) -> int:
        return len(self.sales)

    @property
    def horizon(self) -> int:
        return int(self.events.shape[1]) - HISTORY_DAYS

    def rows(self, part: slice) -> Window:
        """The window of some of the series, as views."""
        return Window(
            origin=self.origin,
            sales=self.sales[part],
            price=None if self.price is None else self.price[part],
            promo=None if self.promo is None else self.promo[part],
            known={name: values[part] for name, values in self.known.items()},
            events=self.events,
            calendar_index=self.calendar_index[part],
            codes={name: values[part] for name, values in self.codes.items()},
            age=self.age[part],
            prior=self.prior[part],
            seasonality=self.seasonality,
            cell=self.cell[part],
            past=None if self.past is None else self.past.rows(part),
        )

    def ahead(self, values: Matrix, days: int) -> Matrix:
        """(n, days) the first days from the origin on of one of the window's matrices that have them."""
        origin = values.shape[1] - self.horizon
        return values[:, origin : origin + days]


def codes_of(values: Sequence[str], vocabulary: Sequence[str]) -> Matrix:
    """(n,) position of each value in the vocabulary, NaN for one that is not in it."""
    position = {value: float(code) for code, value in enumerate(vocabulary)}
    return np.array([position.get(value, np.nan) for value in values], np.float32)
