"""The target day's factors of its store's department: weekday, day of the month, events about it, flags.

An event counts when it lies inside the window, as in ``events``: a row may not look further in training than it can in
serving. Its effect is a mean over the years before; the trees decide how far to trust it.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from training.features import calendar
from training.features.level import LevelBlock
from training.features.seasonality import EVENT_REACH, RECENT_SPANS, WEEKDAY_SPANS
from training.features.spec import HISTORY_DAYS, FeatureSpec
from training.features.summary import Per, Summary
from training.features.table import Columns
from training.features.window import Matrix

_NEAREST_FIRST = np.array(sorted(range(-EVENT_REACH, EVENT_REACH + 1), key=lambda days: (abs(days), days)))
"""Days since an event in the order in which they overrule each other: the day itself, the day before it, the day after
it and so on."""


def names(spec: FeatureSpec) -> tuple[str, ...]:
    return (
        *(f"department_weekday_{weeks}" for weeks in WEEKDAY_SPANS),
        *(f"department_recent_{days}" for days in RECENT_SPANS),
        "month_day_effect",
        *(("event_effect", "event_near_effect") if spec.event_names else ()),
        *(f"effect_{flag}" for flag in spec.flags),
    )


def columns(block: LevelBlock, spec: FeatureSpec) -> tuple[Columns, ...]:
    return (
        block.columns(_WEEKDAY),
        Columns(block.series, block.window.seasonality.recent[:, block.window.cell]),
        block.columns(_DAY_OF_MONTH),
        *((block.columns(_EVENTS),) if spec.event_names else ()),
        *(_flag_effects(block, spec) if spec.flags else ()),
    )


def _weekday(block: LevelBlock) -> Matrix:
    weekday, _ = _places(block.first, block.reach)
    return block.window.seasonality.weekday[:, block.cell[:, None], weekday]


def _day_of_month(block: LevelBlock) -> Matrix:
    _, day = _places(block.first, block.reach)
    return block.window.seasonality.month_day[None, block.cell[:, None], day]


@lru_cache(maxsize=64)
def _places(first: int, count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where some days from ``first`` on stand in the tables of weekdays and of the month."""
    days = (first + np.arange(count)).astype("datetime64[D]")
    return calendar.weekday(days), calendar.day_of_month(days) - 1


def _flag_effects(block: LevelBlock, spec: FeatureSpec) -> tuple[Columns]:
    grain, series, told = block.told
    cell = block.window.cell[series]
    factors = zip(spec.flags, block.window.seasonality.flag, strict=True)
    return (Columns(grain, np.array([effect[cell, (told[flag] == 1).astype(np.intp)] for flag, effect in factors])),)


def _event_effects(block: LevelBlock) -> Matrix:
    """Effect of an event on its day, and that of the nearest; NaN without one, or one not seen before."""
    around = block.window.events[block.calendar, HISTORY_DAYS - EVENT_REACH : HISTORY_DAYS + block.reach + EVENT_REACH]
    codes = np.zeros((len(around), block.reach + 2 * EVENT_REACH), np.int16)
    codes[:, : around.shape[1]] = around
    if not codes.any():
        return np.full((2, len(codes), block.reach), np.nan, np.float32)
    code = codes[:, np.arange(EVENT_REACH, EVENT_REACH + block.reach)[:, None] - _NEAREST_FIRST]
    effects = block.window.seasonality.event[block.cell[:, None, None], code, _NEAREST_FIRST + EVENT_REACH]
    effects = np.where(code > 0, effects, np.float32(np.nan)).reshape(-1, len(_NEAREST_FIRST))
    nearest = (~np.isnan(effects)).argmax(axis=1)
    near = effects[np.arange(len(effects)), nearest]
    return np.array((effects[:, 0], near)).reshape(2, len(codes), -1)


_WEEKDAY = Summary("weekdays of a department", Per.DATE, _weekday)
_DAY_OF_MONTH = Summary("days of the month", Per.DATE, _day_of_month)
_EVENTS = Summary("effects of events", Per.DATE, _event_effects)
