"""Logs a training to the tracking server that MLFLOW_TRACKING_URI names: a file store, HTTP or Azure ML's azureml://."""

from __future__ import annotations

import math
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from training.backtest.folds import MODEL
from training.pipeline import Training
from training.tracking.plots import write_plots


def track(training: Training, revision: str) -> None:
    """Log to the run that MLFLOW_RUN_ID names, or to a new one.

    A tracking server that fails costs a warning, not the model: the model is written, with its metrics, before this.
    """
    # A job must end within minutes of losing its server, and tells nobody but that server what it did.
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "3")
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    # MLflow 3 refuses its older kind of store, a plain folder, unless told that it is meant.
    os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")
    import mlflow
    from mlflow.exceptions import MlflowException

    try:
        with mlflow.start_run():
            _log(mlflow, training, revision)
    except (MlflowException, OSError) as error:
        print(f"warning: MLflow did not take the run, the model is complete: {error}", file=sys.stderr)


def _log(mlflow: Any, training: Training, revision: str) -> None:
    panel = training.windows.panel
    mlflow.set_tags({"git_revision": revision, "data_fingerprint": panel.fingerprint})
    mlflow.log_params({**training.options.logged(), "n_series": panel.n_series, "origin": str(panel.origin_date)})
    mlflow.log_metrics(training.metrics)
    for step, figures in _by_step(training).items():
        mlflow.log_metrics(figures, step=step)
    with tempfile.TemporaryDirectory() as folder:
        write_plots(Path(folder), training)
        mlflow.log_artifacts(folder, "backtest")


def _by_step(training: Training) -> dict[int, dict[str, float]]:
    """Step of the horizon -> WAPE and bias of the model there."""
    rows = (row for row in training.backtest.scores if row.by == "step" and row.method == MODEL)
    return {int(row.value): {"step_wape": row.wape, "step_bias": row.bias} for row in rows if math.isfinite(row.wape)}
