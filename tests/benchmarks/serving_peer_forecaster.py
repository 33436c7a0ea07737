"""What the peers forecast with: the artifact's own features, and LightGBM's predict for the trees.

Everything up to the matrix of features and after the trees' sums is the product's code, so a peer differs in its
server and in how it evaluates trees. Runs in the peers' environment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import lightgbm
import numpy as np
from numpy.typing import NDArray
from serving_booster import ARTIFACT, BOOSTER
from serving_forms import QUANTILES

from training.artifact import Artifact, Forecast, ForecastRequest, load
from training.features.table import FeatureTable


class Booster:
    """LightGBM in the place of the artifact's trees."""

    def __init__(self, file: Path) -> None:
        self._booster = lightgbm.Booster(model_file=file)
        self.used = False

    def sum(self, table: FeatureTable) -> NDArray[np.float64]:
        """(m, k) raw scores; LightGBM takes the matrix of all rows as it is stored, without a copy."""
        self.used = True
        return np.asarray(self._booster.predict(table.matrix(), raw_score=True, num_threads=1)).reshape(table.shape)


class Forecaster:
    """Opened from a folder that holds an artifact and its trees as a LightGBM model."""

    def __init__(self, folder: Path) -> None:
        artifact = load(folder / ARTIFACT)
        booster = Booster(folder / BOOSTER)
        self.artifact: Artifact = replace(artifact, predictor=replace(artifact.predictor, trees=cast("Any", booster)))
        store, item = next(iter(artifact.series))
        self.forecast([store], [item], artifact.horizon_max)
        if not booster.used:
            raise SystemExit("the artifact forecasts without the trees it was given: this peer is not LightGBM")

    def forecast(self, stores: Sequence[str], items: Sequence[str], horizon: int) -> Forecast:
        request = ForecastRequest(store_ids=stores, item_ids=items, horizon=horizon, quantiles=QUANTILES)
        return self.artifact.forecast(request)

    @staticmethod
    def dates(forecast: Forecast) -> list[list[str]]:
        """ISO dates of each row."""
        horizon = forecast.mean.shape[1]
        return [_dates(origin, horizon) for origin in forecast.origin.tolist()]


@lru_cache
def _dates(origin: date, horizon: int) -> list[str]:
    return (np.datetime64(origin, "D") + np.arange(horizon)).astype(str).tolist()
