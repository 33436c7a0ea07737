"""What MLflow imports to load the model: the ``loader_module`` of the MLmodel file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from training.artifact import Artifact, load
from training.mlflow_model.frames import frame_of, request_of


class ForecastModel:
    """The model behind ``mlflow.pyfunc``'s wrapper."""

    def __init__(self, artifact: Artifact) -> None:
        self._artifact = artifact

    def predict(self, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """Forecast every series in the input (see ``frames``); params are ``horizon`` and ``quantiles``."""
        asked = params or {}
        horizon = int(asked.get("horizon", self._artifact.horizon_max))
        quantiles = [float(level) for level in asked.get("quantiles", self._artifact.quantiles)]
        request = request_of(model_input, self._artifact, horizon, quantiles)
        return frame_of(request, self._artifact.forecast(request))


def _load_pyfunc(data_path: str) -> ForecastModel:
    """Called by ``mlflow.pyfunc.load_model`` with the artifact's folder."""
    return ForecastModel(load(Path(data_path)))
