"""All feature groups in one matrix: the one function that training and serving call."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from training.features import attributes, calendar, events, intermittency, lags, level, price, promo, rolling, seasonal
from training.features.level import LevelBlock
from training.features.spec import FeatureSpec
from training.features.window import Matrix, Window

FEATURE_VERSION = 3
"""Raised when the meaning of any feature changes: a model only works with the features it was trained on."""

OFFSET = "level"
"""The column that the model's ratio refers to."""

PRICE = "price"
"""The column with the target day's price, where the data has prices."""

_BLOCK = 2048
"""Series computed together, so that a block's intermediate results stay a few megabytes."""


class FeatureGroup(Protocol):
    """What each module of a group provides."""

    def names(self, spec: FeatureSpec) -> tuple[str, ...]:
        """Names of the group's columns; none when the data lacks what it needs."""

    def columns(self, block: LevelBlock, spec: FeatureSpec) -> tuple[Matrix, ...]:
        """The columns in the same order, each (m, k), or (m, 1) when it is the same for every step."""


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


def build_features(window: Window, spec: FeatureSpec, steps: NDArray[np.int32]) -> Matrix:
    """Feature matrix of the asked steps of every series: (n * k, F) float32, rows by series and then by step.

    ``steps`` is (n, k), each from 1 to the horizon. The matrix is stored column by column, which is how the trees
    read it, and LightGBM takes it so.
    """
    n, k = steps.shape
    names = feature_names(spec)
    out = np.empty((len(names), n, k), np.float32)
    for start in range(0, n, _BLOCK):
        part = slice(start, start + _BLOCK)
        block = LevelBlock(window.rows(part), steps[part])
        columns = (column for group in GROUPS for column in group.columns(block, spec))
        for place, column in zip(out[:, part], columns, strict=True):
            place[...] = column
    return out.reshape(len(names), n * k).T
