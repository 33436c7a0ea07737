"""Which requests have an answer."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from training.artifact.answering import MOST_FRESH_DAYS
from training.artifact.errors import RequestError
from training.artifact.request import ForecastRequest, Points
from training.features import FeatureSpec
from training.features.window import Matrix


def check(request: ForecastRequest, spec: FeatureSpec, origin: np.datetime64) -> None:
    """RequestError when the horizon, a column, a day or a value is not one that the model of an origin can use."""
    if not 1 <= request.horizon <= spec.horizon:
        raise RequestError(f"{request.horizon} is not between 1 and {spec.horizon} days", "horizon")
    for name in sorted(set(request.known) - set(spec.known)):
        columns = ", ".join(spec.known) or "none"
        raise RequestError(f"{name} is not a column of this model (it knows {columns})", name)
    _check_values(request.history, "history", "units sold, at least 0", _is_quantity)
    _check_values(request.price, "price", "above 0", _is_price)
    _check_values(request.promo, "promo", "0 or 1", _is_flag)
    codes = len(spec.event_names)
    _check_values(
        request.event, "event", f"an event code from 0 to {codes}", lambda v: (v % 1 == 0) & (v >= 0) & (v <= codes)
    )
    for name, points in request.known.items():
        wanted, test = ("0 or 1", _is_told_flag) if name in spec.flags else ("a finite number", _is_number)
        _check_values(points, name, wanted, test)
    _check_days(request.history, origin)


def _check_days(history: Points | None, origin: np.datetime64) -> None:
    if history is None:
        return
    for place in np.flatnonzero(history.date >= origin + MOST_FRESH_DAYS):
        day = history.date[place]
        raise RequestError(
            f"{day} is more than {MOST_FRESH_DAYS} days after training, which ended on {origin - 1}",
            "history",
            int(place),
        )


def _check_values(points: Points | None, field: str, wanted: str, test: Callable[[Matrix], NDArray[np.bool_]]) -> None:
    if points is None:
        return
    for place in np.flatnonzero(~test(points.value)):
        raise RequestError(f"{points.value[place]:g} is not {wanted}", field, int(place))


def _is_quantity(values: Matrix) -> NDArray[np.bool_]:
    return np.isfinite(values) & (values >= 0)


def _is_price(values: Matrix) -> NDArray[np.bool_]:
    return np.isnan(values) | (np.isfinite(values) & (values > 0))


def _is_flag(values: Matrix) -> NDArray[np.bool_]:
    flags: NDArray[np.bool_] = (values == 0) | (values == 1)
    return flags


def _is_told_flag(values: Matrix) -> NDArray[np.bool_]:
    return np.isnan(values) | _is_flag(values)


def _is_number(values: Matrix) -> NDArray[np.bool_]:
    return ~np.isinf(values)
