"""All feature groups in one table: the one function that training and serving call."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from training.features import attributes, calendar, events, intermittency, lags, level, price, promo, rolling, seasonal
from training.features.level import LevelBlock
from training.features.spec import FeatureSpec
from training.features.summary import Summary
from training.features.table import Columns, FeatureTable
from training.features.window import Matrix, Window

FEATURE_VERSION = 3
"""Raised when the meaning of any feature changes: a model only works with the features it was trained on."""

OFFSET = "level"
"""The column that the model's ratio refers to."""

PRICE = "price"
"""The column with the target day's price, where the data has prices."""

_BLOCK = 512
"""Series computed together, so that a block's intermediate results stay in the processor's cache."""


class FeatureGroup(Protocol):
    """What each module of a group provides."""

    def names(self, spec: FeatureSpec) -> tuple[str, ...]:
        """Names of the group's columns; none when the data lacks what it needs."""

    def columns(self, block: LevelBlock, spec: FeatureSpec) -> tuple[Columns, ...]:
        """The columns in the same order."""


GROUPS: tuple[FeatureGroup, ...] = (
    level,
    rolling,
    lags,
    calendar,
    events,
    seasonal,
    price,
    promo,
    attributes,
    intermittency,
)


def feature_names(spec: FeatureSpec) -> tuple[str, ...]:
    """Names of the columns of ``build_features``, in order."""
    return tuple(name for group in GROUPS for name in group.names(spec))


def feature_table(window: Window, spec: FeatureSpec, steps: NDArray[np.int32] | int) -> FeatureTable:
    """Features of the asked steps of every series; to be called for a few hundred series at a time.

    ``steps`` is (n, k), each from 1 to the horizon; or a number, for every step up to it.
    """
    block = LevelBlock(window, steps)
    m, k = block.day.shape
    return FeatureTable((m, k), _columns(block, spec))


def summaries(window: Window, spec: FeatureSpec) -> dict[Summary, Matrix]:
    """All that features of any day of the horizon want of the past, and of the calendar; for a few hundred series."""
    block = LevelBlock(window, spec.horizon)
    _columns(block, spec)
    return block.summaries


def _columns(block: LevelBlock, spec: FeatureSpec) -> tuple[Columns, ...]:
    # Groups divide by counts that may be 0 and mask what comes of it (see ``ratio``).
    with np.errstate(divide="ignore", invalid="ignore"):
        return tuple(columns for group in GROUPS for columns in group.columns(block, spec))


def build_features(window: Window, spec: FeatureSpec, steps: NDArray[np.int32]) -> Matrix:
    """Feature matrix of the asked steps of every series: (n * k, F) float32, rows by series and then by step.

    ``steps`` is (n, k), each from 1 to the horizon. The matrix is stored column by column: LightGBM takes it so.
    """
    n, k = steps.shape
    out = np.empty((len(feature_names(spec)), n, k), np.float32)
    for start in range(0, n, _BLOCK):
        part = slice(start, start + _BLOCK)
        feature_table(window.rows(part), spec, steps[part]).write(out[:, part])
    return out.reshape(len(out), n * k).T
