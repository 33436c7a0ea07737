"""The files of a run: the report, the backtest, the drawings one by one, and the features' importance as a table."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

from training.pipeline import Training
from training.report import Report, importance, standalone

BACKTEST = "backtest.json"
DRAWINGS = "plots"
IMPORTANCE = "feature_importance.csv"


def write_files(folder: Path, training: Training, report: Report) -> None:
    """Write all files into an empty folder; the backtest is copied from the model's folder."""
    report.write(folder)
    shutil.copy(training.options.out_dir / BACKTEST, folder / BACKTEST)
    (folder / DRAWINGS).mkdir()
    for name, drawing in report.drawings.items():
        (folder / DRAWINGS / f"{name}.svg").write_text(standalone(drawing), encoding="utf-8")
    with (folder / IMPORTANCE).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("feature", "share_of_gain"))
        writer.writerows(importance(training))
