"""Holidays and other events on, before and after the target day.

Only events inside the window count: at the end of a forecast the calendar ends too, so a row may not look further
in training than it can in serving.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.features.level import LevelBlock
from training.features.spec import HISTORY_DAYS, FeatureSpec
from training.features.summary import Per, Summary
from training.features.table import Columns
from training.features.window import Matrix

NAMES = ("event", "days_to_event", "days_since_event")

REACH = 14
"""Days an event can be ahead or behind; further away counts as ``REACH + 1``."""


def names(spec: FeatureSpec) -> tuple[str, ...]:
    return NAMES if spec.event_names else ()


def columns(block: LevelBlock, spec: FeatureSpec) -> tuple[Columns, ...]:
    return (block.columns(_EVENTS),) if spec.event_names else ()


def _values(block: LevelBlock) -> Matrix:
    codes = block.window.events[block.calendar, HISTORY_DAYS - REACH :]
    ahead = _distance(codes[:, ::-1])[:, ::-1]
    return np.array((codes, ahead, _distance(codes)), np.float32)[:, :, REACH : REACH + block.reach]


def _distance(codes: NDArray[np.int16]) -> NDArray[np.int64]:
    """(s, days) days since the last event, 0 on its day, at most ``REACH + 1``."""
    day = np.arange(codes.shape[1])
    last = np.maximum.accumulate(np.where(codes > 0, day, -REACH - 1), axis=1)
    return np.minimum(day - last, REACH + 1)


_EVENTS = Summary("events", Per.DATE, _values)
