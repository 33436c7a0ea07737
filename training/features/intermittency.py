"""How old a series is, how rarely it sells and how long it has not sold."""

from __future__ import annotations

import numpy as np

from training.features.history import SPANS, ratio
from training.features.level import LevelBlock
from training.features.spec import HISTORY_DAYS, FeatureSpec
from training.features.summary import Per, Summary
from training.features.table import Columns
from training.features.window import Matrix

NAMES = ("age", "days_since_sale", "sale_share_28", "sale_share_91", "mean_when_sold_91")


def names(spec: FeatureSpec) -> tuple[str, ...]:
    return NAMES


def columns(block: LevelBlock, spec: FeatureSpec) -> tuple[Columns, ...]:
    return (block.columns(_INTERMITTENCY),)


def _values(block: LevelBlock) -> Matrix:
    sold, sums = block.sold, block.sums
    since = np.where(sold.any(axis=1), np.argmax(sold[:, ::-1], axis=1) + 1, HISTORY_DAYS + 1)
    values = np.empty((len(NAMES), len(sold)), np.float32)
    values[0] = block.window.age
    values[1] = since
    short, long = SPANS.index(28), SPANS.index(91)
    over = np.array((sums.sale_days[short], sums.sale_days[long], sums.units[long]))
    under = np.array((sums.days[short], sums.days[long], sums.sale_days[long]))
    values[2:] = ratio(over, under)
    values[4] = block.relative(values[4])
    return values


_INTERMITTENCY = Summary("intermittency", Per.SERIES, _values)
