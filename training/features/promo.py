"""Promotions: on the target day, how usual they are and what they did to this series."""

from __future__ import annotations

from training.features.level import LevelBlock
from training.features.spec import HISTORY_DAYS, FeatureSpec
from training.features.window import Matrix

NAMES = ("promo", "promo_share_28", "promo_uplift")


def names(spec: FeatureSpec) -> tuple[str, ...]:
    return NAMES if spec.has_promo else ()


def columns(block: LevelBlock, spec: FeatureSpec) -> tuple[Matrix, ...]:
    if block.promo is None:
        return ()
    recent = block.promo[:, HISTORY_DAYS - 28 : HISTORY_DAYS]
    return block.at_target(block.promo), recent.mean(axis=1, keepdims=True), block.uplift
