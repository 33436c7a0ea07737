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
    """Population standard deviation; the mean of squares suffices in float32 because units are small numbers."""
    mean = block.mean(span)
    variance = ratio(block.squares[span], block.counts[span]) - mean * mean
    return np.sqrt(np.maximum(variance, np.float32(0)))
