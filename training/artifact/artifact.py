"""The artifact: a trained model with the data it needs to forecast, ready to answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from training.artifact.answering import RequestWindows
from training.artifact.errors import RequestError
from training.artifact.joining import joined, parted
from training.artifact.manifest import Manifest
from training.artifact.predictor import Predictor
from training.artifact.request import Forecast, ForecastRequest
from training.artifact.series import SeriesTable
from training.artifact.state import State
from training.artifact.validation import check


@dataclass(frozen=True)
class Artifact:
    """What ``load`` opens. Safe to use from several threads: nothing changes after loading."""

    manifest: Manifest
    predictor: Predictor
    table: SeriesTable
    state: State | None = None
    """None in a model whose training did not keep it: everything is then computed in each request."""

    @property
    def series(self) -> Mapping[tuple[str, str], int]:
        """(store_id, item_id) of every trained series -> its place."""
        return self.table.index

    @cached_property
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

    @cached_property
    def quantile_range(self) -> tuple[float, float]:
        """Lowest and highest level that can be asked for."""
        levels = self.predictor.residuals.levels
        return float(levels[0]), float(levels[-1])

    def forecast(self, request: ForecastRequest) -> Forecast:
        """Forecast each row of the request; RequestError for what has no answer.

        A series that training had not starts from the level of its department in its store (with ``statics``), else
        from that of all series, with missing history; ``Forecast.trained`` tells such rows apart.
        """
        self._check(request)
        return self._forecast(request)

    def forecast_many(self, requests: Sequence[ForecastRequest]) -> list[Forecast | RequestError]:
        """``forecast`` of each request, or the error it raises, computed together: meant for small requests.

        All rows are forecast for the longest horizon that any request asks for.
        """
        answers: list[Forecast | RequestError | None] = [self._refusal(request) for request in requests]
        answered = [request for request, refusal in zip(requests, answers, strict=True) if refusal is None]
        forecasts = iter(self._forecast_together(answered))
        return [next(forecasts) if refusal is None else refusal for refusal in answers]

    def _forecast_together(self, requests: Sequence[ForecastRequest]) -> Sequence[Forecast]:
        """For requests that have an answer."""
        if len(requests) < 2:
            return [self._forecast(request) for request in requests]
        whole = joined(requests)
        return parted(self._forecast(whole), whole, requests)

    def _forecast(self, request: ForecastRequest) -> Forecast:
        """For a request that has an answer."""
        levels = np.array(request.quantiles, np.float64)
        windows = RequestWindows(request, self.table, self.predictor.spec, self.origin, self.state)
        n = len(request.store_ids)
        origin = np.empty(n, "datetime64[D]")
        mean = np.empty((n, request.horizon), np.float32)
        quantiles = np.empty((n, len(levels), request.horizon), np.float32)
        unpriced = np.zeros((n, request.horizon), np.bool_)
        for rows, window in windows:
            origin[rows] = window.origin
            mean[rows], quantiles[rows] = self.predictor.forecast(window, request.horizon, levels)
            if window.price is not None:
                unpriced[rows] = np.isnan(window.ahead(window.price, request.horizon))
        return Forecast(origin, mean, quantiles, trained=windows.rows >= 0, unpriced_days=unpriced)

    def _refusal(self, request: ForecastRequest) -> RequestError | None:
        try:
            self._check(request)
        except RequestError as error:
            return error
        return None

    def _check(self, request: ForecastRequest) -> None:
        """RequestError for what has no answer."""
        self._check_levels(request.quantiles)
        check(request, self.predictor.spec, self.origin)

    def _check_levels(self, levels: Sequence[float]) -> None:
        lowest, highest = self.quantile_range
        for place, level in enumerate(levels):
            if not lowest <= level <= highest:
                raise RequestError(f"{level:g} is not a level between {lowest:g} and {highest:g}", "quantiles", place)
