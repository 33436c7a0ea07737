"""Looks the backtest's scores up by group and method, as they stand in backtest.json."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from training.backtest import ScoreRow
from training.backtest.folds import MODEL
from training.backtest.scores import ALL

Group = tuple[str, str]
"""(what it is a value of, value): ('cat_id', 'FOODS')."""

WHOLE: Group = (ALL, ALL)


class ScoreIndex:
    """The rows of a backtest by (group, method)."""

    def __init__(self, rows: Iterable[ScoreRow]) -> None:
        self._rows = {((row.by, row.value), row.method): row for row in rows}

    def groups(self, by: str) -> list[Group]:
        """The groups of one kind in their order; none when the backtest has not scored it."""
        return [group for group, method in self._rows if group[0] == by and method == MODEL]

    def figure(self, group: Group, measure: str, method: str = MODEL) -> float:
        """A measure; NaN where it has no meaning."""
        row = self._rows.get((group, method))
        return math.nan if row is None else float(getattr(row, measure))

    def coverage(self, group: Group, level: float) -> float:
        """Share of the days at or below the model's quantile; NaN where it was not measured."""
        row = self._rows.get((group, MODEL))
        return math.nan if row is None else row.coverage.get(level, math.nan)

    def has(self, groups: Sequence[Group], measure: str) -> bool:
        """Whether any of the groups has that measure, for the model."""
        return any(math.isfinite(self.figure(group, measure)) for group in groups)
