"""What a series is: its store, department, category and state as codes, and the ``known_*`` columns of the target day.

Codes are ordinal (the position in the sorted vocabulary) instead of categorical splits: a tree isolates a value in
two cuts, and the tree runtime needs no bit sets. Unknown values are missing values, which every split has a side for.
"""

from __future__ import annotations

import numpy as np

from training.features.level import LevelBlock
from training.features.spec import STATIC_COLUMNS, FeatureSpec
from training.features.table import Columns


def names(spec: FeatureSpec) -> tuple[str, ...]:
    return (*_told_apart(spec), *spec.known)


def columns(block: LevelBlock, spec: FeatureSpec) -> tuple[Columns, ...]:
    codes = [block.window.codes[name] for name in _told_apart(spec)]
    columns = [Columns(block.series, np.array(codes))] if codes else []
    if spec.known:
        grain, _, told = block.told
        columns.append(Columns(grain, np.array([told[name] for name in spec.known])))
    return tuple(columns)


def _told_apart(spec: FeatureSpec) -> tuple[str, ...]:
    """Static columns that have more than one value: a constant teaches nothing."""
    return tuple(name for name in STATIC_COLUMNS if len(spec.statics[name]) > 1)
