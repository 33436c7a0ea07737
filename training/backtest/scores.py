"""Scores of a backtest as a table: all folds together, by a column of the series, or by step of the horizon."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from training.backtest.folds import Fold
from training.features.window import Matrix
from training.metrics import Scales, bias, mase, rmsse, wape

ALL = "all"


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """Scores of one method on one group of the folds' days; NaN where a measure has no meaning there."""

    by: str
    """What the group is a value of: 'all', 'store_id', 'cat_id', 'step' or 'origin'."""
    value: str
    method: str
    wape: float
    bias: float
    mase: float
    rmsse: float


@dataclass(frozen=True, slots=True)
class Pooled:
    """The folds below one another: (folds * n, H)."""

    actual: Matrix
    forecasts: dict[str, Matrix]
    scales: Scales
    folds: int

    @classmethod
    def of(cls, folds: Sequence[Fold]) -> Pooled:
        return cls(
            np.concatenate([fold.actual for fold in folds]),
            {method: np.concatenate([fold.forecasts[method] for fold in folds]) for method in folds[0].forecasts},
            Scales(
                np.concatenate([fold.scales.absolute for fold in folds]),
                np.concatenate([fold.scales.squared for fold in folds]),
            ),
            len(folds),
        )

    def overall(self) -> Iterator[ScoreRow]:
        """One row a method over everything."""
        for method, forecast in self.forecasts.items():
            yield _row(ALL, ALL, method, self.actual, forecast, self.scales)

    def by_series(self, by: str, values: Sequence[str]) -> Iterator[ScoreRow]:
        """Rows for each value of an (n,) column of the series."""
        column = np.tile(np.array(values), self.folds)
        for value in np.unique(column):
            part = column == value
            for method, forecast in self.forecasts.items():
                yield _row(by, str(value), method, self.actual[part], forecast[part], self.scales.rows(part))

    def by_step(self) -> Iterator[ScoreRow]:
        """Rows for each step of the horizon, counted from 1."""
        for step in range(self.actual.shape[1]):
            for method, forecast in self.forecasts.items():
                day = slice(step, step + 1)
                yield _row("step", str(step + 1), method, self.actual[:, day], forecast[:, day], self.scales)


def _row(by: str, value: str, method: str, actual: Matrix, forecast: Matrix, scales: Scales) -> ScoreRow:
    return ScoreRow(
        by,
        value,
        method,
        wape=wape(actual, forecast),
        bias=bias(actual, forecast),
        mase=mase(actual, forecast, scales),
        rmsse=rmsse(actual, forecast, scales),
    )
