"""The target day's price, and the same in terms of what the item used to cost; 1 where a price is not known."""

from __future__ import annotations

import numpy as np

from training.features.block import ratio
from training.features.level import LevelBlock
from training.features.spec import HISTORY_DAYS, FeatureSpec
from training.features.window import Matrix

NAMES = ("price", "price_change", "price_to_mean_28", "price_to_mean_364", "price_to_highest")


def names(spec: FeatureSpec) -> tuple[str, ...]:
    return NAMES if spec.has_price else ()


def columns(block: LevelBlock, spec: FeatureSpec) -> tuple[Matrix, ...]:
    prices = block.window.price
    if prices is None:
        return ()
    past = prices[:, :HISTORY_DAYS]
    last = last_price(past)
    target = block.at_target(prices)
    target = np.where(np.isnan(target), last, target)
    references = (last, _mean(past, 28), _mean(past, 364), np.fmax.reduce(past, axis=1, keepdims=True))
    return (target, *(_or_unchanged(ratio(target, reference)) for reference in references))


def _or_unchanged(change: Matrix) -> Matrix:
    """Trees would take a missing change for the nearest discount; a price that nobody told has not changed."""
    return np.where(np.isnan(change), np.float32(1), change)


def last_price(past: Matrix) -> Matrix:
    """(m, 1) the last price before the origin; a day without one (not on sale, or not given) costs that."""
    given = ~np.isnan(past)
    newest = past.shape[1] - 1 - np.argmax(given[:, ::-1], axis=1)[:, None]
    return np.take_along_axis(past, newest, axis=1)


def _mean(past: Matrix, span: int) -> Matrix:
    recent = past[:, -span:]
    total = np.nan_to_num(recent).sum(axis=1, keepdims=True, dtype=np.float64)
    return ratio(total.astype(np.float32), (~np.isnan(recent)).sum(axis=1, keepdims=True, dtype=np.float32))
