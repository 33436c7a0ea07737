"""How old a series is, how rarely it sells and how long it has not sold."""

from __future__ import annotations

import numpy as np

from training.features.block import ratio
from training.features.level import LevelBlock
from training.features.spec import HISTORY_DAYS, FeatureSpec
from training.features.window import Matrix

NAMES = ("age", "days_since_sale", "sale_share_28", "sale_share_91", "mean_when_sold_91")


def names(spec: FeatureSpec) -> tuple[str, ...]:
    return NAMES


def columns(block: LevelBlock, spec: FeatureSpec) -> tuple[Matrix, ...]:
    sold = block.units > 0
    since = np.where(sold.any(axis=1), np.argmax(sold[:, ::-1], axis=1) + 1, HISTORY_DAYS + 1)
    return (
        block.window.age[:, None],
        since.astype(np.float32)[:, None],
        ratio(block.sale_days[28], block.counts[28]),
        ratio(block.sale_days[91], block.counts[91]),
        block.relative(ratio(block.totals[91], block.sale_days[91])),
    )
