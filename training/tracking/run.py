"""Logs a training to the tracking server that MLFLOW_TRACKING_URI names: a store, HTTP or Azure ML's azureml://."""

from __future__ import annotations

import math
import os
import sys
import tempfile
import time
from pathlib import Path

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
    with tempfile.TemporaryDirectory() as folder:
        write_plots(Path(folder), training)
        try:
            _log(training, revision, folder)
        except Exception as error:  # each store, and each plugin such as azureml://, raises classes of its own
            print(f"warning: MLflow did not take the run, the model is complete: {error}", file=sys.stderr)


def _log(training: Training, revision: str, plots: str) -> None:
    """Everything in one request, then the files."""
    import mlflow
    from mlflow.entities import Metric, Param, RunTag

    panel, now = training.windows.panel, int(time.time() * 1000)
    params = {**training.options.logged(), "n_series": panel.n_series, "origin": panel.origin_date}
    tags = {"git_revision": revision, "data_fingerprint": panel.fingerprint}
    metrics = [(name, value, 0) for name, value in training.metrics.items()]
    with mlflow.start_run() as run:
        mlflow.MlflowClient().log_batch(
            run.info.run_id,
            metrics=[Metric(name, value, now, step) for name, value, step in (*metrics, *_by_step(training))],
            params=[Param(name, str(value)) for name, value in params.items()],
            tags=[RunTag(name, value) for name, value in tags.items()],
        )
        mlflow.log_artifacts(plots, "backtest")


def _by_step(training: Training) -> list[tuple[str, float, int]]:
    """(name, value, step of the horizon) of the model's WAPE and bias there."""
    rows = [row for row in training.backtest.scores if row.by == "step" and row.method == MODEL]
    return [
        (f"step_{measure}", value, int(row.value))
        for row in rows
        for measure, value in (("wape", row.wape), ("bias", row.bias))
        if math.isfinite(value)
    ]
