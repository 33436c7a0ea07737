"""Rolling means and deviations of the days before the origin, in terms of the series' level."""

from __future__ import annotations

import numpy as np

from training.features.history import SPANS, ratio
from training.features.level import LevelBlock
from training.features.spec import FeatureSpec
from training.features.summary import Per, Summary
from training.features.table import Columns
from training.features.window import Matrix

MEAN_SPANS = (7, 28, 56, 91, 182, 364)
DEVIATION_SPANS = (91,)

_MEANS = [SPANS.index(span) for span in MEAN_SPANS]
_DEVIATIONS = [SPANS.index(span) for span in DEVIATION_SPANS]


def names(spec: FeatureSpec) -> tuple[str, ...]:
    means = (f"mean_{span}" for span in MEAN_SPANS)
    return (*means, *(f"deviation_{span}" for span in DEVIATION_SPANS))


def columns(block: LevelBlock, spec: FeatureSpec) -> tuple[Columns, ...]:
    return (block.columns(_ROLLING),)


def _rolling(block: LevelBlock) -> Matrix:
    return block.relative(np.concatenate((block.means[_MEANS], _deviations(block))))


def _deviations(block: LevelBlock) -> Matrix:
    """(spans, m) sample standard deviation; NaN where nothing was sold, lest a series that pauses look like the
    steadiest of all.

    Sums of squares suffice in float32 because units are small numbers.
    """
    totals = block.sums.units[_DEVIATIONS]
    squares = block.sums.squares[_DEVIATIONS] - totals * block.means[_DEVIATIONS]
    variance = ratio(np.maximum(squares, np.float32(0)), block.sums.days[_DEVIATIONS] - 1)
    return np.where(totals > 0, np.sqrt(variance), np.float32(np.nan))


_ROLLING = Summary("rolling", Per.SERIES, _rolling)
