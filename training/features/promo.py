"""Promotions: on the target day, how usual they are and what they did to this series."""

from __future__ import annotations

from training.features.level import UPLIFT, LevelBlock
from training.features.spec import HISTORY_DAYS, FeatureSpec
from training.features.summary import Per, Summary
from training.features.table import Columns
from training.features.window import Matrix

NAMES = ("promo", "promo_share_28", "promo_uplift")


def names(spec: FeatureSpec) -> tuple[str, ...]:
    return NAMES if spec.has_promo else ()


def columns(block: LevelBlock, spec: FeatureSpec) -> tuple[Columns, ...]:
    if block.window.promo is None:
        return ()
    grain, _, told = block.told
    return Columns(grain, told["promo"][None]), block.columns(_SHARE), block.columns(UPLIFT)


def _share(block: LevelBlock) -> Matrix:
    if block.promo is None:
        raise ValueError("a window without promotions has no share of them")
    share: Matrix = block.promo[None, :, HISTORY_DAYS - 28 : HISTORY_DAYS].mean(axis=2)
    return share


_SHARE = Summary("promotions", Per.SERIES, _share)
