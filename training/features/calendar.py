"""The target day's place in the week, the month and the year, and the step itself."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from training.features.level import LevelBlock
from training.features.spec import FeatureSpec
from training.features.summary import Per, Summary
from training.features.table import Columns
from training.features.window import Matrix

NAMES = ("step", "weekday", "day_of_month", "month", "week_of_year")


def names(spec: FeatureSpec) -> tuple[str, ...]:
    return NAMES


def columns(block: LevelBlock, spec: FeatureSpec) -> tuple[Columns, ...]:
    return (block.columns(_CALENDAR),)


def _values(block: LevelBlock) -> Matrix:
    days = _each_day(block.first, block.reach)
    values = np.empty((len(days), len(block.cell), block.reach), np.float32)
    values[...] = days[:, None]
    return values


_CALENDAR = Summary("calendar", Per.DATE, _values)


@lru_cache(maxsize=64)
def _each_day(first: int, count: int) -> Matrix:
    """(5, count) the group's values of some days from ``first`` on, counted from 1970-01-01; read only."""
    days = (first + np.arange(count)).astype("datetime64[D]")
    values = (np.arange(1, count + 1), weekday(days), day_of_month(days), month(days), week_of_year(days))
    table = np.array(values, np.float32)
    table.flags.writeable = False
    return table


def weekday(days: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """0 = Monday; 1970-01-01 was a Thursday."""
    since_monday: NDArray[np.int64] = (days.astype(np.int64) + 3) % 7
    return since_monday


def day_of_month(days: NDArray[np.datetime64]) -> NDArray[np.int64]:
    return _days_since(days.astype("datetime64[M]"), days) + 1


def month(days: NDArray[np.datetime64]) -> NDArray[np.int64]:
    since_january: NDArray[np.int64] = days.astype("datetime64[M]").astype(np.int64) % 12
    return since_january + 1


def week_of_year(days: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """ISO 8601 week number: the week belongs to the year of its Thursday."""
    thursday = days + (3 - weekday(days)).astype("timedelta64[D]")
    return _days_since(thursday.astype("datetime64[Y]"), thursday) // 7 + 1


def _days_since(start: NDArray[np.datetime64], days: NDArray[np.datetime64]) -> NDArray[np.int64]:
    passed: NDArray[np.int64] = (days - start.astype("datetime64[D]")).astype(np.int64)
    return passed
