"""The table of a backtest's scores: over everything, by origin, level, store, category, department and step.

WRMSSE over several origins is the mean of theirs, each with its own scales and weights. By store, category and
department it is that of these series alone, as if there were no others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from training.backtest.scored import ScoredFold
from training.backtest.scores import ALL, Days, ScoreRow, score_rows
from training.hierarchy import Hierarchy
from training.metrics import mean_known
from training.weighted import PARTS, Wrmsse


@dataclass(frozen=True)
class ScoreTable:
    """Makes the rows; the model's and the baselines' beside each other."""

    scored: Sequence[ScoredFold]
    hierarchy: Hierarchy
    quantiles: Sequence[float]
    """Levels whose coverage is looked at."""

    def rows(self) -> Iterator[ScoreRow]:
        days = Days.of(self.scored)
        yield from score_rows(ALL, ALL, days, self._wrmsse(_overall), self.quantiles)
        yield from self._by_origin()
        yield from self._by_level(days)
        for column in PARTS:
            if self.hierarchy.has(column):
                yield from self._by_part(days, column)
        for step in range(1, days.actual.shape[1] + 1):
            yield from score_rows("step", str(step), days.step(step), {}, self.quantiles)

    def _by_origin(self) -> Iterator[ScoreRow]:
        for each in self.scored:
            wrmsse = {method: score.overall for method, score in each.wrmsse.items()}
            yield from score_rows("origin", each.origin, Days.of([each]), wrmsse, self.quantiles)

    def _by_level(self, series: Days) -> Iterator[ScoreRow]:
        finest = self.hierarchy.level("item_store")
        for level in self.hierarchy.levels:
            groups = self.hierarchy.level(level)
            days = series if groups is finest else Days.summed(self.scored, groups)
            wrmsse = self._wrmsse(partial(_of_level, level=level))
            yield from score_rows("level", level, days, wrmsse, self.quantiles)

    def _by_part(self, series: Days, column: str) -> Iterator[ScoreRow]:
        codes = np.tile(self.hierarchy.groups(column).codes, len(self.scored))
        for code, value in sorted(enumerate(self.hierarchy.values(column)), key=lambda pair: pair[1]):
            wrmsse = self._wrmsse(partial(_of_part, column=column, value=value))
            yield from score_rows(column, value, series.rows(codes == code), wrmsse, self.quantiles)

    def _wrmsse(self, figure: Callable[[Wrmsse], float]) -> dict[str, float]:
        """Method -> mean over the origins."""
        methods = self.scored[0].wrmsse
        return {
            method: float(mean_known(np.array([figure(each.wrmsse[method]) for each in self.scored])))
            for method in methods
        }


def _overall(score: Wrmsse) -> float:
    return score.overall


def _of_level(score: Wrmsse, level: str) -> float:
    return score.levels[level]


def _of_part(score: Wrmsse, column: str, value: str) -> float:
    return score.parts[column][value]
