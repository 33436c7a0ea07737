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
from training.features.summary import Per, Summary
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
    """A block that also knows the level of its series, and remembers what was made of their past."""

    def summary(self, summary: Summary) -> Matrix:
        """The columns of a summary in the shape of its kind."""
        found = self.summaries.get(summary)
        if found is None:
            kept = self.kept(summary)
            found = self.summaries[summary] = summary.compute(self) if kept is None else kept
        return found

    def columns(self, summary: Summary) -> Columns:
        """The same as columns of a table."""
        values = self.summary(summary)
        if summary.per is Per.DAY:
            values = self.asked(values)
        return Columns(self.grain_of(summary.per), values.reshape(len(values), -1))

    @property
    def base(self) -> Matrix:
        """(m,) units a day, above 0."""
        base: Matrix = self.summary(BASE)[0]
        return base

    @cached_property
    def promo(self) -> Matrix | None:
        """(m, L + H) 0 or 1, where the data has promotions."""
        return None if self.window.promo is None else np.nan_to_num(self.window.promo)

    def relative(self, values: Matrix) -> Matrix:
        """(..., m) units in terms of the series' own level."""
        return ratio(values, self.base)


def _base(block: LevelBlock) -> Matrix:
    """Mostly the last four weeks', partly the last year's, shrunk to the prior.

    The year's part keeps the level of an item that was out of stock for a month from collapsing to 0, and the
    ratio that the trees learn from exploding when it returns.
    """
    prior = block.window.prior
    sold, observed = block.sums.units[_LEVEL_SPANS], block.sums.days[_LEVEL_SPANS]
    recent, year = prior * (_PRIOR_SHAPE + sold) / (_PRIOR_SHAPE + observed * prior)
    blend: Matrix = _RECENT_SHARE * recent + (1 - _RECENT_SHARE) * year
    return blend[None]


def _weekday_factors(block: LevelBlock) -> Matrix:
    """Share of each weekday in the last eight weeks, shrunk to 1 and to the factor of the series' department of its
    store."""
    sold, days = block.by_weekday(_FACTOR_SPAN // 7)
    mean = block.means[SPANS.index(_FACTOR_SPAN)]
    usual = days * np.where(np.isnan(mean), np.float32(0), mean)[:, None]
    expected = np.ones((2, *sold.shape), np.float32)
    weekday = block.window.seasonality.weekday[:, block.window.cell[:, None], block.week]
    np.divide(weekday.sum(axis=0), len(weekday), out=expected[1])
    factors: Matrix = (_WEEKDAY_SHAPES + sold) / (_WEEKDAY_SHAPES / expected + usual)
    return factors


def _usual(block: LevelBlock) -> Matrix:
    """Units to expect of a weekday without a promotion."""
    return block.base[None, :, None] * block.summary(_FACTORS)[1:]


def _uplift(block: LevelBlock) -> Matrix:
    """What a promotion does to the series' sales; 1 where the data has none."""
    uplift = np.ones_like(block.base) if block.promo is None else promo_uplift(block, block.promo)
    return uplift[None]


BASE = Summary("base", Per.SERIES, _base)
_FACTORS = Summary("weekday factors", Per.WEEKDAY, _weekday_factors)
_USUAL = Summary("usual level", Per.WEEKDAY, _usual)
UPLIFT = Summary("uplift", Per.SERIES, _uplift)


def names(spec: FeatureSpec) -> tuple[str, ...]:
    return NAMES


def columns(block: LevelBlock, spec: FeatureSpec) -> tuple[Columns, ...]:
    return block.columns(BASE), block.columns(_FACTORS), _level(block)


def _level(block: LevelBlock) -> Columns:
    """Units to expect of each target day, above 0."""
    usual = block.columns(_USUAL)
    if block.promo is None:
        return usual
    promoted = np.where(block.at_target(block.promo) > 0, block.summary(UPLIFT)[0][:, None], 1)
    return Columns(block.row, (usual.values[0][usual.grain.place] * promoted).reshape(1, -1))
