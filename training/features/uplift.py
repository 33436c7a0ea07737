"""What promotions did to a series so far: part of the level of a day on promotion."""

from __future__ import annotations

import numpy as np

from training.features.block import Block
from training.features.spec import HISTORY_DAYS
from training.features.window import Matrix

_SHAPE = np.float32(4.0)
"""Shape of the gamma prior on the uplift: a series without promotions has an uplift of 1."""


def promo_uplift(block: Block, promo: Matrix) -> Matrix:
    """(m,) sales on promotion days over sales on other days, shrunk to 1, from (m, L + H) flags without NaN."""
    units, observed = block.units_and_observed
    past = promo[:, :HISTORY_DAYS]
    on, off = past * observed, (1 - past) * observed
    sold_on = (units * on).sum(axis=1)
    sold_off = (units * off).sum(axis=1)
    usual = sold_off / np.maximum(off.sum(axis=1), np.float32(1))
    expected = on.sum(axis=1) * usual
    uplift: Matrix = (_SHAPE + sold_on) / (_SHAPE + expected)
    return uplift
