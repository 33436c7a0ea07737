"""The target day's factors of its store's department: weekday, day of the month, events about it, flags.

An event counts when it lies inside the window, as in ``events``: a row may not look further in training than it can in
serving. Its effect is a mean over the years before; the trees decide how far to trust it.
"""

from __future__ import annotations

import numpy as np

from training.features.calendar import day_of_month
from training.features.level import LevelBlock
from training.features.seasonality import EVENT_REACH, RECENT_SPANS, WEEKDAY_SPANS
from training.features.spec import HISTORY_DAYS, FeatureSpec
from training.features.window import Matrix

_NEAREST_LAST = sorted(range(-EVENT_REACH, EVENT_REACH + 1), key=lambda days: (-abs(days), -days))
"""Days since an event in the order in which they overrule each other: the day itself last, the day after before it."""


def names(spec: FeatureSpec) -> tuple[str, ...]:
    return (
        *(f"department_weekday_{weeks}" for weeks in WEEKDAY_SPANS),
        *(f"department_recent_{days}" for days in RECENT_SPANS),
        "month_day_effect",
        *(("event_effect", "event_near_effect") if spec.event_names else ()),
        *(f"effect_{flag}" for flag in spec.flags),
    )


def columns(block: LevelBlock, spec: FeatureSpec) -> tuple[Matrix, ...]:
    window, cell = block.window, block.window.cell[:, None]
    table = window.seasonality
    days = day_of_month(window.origin + np.arange(window.horizon).astype("timedelta64[D]"))
    values = (np.nan_to_num(block.at_target(window.known[flag])).astype(np.intp) for flag in spec.flags)
    return (
        *(factors[cell, block.day_of_week] for factors in table.weekday),
        *(ratios[cell] for ratios in table.recent),
        table.month_day[cell, days[block.steps - 1] - 1],
        *(_event_effects(block) if spec.event_names else ()),
        *(factors[cell, value] for factors, value in zip(table.flag, values, strict=True)),
    )


def _event_effects(block: LevelBlock) -> tuple[Matrix, Matrix]:
    """(m, k) effect of an event on its day, and that of the nearest event; NaN without one, or one not seen before."""
    window, table = block.window, block.window.seasonality
    reach = ((0, 0), (EVENT_REACH, EVENT_REACH))
    codes = np.pad(window.events[:, HISTORY_DAYS - EVENT_REACH :], reach)
    calendar, target = window.calendar_index[:, None], block.steps - 1 + 2 * EVENT_REACH
    near = np.full(block.steps.shape, np.nan, np.float32)
    today = near
    for days in _NEAREST_LAST:
        code = codes[calendar, target - days]
        rows, places = np.nonzero(code)
        effect = table.event[window.cell[rows], code[rows, places], days + EVENT_REACH]
        seen = ~np.isnan(effect)
        near[rows[seen], places[seen]] = effect[seen]
        if days == 0:
            today = np.full(near.shape, np.nan, np.float32)
            today[rows, places] = effect
    return today, near
