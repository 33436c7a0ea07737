"""A backtest's folds, and what is read off them: the quantile table, its coverage, the scores and the windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from training.artifact.quantiles import ResidualQuantiles
from training.backtest.calibration import residuals
from training.backtest.document import document
from training.backtest.folds import Fold
from training.backtest.scored import ScoredFold, score_folds
from training.backtest.scores import Days, ScoreRow, covered
from training.backtest.table import ScoreTable
from training.backtest.windows import WindowErrors, window_errors
from training.hierarchy import Hierarchy
from training.panel import Panel


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
        return residuals(self.folds)

    @cached_property
    def hierarchy(self) -> Hierarchy:
        """The levels that the panel's series add up to."""
        return Hierarchy.of(self.panel)

    @cached_property
    def scored(self) -> tuple[ScoredFold, ...]:
        """The folds with their scales, weights and calibration."""
        return score_folds(self.panel, self.hierarchy, self.folds)

    def coverage(self, levels: Sequence[float]) -> dict[float, float]:
        """Share of later days at or below each quantile, learnt from the folds before; NaN with one fold."""
        return covered(Days.of(self.scored), levels)

    @cached_property
    def scores(self) -> tuple[ScoreRow, ...]:
        """Overall, by origin, level, store, category, department and step; each method's rows beside each other."""
        return tuple(ScoreTable(self.scored, self.hierarchy, self.quantiles).rows())

    @cached_property
    def windows(self) -> tuple[WindowErrors, ...]:
        """Each origin's errors by day and by store."""
        return tuple(window_errors(each, self.panel.store_ids) for each in self.scored)

    def document(self) -> dict[str, object]:
        """What backtest.json holds."""
        return document(self.panel.fingerprint, self.quantiles, self.scores, self.windows)
