"""Many requests as one: their rows are forecast together, because a call costs far more than one more row in it.

A row's forecast does not depend on its neighbours, nor a day's on the days asked after it, nor a quantile on the other
levels, so every request can be given its part of the forecast of all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from training.artifact.request import Forecast, ForecastRequest, Points


def joined(requests: Sequence[ForecastRequest]) -> ForecastRequest:
    """One request with all rows in order, for the longest horizon and every level that any of them asks for."""
    sizes = [len(request.store_ids) for request in requests]
    first_rows = np.cumsum([0, *sizes[:-1]])

    def points(of_each: Iterable[Points | None]) -> Points | None:
        return _joined_points(of_each, first_rows)

    names = {name for request in requests for name in request.known}
    known = {name: points(request.known.get(name) for request in requests) for name in sorted(names)}
    return ForecastRequest(
        store_ids=[store for request in requests for store in request.store_ids],
        item_ids=[item for request in requests for item in request.item_ids],
        horizon=max(request.horizon for request in requests),
        quantiles=sorted({level for request in requests for level in request.quantiles}),
        history=points(request.history for request in requests),
        price=points(request.price for request in requests),
        promo=points(request.promo for request in requests),
        event=points(request.event for request in requests),
        known={name: values for name, values in known.items() if values is not None},
        statics=_joined_statics([request.statics for request in requests], sizes),
    )


def parted(forecast: Forecast, whole: ForecastRequest, requests: Sequence[ForecastRequest]) -> list[Forecast]:
    """The part of the forecast of ``whole = joined(requests)`` that each request asked for."""
    parts = []
    end = 0
    for request in requests:
        start, end = end, end + len(request.store_ids)
        rows, days = slice(start, end), slice(request.horizon)
        mean, quantiles, days_unpriced = forecast.mean, forecast.quantiles, forecast.unpriced_days
        if list(request.quantiles) != list(whole.quantiles):
            quantiles = quantiles[:, [whole.quantiles.index(level) for level in request.quantiles]]
        parts.append(
            replace(
                forecast,
                origin=forecast.origin[rows],
                mean=np.ascontiguousarray(mean[rows, days]),
                quantiles=np.ascontiguousarray(quantiles[rows, :, days]),
                trained=forecast.trained[rows],
                unpriced_days=days_unpriced[rows, days],
            )
        )
    return parts


def _joined_points(of_each: Iterable[Points | None], first_rows: NDArray[np.intp]) -> Points | None:
    given = [(points, first) for points, first in zip(of_each, first_rows, strict=True) if points is not None]
    if not given:
        return None
    return Points(
        np.concatenate([points.row + first for points, first in given]),
        np.concatenate([points.date for points, _ in given]),
        np.concatenate([points.value for points, _ in given]),
    )


def _joined_statics(of_each: Sequence[Mapping[str, Sequence[str]]], sizes: Sequence[int]) -> dict[str, list[str]]:
    """'' says of a row as much as no column."""
    names = {name for statics in of_each for name in statics}
    return {
        name: [value for statics, size in zip(of_each, sizes, strict=True) for value in statics.get(name, [""] * size)]
        for name in sorted(names)
    }
