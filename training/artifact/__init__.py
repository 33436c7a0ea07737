"""The artifact: a trained model as plain arrays, opened by serving without MLflow, LightGBM, pandas or pickle.

    artifact = load(Path("artifact"))
    answer = artifact.forecast(ForecastRequest(store_ids=["CA_1"], item_ids=["FOODS_3_090"], horizon=28))

NumPy and the standard library only: this package runs in the inference container.
"""

from __future__ import annotations

from training.artifact.artifact import Artifact
from training.artifact.errors import ArtifactError, RequestError
from training.artifact.manifest import FORMAT_VERSION, Manifest
from training.artifact.reader import load
from training.artifact.request import Forecast, ForecastRequest, Points

__all__ = [
    "FORMAT_VERSION",
    "Artifact",
    "ArtifactError",
    "Forecast",
    "ForecastRequest",
    "Manifest",
    "Points",
    "RequestError",
    "load",
]
