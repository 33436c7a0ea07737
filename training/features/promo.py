"""Promotions: on the target day, how usual they are and what they did to this series."""

from __future__ import annotations

import numpy as np

from training.features.level import LevelBlock
from training.features.spec import HISTORY_DAYS, FeatureSpec
from training.features.table import Columns

NAMES = ("promo", "promo_share_28", "promo_uplift")


def names(spec: FeatureSpec) -> tuple[str, ...]:
    return NAMES if spec.has_promo else ()


def columns(block: LevelBlock, spec: FeatureSpec) -> tuple[Columns, ...]:
    if block.promo is None:
        return ()
    grain, told = block.told
    recent = block.promo[:, HISTORY_DAYS - 28 : HISTORY_DAYS]
    own = np.array((recent.mean(axis=1), block.uplift))
    return Columns(grain, told["promo"][None]), Columns(block.series, own)
