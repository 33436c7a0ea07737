"""A backtest's folds, and what is read off them: the quantile table, its coverage and the scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property

import numpy as np

from training.artifact.quantiles import ResidualQuantiles
from training.backtest.folds import MODEL, Fold
from training.backtest.scores import Pooled, ScoreRow
from training.metrics import coverage, transform
from training.model.residuals import LEVELS, fit_residuals
from training.panel import Panel

FORMAT = 2
"""Of backtest.json."""

_BLOCK = 2048
"""Series whose quantiles at all levels are held in memory together."""


@dataclass(frozen=True)
class Backtest:
    """Forecasts of a panel's past from ascending origins."""

    panel: Panel
    folds: tuple[Fold, ...]
    quantiles: tuple[float, ...] = (0.1, 0.5, 0.9)
    """Levels whose coverage is scored."""

    @cached_property
    def residuals(self) -> ResidualQuantiles:
        """The quantile table of all folds: what the deployed model answers with."""
        return _residuals(self.folds)

    def coverage(self, levels: Sequence[float]) -> dict[float, float]:
        """Share of later days at or below each quantile, learnt from the folds before; empty with one fold."""
        ends = [
            transform(fold.actual[part], earlier.at(fold.forecasts[MODEL][part], LEVELS), LEVELS)
            for place, fold in enumerate(self.folds[1:], start=1)
            for earlier in [_residuals(self.folds[:place])]
            for part in _blocks(len(fold.actual))
        ]
        if not ends:
            return {}
        lowest, highest = (np.concatenate(side) for side in zip(*ends, strict=True))
        return {level: coverage(lowest, highest, level) for level in levels}

    @cached_property
    def scores(self) -> tuple[ScoreRow, ...]:
        """Overall, by origin, store, category and step; the model's and the baselines' rows beside each other."""
        panel, pooled = self.panel, Pooled.of(self.folds)
        by_origin = (
            replace(row, by="origin", value=str(panel.dates[fold.origin]))
            for fold in self.folds
            for row in Pooled.of([fold]).overall()
        )
        return (
            *pooled.overall(),
            *by_origin,
            *pooled.by_series("store_id", panel.store_ids),
            *pooled.by_series("cat_id", panel.statics["cat_id"]),
            *pooled.by_step(),
        )

    def document(self) -> dict[str, object]:
        """What backtest.json holds."""
        panel, horizon = self.panel, self.folds[0].actual.shape[1]
        return {
            "format": FORMAT,
            "data_fingerprint": panel.fingerprint,
            "horizon": horizon,
            "origins": [str(panel.dates[fold.origin]) for fold in self.folds],
            "quantiles": list(self.quantiles),
            "scores": [asdict(row) for row in self.scores],
        }


def _blocks(n: int) -> list[slice]:
    return [slice(start, start + _BLOCK) for start in range(0, n, _BLOCK)]


def _residuals(folds: Sequence[Fold]) -> ResidualQuantiles:
    mean = np.concatenate([fold.forecasts[MODEL].ravel() for fold in folds])
    sales = np.concatenate([fold.actual.ravel() for fold in folds])
    known = ~np.isnan(sales)
    return fit_residuals(mean[known], sales[known])
