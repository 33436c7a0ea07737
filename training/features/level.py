"""The level of a series: what to expect of a day before anything is learnt. Its last column is the model's offset.

The trees learn the ratio of sales to this level, so that one model fits series that sell one unit a month and
series that sell hundreds a day. Each factor is the posterior mean of a gamma-Poisson model: with little history the
level leans on the peers' (``prior``), a weekday's factor on that of the store's department, a promotion's on 1.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from training.features.block import Block, ratio
from training.features.spec import FeatureSpec
from training.features.uplift import promo_uplift
from training.features.window import Matrix

NAMES = ("base_level", "own_weekday", "weekday_factor", "level")

_LEVEL_SPAN = 28
_YEAR_SPAN = 364
_RECENT_SHARE = np.float32(0.8)
_FACTOR_SPAN = 56
_PRIOR_SHAPE = np.float32(0.5)
"""Shape of the gamma prior on the level: items of one department differ by an order of magnitude."""
_OWN_SHAPE = np.float32(12.0)
"""Shape of the gamma prior on a weekday's own factor: a standard deviation of 0.29 about 1."""
_WEEKDAY_SHAPE = np.float32(40.0)
"""Shape of the gamma prior about the department's factor: items of a department differ less in it than in level."""


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
    def own_weekday(self) -> Matrix:
        """(m, k) share of the target's weekday in the last eight weeks, shrunk to 1."""
        return self._weekday_share(_OWN_SHAPE, np.ones_like(self.department_weekday))

    @cached_property
    def weekday_factor(self) -> Matrix:
        """(m, k) the same, shrunk to the department's."""
        return self._weekday_share(_WEEKDAY_SHAPE, self.department_weekday)

    @cached_property
    def department_weekday(self) -> Matrix:
        """(m, k) the weekday's factor in the series' department of its store."""
        return self.window.seasonality.profile[self.window.cell[:, None], self.day_of_week]

    def _weekday_share(self, shape: np.float32, expected: Matrix) -> Matrix:
        sold, usual = self._weekday_sales
        share: Matrix = (shape + sold) / (shape / expected + usual)
        return share

    @cached_property
    def _weekday_sales(self) -> tuple[Matrix, Matrix]:
        """(m, k) units on the target's weekday in the last eight weeks, and as many mean days' units."""
        units, observed = self.weeks
        weeks = _FACTOR_SPAN // 7
        sold = self.same_weekday(units[:, -weeks:].sum(axis=1))
        days = self.same_weekday(observed[:, -weeks:].sum(axis=1, dtype=np.float32))
        return sold, days * np.nan_to_num(self.mean(_FACTOR_SPAN))

    @cached_property
    def promo(self) -> Matrix | None:
        """(m, L + H) 0 or 1, where the data has promotions."""
        return None if self.window.promo is None else np.nan_to_num(self.window.promo)

    @cached_property
    def uplift(self) -> Matrix:
        """(m, 1) what a promotion does to the series' sales; 1 where the data has none."""
        return np.ones_like(self.base) if self.promo is None else promo_uplift(self, self.promo)

    @cached_property
    def level(self) -> Matrix:
        """(m, k) units to expect of each target day, above 0."""
        level = self.base * self.weekday_factor
        return level if self.promo is None else level * np.where(self.at_target(self.promo) > 0, self.uplift, 1)

    def relative(self, values: Matrix) -> Matrix:
        """Units in terms of the series' own level."""
        return ratio(values, self.base)


def names(spec: FeatureSpec) -> tuple[str, ...]:
    return NAMES


def columns(block: LevelBlock, spec: FeatureSpec) -> tuple[Matrix, ...]:
    return block.base, block.own_weekday, block.weekday_factor, block.level
