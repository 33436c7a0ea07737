"""Holidays and other events on, before and after the target day.

Only events inside the window count: at the end of a forecast the calendar ends too, so a row may not look further
in training than it can in serving.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.features.level import LevelBlock
from training.features.spec import HISTORY_DAYS, FeatureSpec
from training.features.table import Columns

NAMES = ("event", "days_to_event", "days_since_event")

REACH = 14
"""Days an event can be ahead or behind; further away counts as ``REACH + 1``."""


def names(spec: FeatureSpec) -> tuple[str, ...]:
    return NAMES if spec.event_names else ()


def columns(block: LevelBlock, spec: FeatureSpec) -> tuple[Columns, ...]:
    if not spec.event_names:
        return ()
    codes = block.window.events[block.calendar, HISTORY_DAYS - REACH :]
    ahead = _distance(codes[:, ::-1])[:, ::-1]
    values = np.array((codes, ahead, _distance(codes)), np.float32)[:, :, REACH : REACH + block.reach]
    return (Columns(block.date, values.reshape(len(NAMES), -1)),)


def _distance(codes: NDArray[np.int16]) -> NDArray[np.int64]:
    """(s, days) days since the last event, 0 on its day, at most ``REACH + 1``."""
    day = np.arange(codes.shape[1])
    last = np.maximum.accumulate(np.where(codes > 0, day, -REACH - 1), axis=1)
    return np.minimum(day - last, REACH + 1)
