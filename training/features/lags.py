"""Single days and weekdays before the origin, in terms of the series' level, and the same season a year ago."""

from __future__ import annotations

import numpy as np

from training.features.history import ratio
from training.features.level import LevelBlock
from training.features.spec import HISTORY_DAYS, FeatureSpec
from training.features.summary import Per, Summary
from training.features.table import Columns
from training.features.window import Matrix

DAY_LAGS = (1,)
WEEKDAY_SPANS = (4, 13)
YEAR = 364
SEASON_DAYS = (7, 28)
"""Lengths of the two seasons about the same day a year ago."""

_LAGS = [-days for days in DAY_LAGS]


def names(spec: FeatureSpec) -> tuple[str, ...]:
    return (
        *(f"lag_{days}" for days in DAY_LAGS),
        *(f"weekday_mean_{weeks}" for weeks in WEEKDAY_SPANS),
        *(f"year_ago_{days}" for days in SEASON_DAYS),
    )


def columns(block: LevelBlock, spec: FeatureSpec) -> tuple[Columns, ...]:
    return tuple(block.columns(summary) for summary in _SUMMARIES)


def _lags(block: LevelBlock) -> Matrix:
    return block.relative(block.window.sales.T[_LAGS])


def _weekdays(block: LevelBlock) -> Matrix:
    sums = np.array([block.by_weekday(weeks) for weeks in WEEKDAY_SPANS])
    return ratio(ratio(sums[:, 0], sums[:, 1]), block.base[:, None])


def _seasons(block: LevelBlock) -> Matrix:
    """Mean about the target's day a year ago over that of the 28 days before the origin's."""
    before = HISTORY_DAYS - YEAR
    days = block.units_and_observed
    reference = ratio(*days[:, :, :before].sum(axis=2))
    passed = before + block.reach + max(SEASON_DAYS) // 2
    until = np.zeros((*days.shape[:2], passed + 1))
    np.cumsum(days[:, :, :passed], axis=2, dtype=np.float64, out=until[:, :, 1:])
    sums = np.empty((2, len(SEASON_DAYS), days.shape[1], block.reach), np.float32)
    for place, length in enumerate(SEASON_DAYS):
        end = before + (length + 1) // 2
        last, first = slice(end, end + block.reach), slice(end - length, end - length + block.reach)
        np.subtract(until[:, :, last], until[:, :, first], out=sums[:, place])
    return ratio(ratio(*sums), reference[:, None])


_SUMMARIES = (
    Summary("lags", Per.SERIES, _lags),
    Summary("weekdays", Per.WEEKDAY, _weekdays),
    Summary("seasons a year ago", Per.DAY, _seasons),
)
