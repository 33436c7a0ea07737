"""Logs a training to the tracking server that MLFLOW_TRACKING_URI names: a store, HTTP or Azure ML's azureml://."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

from training.pipeline import Training
from training.report import Report
from training.tracking.files import write_files
from training.tracking.points import metric_points

_MOST_POINTS = 800
"""Points of metrics in one request, which MLflow lets hold 1,000 values of all kinds."""


def track(training: Training, revision: str, report: Report) -> None:
    """Log to the run that MLFLOW_RUN_ID names, or to a new one.

    A tracking server that fails costs a warning, not the model: the model is written, with its metrics, before this.
    """
    # A job must end within minutes of losing its server, and tells nobody but that server what it did.
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "3")
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    # MLflow 3 refuses its older kind of store, a plain folder, unless told that it is meant.
    os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")
    with tempfile.TemporaryDirectory() as folder:
        write_files(Path(folder), training, report)
        try:
            _log(training, revision, folder)
        except Exception as error:  # each store, and each plugin such as azureml://, raises classes of its own
            print(f"warning: MLflow did not take the run, the model is complete: {error}", file=sys.stderr)


def _log(training: Training, revision: str, folder: str) -> None:
    """Figures first, all in one request where they fit, then the files."""
    import mlflow
    from mlflow.entities import Metric, Param, RunTag

    panel, now = training.windows.panel, int(time.time() * 1000)
    params = {**training.options.logged(), "n_series": panel.n_series, "origin": panel.origin_date}
    tags = {"git_revision": revision, "data_fingerprint": panel.fingerprint}
    metrics = [Metric(name, value, now, step) for name, value, step in metric_points(training)]
    with mlflow.start_run() as run:
        client, run_id = mlflow.MlflowClient(), run.info.run_id
        client.log_batch(
            run_id,
            metrics=metrics[:_MOST_POINTS],
            params=[Param(name, str(value)) for name, value in params.items()],
            tags=[RunTag(name, value) for name, value in tags.items()],
        )
        for start in range(_MOST_POINTS, len(metrics), _MOST_POINTS):
            client.log_batch(run_id, metrics=metrics[start : start + _MOST_POINTS])
        mlflow.log_artifacts(folder)
