"""Single days and weekdays before the origin, in terms of the series' level, and the same season a year ago."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.features.block import ratio
from training.features.level import LevelBlock
from training.features.spec import HISTORY_DAYS, FeatureSpec
from training.features.window import Matrix

DAY_LAGS = (1,)
WEEKDAY_SPANS = (4, 13)
YEAR = 364
SEASON_DAYS = (7, 28)
"""Lengths of the two seasons about the same day a year ago."""


def names(spec: FeatureSpec) -> tuple[str, ...]:
    return (
        *(f"lag_{days}" for days in DAY_LAGS),
        *(f"weekday_mean_{weeks}" for weeks in WEEKDAY_SPANS),
        *(f"year_ago_{days}" for days in SEASON_DAYS),
    )


def columns(block: LevelBlock, spec: FeatureSpec) -> tuple[Matrix, ...]:
    sales, (units, observed) = block.window.sales, block.weeks
    weekday_means = (
        ratio(units[:, -weeks:].sum(axis=1), observed[:, -weeks:].sum(axis=1, dtype=np.float32))
        for weeks in WEEKDAY_SPANS
    )
    return (
        *(block.relative(sales[:, [-days]]) for days in DAY_LAGS),
        *(block.relative(block.same_weekday(mean)) for mean in weekday_means),
        *_seasons(block),
    )


def _seasons(block: LevelBlock) -> list[Matrix]:
    """Mean about the target's day a year ago over the mean of the 28 days before the origin's day a year ago."""
    before = HISTORY_DAYS - YEAR
    reference = ratio(
        block.units[:, :before].sum(axis=1, keepdims=True),
        block.observed[:, :before].sum(axis=1, keepdims=True, dtype=np.float32),
    )
    reach = min(HISTORY_DAYS, before + block.window.horizon + max(SEASON_DAYS) // 2)
    total = _leading_zero_cumsum(block.units[:, :reach])
    count = _leading_zero_cumsum(block.observed[:, :reach])
    seasons = []
    for days in SEASON_DAYS:
        end = block.target - YEAR + (days + 1) // 2
        start = end - days
        sold = np.take_along_axis(total, end, 1) - np.take_along_axis(total, start, 1)
        seen = np.take_along_axis(count, end, 1) - np.take_along_axis(count, start, 1)
        seasons.append(ratio(ratio(sold.astype(np.float32), seen.astype(np.float32)), reference))
    return seasons


def _leading_zero_cumsum(values: Matrix | NDArray[np.bool_]) -> NDArray[np.float64]:
    sums = np.zeros((len(values), values.shape[1] + 1))
    np.cumsum(values, axis=1, dtype=np.float64, out=sums[:, 1:])
    return sums
