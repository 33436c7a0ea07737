"""Features of a direct multi-horizon forecast: one row is (series, origin, step).

A row's features use sales from before the origin, and of the target day only what is known in advance (calendar,
events, prices, promotions, ``known_*``). Training asks for many origins and serving for one, of the same function,
so what a model learnt on is what it is asked with. NumPy and the standard library only: this package runs in the
inference container.
"""

from __future__ import annotations

from training.features.matrix import (
    FEATURE_VERSION,
    OFFSET,
    PRICE,
    build_features,
    feature_names,
    feature_table,
    summaries,
)
from training.features.priors import PriorTable
from training.features.seasonality import Seasonality, cells_of
from training.features.spec import HISTORY_DAYS, FeatureSpec
from training.features.table import FeatureTable
from training.features.window import Window, codes_of

__all__ = [
    "FEATURE_VERSION",
    "HISTORY_DAYS",
    "OFFSET",
    "PRICE",
    "FeatureSpec",
    "FeatureTable",
    "PriorTable",
    "Seasonality",
    "Window",
    "build_features",
    "cells_of",
    "codes_of",
    "feature_names",
    "feature_table",
    "summaries",
]
