"""A large request as several smaller ones, and their forecasts as one again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace

import numpy as np

from serving.request import ScoreRequest
from training.artifact import Forecast, ForecastRequest, Points


def split(asked: ScoreRequest, size: int) -> list[ScoreRequest]:
    """The request in parts of at most ``size`` rows, in its order."""
    rows = len(asked.ids)
    if rows <= size:
        return [asked]
    request = asked.forecast
    columns = {name: _Sorted(points) for name, points in _columns(request).items()}
    parts = []
    for start in range(0, rows, size):
        part = slice(start, min(start + size, rows))
        points = {name: column.part(part) for name, column in columns.items()}
        forecast = replace(
            request,
            store_ids=request.store_ids[part],
            item_ids=request.item_ids[part],
            history=points.get("history"),
            price=points.get("price"),
            promo=points.get("promo"),
            event=points.get("event"),
            known={name: points[name] for name in request.known},
            statics={name: values[part] for name, values in request.statics.items()},
        )
        parts.append(replace(asked, forecast=forecast, ids=asked.ids[part]))
    return parts


def join(forecasts: Sequence[Forecast]) -> Forecast:
    """The forecasts of the parts as that of the whole."""
    columns = {field.name: [getattr(forecast, field.name) for forecast in forecasts] for field in fields(Forecast)}
    return Forecast(**{name: np.concatenate(values) for name, values in columns.items()})


def _columns(request: ForecastRequest) -> dict[str, Points]:
    named = {"history": request.history, "price": request.price, "promo": request.promo, "event": request.event}
    return {name: points for name, points in named.items() if points is not None} | dict(request.known)


class _Sorted:
    """Points by row. Those of a row keep their order: a later one stands above an earlier one of the same day."""

    def __init__(self, points: Points) -> None:
        order = np.argsort(points.row, kind="stable")
        self._points = Points(points.row[order], points.date[order], points.value[order])

    def part(self, rows: slice) -> Points:
        points = self._points
        first, last = np.searchsorted(points.row, (rows.start, rows.stop)).tolist()
        return Points(points.row[first:last] - rows.start, points.date[first:last], points.value[first:last])
