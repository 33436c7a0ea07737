"""The figures of a run as points of MLflow's metrics: (name, value, step)."""

from __future__ import annotations

import math
from collections.abc import Iterator

from training.backtest import ScoreRow
from training.backtest.folds import MODEL
from training.pipeline import Training
from training.report.words import NAIVE

Point = tuple[str, float, int]

_METHODS = {MODEL: "", NAIVE: f"_{NAIVE}"}
"""Method that is followed over steps -> end of its metrics' names."""

_BY_STEP = ("wape", "bias")
_BY_ORIGIN = ("wrmsse", "wape", "bias", "mase", "rmsse")


def metric_points(training: Training) -> list[Point]:
    """All of metrics.json; ``step_wape`` and the like by day of the horizon, ``origin_wape`` by origin, from 1 on.

    Figures without a meaning on this data are left out.
    """
    scores = training.backtest.scores
    flat = ((name, value, 0) for name, value in training.metrics.items())
    points = (*flat, *_followed(scores, "step", _BY_STEP), *_followed(scores, "origin", _BY_ORIGIN))
    return [point for point in points if math.isfinite(point[1])]


def _followed(scores: tuple[ScoreRow, ...], by: str, measures: tuple[str, ...]) -> Iterator[Point]:
    """A point for each group of a kind in its order, for each measure of the model and of what it has to beat."""
    for method, end in _METHODS.items():
        rows = (row for row in scores if row.by == by and row.method == method)
        for step, row in enumerate(rows, start=1):
            for measure in measures:
                yield f"{by}_{measure}{end}", getattr(row, measure), step
