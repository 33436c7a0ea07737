"""The level of a series: what to expect of a day before anything is learnt. Its last column is the model's offset.

The trees learn the ratio of sales to this level, so that one model fits series that sell one unit a month and
series that sell hundreds a day. Each factor is the posterior mean of a gamma-Poisson model: with little history the
level leans on the peers' (``prior``), a weekday's factor on that of the store's department, a promotion's on 1.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from training.features.block import Block
from training.features.history import SPANS, ratio
from training.features.spec import FeatureSpec
from training.features.table import Columns
from training.features.uplift import promo_uplift
from training.features.window import Matrix

NAMES = ("base_level", "own_weekday", "weekday_factor", "level")

_LEVEL_SPANS = [SPANS.index(28), SPANS.index(364)]
_RECENT_SHARE = np.float32(0.8)
_FACTOR_SPAN = 56
_PRIOR_SHAPE = np.float32(0.5)
"""Shape of the gamma prior on the level: items of one department differ by an order of magnitude."""
_WEEKDAY_SHAPES = np.array([12, 40], np.float32)[:, None, None]
"""Shapes of the gamma priors on a weekday's factor: a standard deviation of 0.29 about 1, and less about the
department's, because its items differ less in it than in level."""


class LevelBlock(Block):
    """A block that also knows the level of its series."""

    @cached_property
    def base(self) -> Matrix:
        """(m,) units a day: mostly the last four weeks', partly the last year's, shrunk to the prior; above 0.

        The year's part keeps the level of an item that was out of stock for a month from collapsing to 0, and the
        ratio that the trees learn from exploding when it returns.
        """
        prior = self.window.prior
        sold, observed = self.totals[_LEVEL_SPANS], self.counts[_LEVEL_SPANS]
        recent, year = prior * (_PRIOR_SHAPE + sold) / (_PRIOR_SHAPE + observed * prior)
        blend: Matrix = _RECENT_SHARE * recent + (1 - _RECENT_SHARE) * year
        return blend

    @cached_property
    def weekday_factors(self) -> Matrix:
        """(2, m, 7) share of each weekday in the last eight weeks, shrunk to 1 and to the factor of the series'
        department of its store."""
        sold, days = self.by_weekday(_FACTOR_SPAN // 7)
        mean = self.means[SPANS.index(_FACTOR_SPAN)]
        usual = days * np.where(np.isnan(mean), np.float32(0), mean)[:, None]
        expected = np.ones((2, *sold.shape), np.float32)
        weekday = self.window.seasonality.weekday[:, self.window.cell[:, None], self.week]
        np.divide(weekday.sum(axis=0), len(weekday), out=expected[1])
        factors: Matrix = (_WEEKDAY_SHAPES + sold) / (_WEEKDAY_SHAPES / expected + usual)
        return factors

    @cached_property
    def promo(self) -> Matrix | None:
        """(m, L + H) 0 or 1, where the data has promotions."""
        return None if self.window.promo is None else np.nan_to_num(self.window.promo)

    @cached_property
    def uplift(self) -> Matrix:
        """(m,) what a promotion does to the series' sales; 1 where the data has none."""
        return np.ones_like(self.base) if self.promo is None else promo_uplift(self, self.promo)

    def level(self) -> Columns:
        """Units to expect of each target day, above 0."""
        level = self.base[:, None] * self.weekday_factors[1]
        if self.promo is None:
            return Columns(self.weekday, level.reshape(1, -1))
        promoted = np.where(self.at_target(self.promo) > 0, self.uplift[:, None], 1)
        return Columns(self.row, (level.ravel()[self.weekday.place] * promoted).reshape(1, -1))

    def relative(self, values: Matrix) -> Matrix:
        """(..., m) units in terms of the series' own level."""
        return ratio(values, self.base)


def names(spec: FeatureSpec) -> tuple[str, ...]:
    return NAMES


def columns(block: LevelBlock, spec: FeatureSpec) -> tuple[Columns, ...]:
    factors = block.weekday_factors.reshape(2, -1)
    return Columns(block.series, block.base[None]), Columns(block.weekday, factors), block.level()
