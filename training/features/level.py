"""The level of a series: what to expect of a day before anything is learnt. Its last column is the model's offset.

The trees learn the ratio of sales to this level, so that one model fits series that sell one unit a month and
series that sell hundreds a day. Both steps are the posterior mean of a gamma-Poisson model: with little history
the level leans on the peers' (``prior``), and a weekday's factor on 1.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from training.features.block import Block, ratio
from training.features.spec import FeatureSpec
from training.features.window import Matrix

NAMES = ("base_level", "weekday_factor", "level")

_LEVEL_SPAN = 28
_YEAR_SPAN = 364
_RECENT_SHARE = np.float32(0.8)
_FACTOR_SPAN = 56
_PRIOR_SHAPE = np.float32(0.5)
"""Shape of the gamma prior on the level: items of one department differ by an order of magnitude."""
_WEEKDAY_SHAPE = np.float32(12.0)
"""Shape of the gamma prior on a weekday's factor: a standard deviation of 0.29 about 1."""


class LevelBlock(Block):
    """A block that also knows the level of its series."""

    @cached_property
    def base(self) -> Matrix:
        """(m, 1) units a day: mostly the last four weeks', partly the last year's, shrunk to the prior; above 0.

        The year's part keeps the level of an item that was out of stock for a month from collapsing to 0, and the
        ratio that the trees learn from exploding when it returns.
        """
        recent = self._shrunk(_LEVEL_SPAN)
        blend: Matrix = _RECENT_SHARE * recent + (1 - _RECENT_SHARE) * self._shrunk(_YEAR_SPAN)
        return blend

    def _shrunk(self, span: int) -> Matrix:
        prior = self.window.prior[:, None]
        mean: Matrix = prior * (_PRIOR_SHAPE + self.totals[span]) / (_PRIOR_SHAPE + self.counts[span] * prior)
        return mean

    @cached_property
    def weekday_factor(self) -> Matrix:
        """(m, k) share of the target's weekday in the last eight weeks, shrunk to 1."""
        units, observed = self.weeks
        weeks = _FACTOR_SPAN // 7
        sold = self.same_weekday(units[:, -weeks:].sum(axis=1))
        days = self.same_weekday(observed[:, -weeks:].sum(axis=1, dtype=np.float32))
        mean = np.nan_to_num(self.mean(_FACTOR_SPAN))
        return (_WEEKDAY_SHAPE + sold) / (_WEEKDAY_SHAPE + days * mean)

    def relative(self, values: Matrix) -> Matrix:
        """Units in terms of the series' own level."""
        return ratio(values, self.base)


def names(spec: FeatureSpec) -> tuple[str, ...]:
    return NAMES


def columns(block: LevelBlock, spec: FeatureSpec) -> tuple[Matrix, ...]:
    return block.base, block.weekday_factor, block.base * block.weekday_factor
