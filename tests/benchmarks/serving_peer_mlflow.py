"""The peer's MLflow model: `mlflow models serve` imports this as the ``loader_module`` of its pyfunc.

    PEER_PYTHON tests/benchmarks/serving_peer_mlflow.py PEER_DIR MODEL_DIR     # writes the MLflow model

Answers a data frame of one row a series with lists in its cells, and has no signature to be enforced: MLflow turns
that into JSON in a third of the time it takes for one row a series and day.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pandas as pd

HERE = Path(__file__).resolve().parent


class PyfuncModel:
    """The model behind ``mlflow.pyfunc``'s wrapper."""

    def __init__(self, folder: Path) -> None:
        from serving_forms import QUANTILES
        from serving_peer_forecaster import Forecaster

        self._forecaster = Forecaster(folder)
        self._quantiles = [str(level) for level in QUANTILES]

    def predict(self, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """A frame of store_id and item_id -> their forecasts for the longest horizon."""
        stores, items = model_input["store_id"].tolist(), model_input["item_id"].tolist()
        forecast = self._forecaster.forecast(stores, items, self._forecaster.artifact.horizon_max)
        levels = {name: forecast.quantiles[:, place].tolist() for place, name in enumerate(self._quantiles)}
        dates = self._forecaster.dates(forecast)
        return pd.DataFrame(
            {"store_id": stores, "item_id": items, "dates": dates, "mean": forecast.mean.tolist(), **levels}
        )


def _load_pyfunc(data_path: str) -> PyfuncModel:
    """Called by ``mlflow.pyfunc.load_model``."""
    return PyfuncModel(Path(data_path))


def write(peer: Path, model: Path) -> None:
    """Make an MLflow model of a peer's folder (see ``serving_peer_forecaster``)."""
    import mlflow.pyfunc

    names = ("serving_booster.py", "serving_forms.py", "serving_peer_forecaster.py", Path(__file__).name)
    code = [HERE.parents[1] / "training", *(HERE / name for name in names)]
    mlflow.pyfunc.save_model(
        str(model),
        loader_module=Path(__file__).stem,
        data_path=str(peer),
        code_paths=[str(path) for path in code],
        pip_requirements=["mlflow", "lightgbm"],
    )


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(sys.argv[2]))
