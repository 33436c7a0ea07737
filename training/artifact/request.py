"""What is asked of an artifact and what it answers, as NumPy arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from training.features.window import Matrix


@dataclass(frozen=True, slots=True)
class Points:
    """Values of single days: point i is ``value[i]`` on ``date[i]`` for row ``row[i]`` of the request."""

    row: NDArray[np.intp]
    date: NDArray[np.datetime64]
    """datetime64[D]"""
    value: Matrix


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastRequest:
    """n rows to forecast; a series may stand in several rows, for what-ifs."""

    store_ids: Sequence[str]
    item_ids: Sequence[str]
    horizon: int
    """Days to forecast, from 1 to the artifact's horizon."""
    quantiles: Sequence[float] = ()
    """Levels between ``Artifact.quantile_range``, in any order; the answer keeps the order."""
    history: Points | None = None
    """Units sold on days after training, which move the row's origin behind the last of them, or corrections of
    earlier days. Days in between count as no sale, as they do in training data."""
    price: Points | None = None
    """Currency per unit on any day; NaN = unknown, which costs what the last known day did."""
    promo: Points | None = None
    """0 or 1 on any day."""
    event: Points | None = None
    """Event code (``FeatureSpec.event_code``) on any day; 0 takes an event away."""
    known: Mapping[str, Points] = field(default_factory=dict)
    """Values of ``known_*`` columns on any day."""
    statics: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """``dept_id``, ``cat_id`` or ``state_id`` -> n values ('' = unknown), read only for rows that training had not."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """The answer, row by row of the request."""

    origin: NDArray[np.datetime64]
    """(n,) datetime64[D], the first forecast day."""
    mean: Matrix
    """(n, horizon) expected units, at least 0."""
    quantiles: Matrix
    """(n, quantiles, horizon) units, at least 0, never crossing."""
    trained: NDArray[np.bool_]
    """(n,) whether training knew the series; otherwise the answer leans on its store's and department's level."""
    unpriced_days: NDArray[np.bool_]
    """(n, horizon) whether neither the request nor training had a price; False where the model has no prices."""

    @property
    def dates(self) -> NDArray[np.datetime64]:
        """(n, horizon) datetime64[D]"""
        days = np.arange(self.mean.shape[1]).astype("timedelta64[D]")
        dates: NDArray[np.datetime64] = self.origin[:, None] + days
        return dates
