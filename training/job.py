"""One training job on good data, told to the log as it goes: train, write, track."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from training.mlflow_model.writer import ARTIFACT, clear, write_model
from training.options import TrainOptions
from training.panel import Panel
from training.pipeline import Training, train, write_artifact
from training.report import Report
from training.sample_request import FILE_NAME, sample_request
from training.summary import report_lines
from training.tracking import track

REVISION_VARIABLE = "RETAILCTL_CODE_REVISION"
"""Environment variable with the git revision of the code that trains."""


def run(panel: Panel, options: TrainOptions) -> None:
    """Train as told; DataError when the data is too little, OSError when the model cannot be written."""
    revision = os.environ.get(REVISION_VARIABLE, "")
    for warning in panel.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    _say(f"{panel.n_series:,} series, {panel.dates[0]} to {panel.origin_date - 1}; forecasts start {panel.origin_date}")
    with _timed("Backtested and trained"):
        training = train(panel, options)
    with _timed(f"Wrote the model to {options.out_dir}"):
        report = _write(options.out_dir, training, revision)
    if os.environ.get("MLFLOW_TRACKING_URI"):
        with _timed("Logged the run to MLflow"):
            track(training, revision, report)
    for line in report_lines(training.backtest, training.metrics):
        _say(line)


def _write(folder: Path, training: Training, revision: str) -> Report:
    clear(folder)
    manifest = write_artifact(folder / ARTIFACT, training, revision)
    _write_json(folder / "metrics.json", training.metrics)
    _write_json(folder / "backtest.json", training.backtest.document())
    (folder / FILE_NAME).write_text(sample_request(training.windows.panel) + "\n", encoding="utf-8")
    report = Report.of(training, manifest)
    report.write(folder)
    write_model(folder, manifest)
    return report


def _write_json(file: Path, value: object) -> None:
    file.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")


@contextmanager
def _timed(what: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    _say(f"{what} in {time.perf_counter() - start:.1f} s")


def _say(line: str) -> None:
    """Print a line at once: somebody may be following the job's log."""
    print(line, flush=True)
