"""The rows of a request whose past is what training knew: their windows need no history, only its summaries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from training.artifact.overlay import overlay
from training.artifact.request import ForecastRequest, Points
from training.artifact.series import SeriesTable
from training.artifact.state import State
from training.features import FeatureSpec, Window
from training.features.spec import STATIC_COLUMNS
from training.features.window import Matrix

Rows: TypeAlias = NDArray[np.intp] | slice
"""Some rows of a request, or all of them."""


@dataclass(frozen=True, slots=True)
class AsTrained:
    """Windows at the artifact's origin, of a table that there is state for."""

    table: SeriesTable
    state: State
    spec: FeatureSpec
    origin: np.datetime64

    def answers(self, request: ForecastRequest, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
        """(n,) which rows have such a window: training had the series (``rows`` of the table, or -1), and the request
        changes neither a day before the origin nor an event."""
        same = rows >= 0
        for points in (request.history, request.event):
            if points is not None:
                same[points.row] = False
        for points in (request.price, request.promo, *request.known.values()):
            if points is not None:
                same[points.row[points.date < self.origin]] = False
        return same

    def window(self, request: ForecastRequest, chosen: Rows, rows: NDArray[np.intp]) -> Window:
        """The window of the ``chosen`` rows of a request, which are ``rows`` of the table."""
        table, spec, ahead = self.table, self.spec, self.table.ahead
        price, promo = _of(request.price, chosen, request), _of(request.promo, chosen, request)
        return Window(
            origin=self.origin,
            sales=np.empty((len(rows), 0), np.float32),
            price=self._told(ahead.price[rows], price) if spec.has_price else None,
            promo=self._told(ahead.promo[rows], promo) if spec.has_promo else None,
            known={
                name: self._told(ahead.known[place, rows], _of(request.known.get(name), chosen, request))
                for place, name in enumerate(spec.known)
            },
            events=table.calendars,
            calendar_index=table.calendar[rows],
            codes={name: values[rows] for name, values in zip(STATIC_COLUMNS, table.codes, strict=True)},
            age=table.age[rows],
            prior=table.prior[rows],
            seasonality=table.seasonality,
            cell=table.cell[rows],
            past=self.state.past(rows),
        )

    def _told(self, values: Matrix, points: Points | None) -> Matrix:
        overlay(values, points, self.origin)
        return values


def _of(points: Points | None, chosen: Rows, request: ForecastRequest) -> Points | None:
    """The points of some rows, numbered among them."""
    if points is None or isinstance(chosen, slice):
        return points
    place = np.full(len(request.store_ids), -1)
    place[chosen] = np.arange(len(chosen))
    row = place[points.row]
    own = row >= 0
    return Points(row[own], points.date[own], points.value[own])
