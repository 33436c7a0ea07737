"""The target day's price, and the same in terms of what the item used to cost; 1 where a price is not known."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.features.history import ratio
from training.features.level import LevelBlock
from training.features.spec import HISTORY_DAYS, FeatureSpec
from training.features.summary import Per, Summary
from training.features.table import Columns
from training.features.window import Matrix

NAMES = ("price", "price_change", "price_to_mean_28", "price_to_mean_364", "price_to_highest")


def names(spec: FeatureSpec) -> tuple[str, ...]:
    return NAMES if spec.has_price else ()


def columns(block: LevelBlock, spec: FeatureSpec) -> tuple[Columns, ...]:
    if block.window.price is None:
        return ()
    grain, series, told = block.told
    references = block.summary(_REFERENCES)[:, series]
    values = np.empty((len(NAMES), grain.size), np.float32)
    values[0] = np.where(np.isnan(told["price"]), references[0], told["price"])
    change = ratio(values[0], references)
    # Trees would take a missing change for the nearest discount; a price that nobody told has not changed.
    values[1:] = np.where(np.isnan(change), np.float32(1), change)
    return (Columns(grain, values),)


def _references(block: LevelBlock) -> Matrix:
    """The last price, two means and the highest, before the origin."""
    if block.window.price is None:
        raise ValueError("a window without prices has nothing to compare them with")
    past = block.window.price[:, :HISTORY_DAYS]
    given = ~np.isnan(past)
    paid = np.where(given, past, np.float32(0))
    return np.array((_last_price(past, given), *_means(paid, given, (28, 364)), paid.max(axis=1)))


_REFERENCES = Summary("prices", Per.SERIES, _references)


def _last_price(past: Matrix, given: NDArray[np.bool_]) -> Matrix:
    """(m,) the last price before the origin; a day without one (not on sale, or not given) costs that."""
    newest = past.shape[1] - 1 - np.argmax(given[:, ::-1], axis=1)
    last: Matrix = past[np.arange(len(past)), newest]
    return last


def _means(paid: Matrix, given: NDArray[np.bool_], spans: tuple[int, ...]) -> Matrix:
    """(spans, m) mean of the prices of the last days that have one."""
    totals = np.array([paid[:, -span:].sum(axis=1, dtype=np.float64) for span in spans], np.float32)
    return ratio(totals, np.array([given[:, -span:].sum(axis=1) for span in spans], np.float32))
