"""Promotions: on the target day, how usual they are and what they did to this series."""

from __future__ import annotations

import numpy as np

from training.features.level import LevelBlock
from training.features.spec import HISTORY_DAYS, FeatureSpec
from training.features.window import Matrix

NAMES = ("promo", "promo_share_28", "promo_uplift")

_UPLIFT_SHAPE = np.float32(4.0)
"""Shape of the gamma prior on the uplift: a series without promotions has an uplift of 1."""


def names(spec: FeatureSpec) -> tuple[str, ...]:
    return NAMES if spec.has_promo else ()


def columns(block: LevelBlock, spec: FeatureSpec) -> tuple[Matrix, ...]:
    promo = block.window.promo
    if promo is None:
        return ()
    flags = np.nan_to_num(promo)
    past = flags[:, :HISTORY_DAYS]
    return block.at_target(flags), past[:, -28:].mean(axis=1, keepdims=True), _uplift(block, past)


def _uplift(block: LevelBlock, past: Matrix) -> Matrix:
    """(m, 1) sales on promotion days over sales on other days, shrunk to 1."""
    on, off = past * block.observed, (1 - past) * block.observed
    sold_on = (block.units * on).sum(axis=1, keepdims=True)
    sold_off = (block.units * off).sum(axis=1, keepdims=True)
    usual = sold_off / np.maximum(off.sum(axis=1, keepdims=True), np.float32(1))
    expected = on.sum(axis=1, keepdims=True) * usual
    uplift: Matrix = (_UPLIFT_SHAPE + sold_on) / (_UPLIFT_SHAPE + expected)
    return uplift
