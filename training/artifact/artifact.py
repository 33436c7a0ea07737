"""The artifact: a trained model with the data it needs to forecast, ready to answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.artifact.answering import RequestWindows
from training.artifact.errors import RequestError
from training.artifact.manifest import Manifest
from training.artifact.predictor import Predictor
from training.artifact.request import Forecast, ForecastRequest
from training.artifact.series import SeriesTable
from training.artifact.validation import check


@dataclass(frozen=True)
class Artifact:
    """What ``load`` opens. Safe to use from several threads: nothing changes after loading."""

    manifest: Manifest
    predictor: Predictor
    table: SeriesTable

    @property
    def series(self) -> Mapping[tuple[str, str], int]:
        """(store_id, item_id) of every trained series -> its place."""
        return self.table.index

    @property
    def origin(self) -> np.datetime64:
        """datetime64[D], the first day to forecast without fresh history."""
        return self.manifest.origin_date

    @property
    def horizon_max(self) -> int:
        return self.manifest.horizon

    @property
    def quantiles(self) -> tuple[float, ...]:
        """The levels that training was asked for."""
        return self.manifest.quantiles

    @property
    def quantile_range(self) -> tuple[float, float]:
        """Lowest and highest level that can be asked for."""
        levels = self.predictor.residuals.levels
        return float(levels[0]), float(levels[-1])

    def forecast(self, request: ForecastRequest) -> Forecast:
        """Forecast each row of the request; RequestError for what has no answer.

        A series that training had not starts from the level of its department in its store (with ``statics``), else
        from that of all series, with missing history; ``Forecast.trained`` tells such rows apart.
        """
        levels = self._levels(request.quantiles)
        check(request, self.predictor.spec)
        windows = RequestWindows(request, self.table, self.predictor.spec, self.origin)
        n = len(request.store_ids)
        origin = np.empty(n, "datetime64[D]")
        mean = np.empty((n, request.horizon), np.float32)
        quantiles = np.empty((n, len(levels), request.horizon), np.float32)
        for rows, window in windows:
            origin[rows] = window.origin
            mean[rows], quantiles[rows] = self.predictor.forecast(window, request.horizon, levels)
        return Forecast(origin, mean, quantiles, trained=windows.rows >= 0)

    def _levels(self, asked: Sequence[float]) -> NDArray[np.float64]:
        lowest, highest = self.quantile_range
        levels = np.array(asked, np.float64)
        for place in np.flatnonzero(~((levels >= lowest) & (levels <= highest))):
            message = f"{levels[place]:g} is not a level between {lowest:g} and {highest:g}"
            raise RequestError(message, "quantiles", int(place))
        return levels
