"""Rolling means and deviations of the days before the origin, in terms of the series' level."""

from __future__ import annotations

import numpy as np

from training.features.block import ratio
from training.features.level import LevelBlock
from training.features.spec import FeatureSpec
from training.features.window import Matrix

MEAN_SPANS = (7, 28, 56, 91, 182, 364)
DEVIATION_SPANS = (91,)


def names(spec: FeatureSpec) -> tuple[str, ...]:
    means = (f"mean_{span}" for span in MEAN_SPANS)
    return (*means, *(f"deviation_{span}" for span in DEVIATION_SPANS))


def columns(block: LevelBlock, spec: FeatureSpec) -> tuple[Matrix, ...]:
    means = (block.relative(block.mean(span)) for span in MEAN_SPANS)
    return (*means, *(block.relative(_deviation(block, span)) for span in DEVIATION_SPANS))


def _deviation(block: LevelBlock, span: int) -> Matrix:
    """Sample standard deviation; NaN where nothing was sold, lest a series that pauses look like the steadiest of all.

    Sums of squares suffice in float32 because units are small numbers.
    """
    squares = block.squares[span] - block.totals[span] * block.mean(span)
    variance = ratio(np.maximum(squares, np.float32(0)), block.counts[span] - 1)
    return np.where(block.totals[span] > 0, np.sqrt(variance), np.float32(np.nan))
