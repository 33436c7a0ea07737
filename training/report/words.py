"""How figures, methods, measures and groups are written in the report."""

from __future__ import annotations

import math
import re

from training.backtest.folds import MODEL
from training.summary import TITLES

MEASURES = {
    "wrmsse": "WRMSSE",
    "wape": "WAPE",
    "bias": "Bias",
    "mase": "MASE",
    "rmsse": "RMSSE",
    "wspl": "WSPL",
}
"""Measure as in backtest.json -> title."""

NAIVE = "seasonal_naive"
"""The baseline that a forecast has to beat."""

METHODS = {method: f"{title[0].upper()}{title[1:]}" for method, title in TITLES.items()}
"""Method as in backtest.json -> title."""

SHORT_METHODS = {MODEL: "model", NAIVE: "naive", "mean28": "28-day"}
"""Titles for narrow columns."""

LEVELS = {
    "total": "Total",
    "state": "State",
    "store": "Store",
    "category": "Category",
    "department": "Department",
    "state_category": "State, category",
    "state_department": "State, department",
    "store_category": "Store, category",
    "store_department": "Store, department",
    "item": "Item",
    "item_state": "Item, state",
    "item_store": "Item, store",
}
"""Level of aggregation as in backtest.json -> title."""

MISSING = "\N{EN DASH}"
"""Stands for a figure that has no meaning on this data."""

PERCENTAGES = ("wape", "bias")
"""Measures that are shares of the units sold."""

PER_CENT = " %"


def figure(measure: str, value: float) -> str:
    """A figure as it is read: shares of the units sold in per cent, scaled errors with three decimals."""
    if not math.isfinite(value):
        return MISSING
    if measure == "bias":
        return signed_percent(value)
    return percent(value) if measure in PERCENTAGES else f"{value:.3f}"


def percent(value: float) -> str:
    return f"{100 * value:.1f}{PER_CENT}" if math.isfinite(value) else MISSING


def signed_percent(value: float) -> str:
    """With a true minus sign, and none before a zero."""
    if not math.isfinite(value):
        return MISSING
    shown = f"{100 * value:+.1f}"
    return f"{'0.0' if shown in ('+0.0', '-0.0') else true_minus(shown)}{PER_CENT}"


def true_minus(text: str) -> str:
    """A text with minus signs for the hyphens before its figures, which are shorter and may end a line."""
    return re.sub(r"(?<!\w)-(?=\d)", "\N{MINUS SIGN}", text)


def units(value: float) -> str:
    """Units sold or forecast: whole when whole or large."""
    if not math.isfinite(value):
        return MISSING
    return f"{value:,.0f}" if value >= 100 or value == round(value) else f"{value:.1f}"


def level(value: float) -> str:
    """A quantile's level: '10 %'."""
    return f"{100 * value:g}{PER_CENT}"


def change(ours: float, theirs: float) -> float:
    """Relative difference to another method: below 0 when ours is smaller; NaN without a meaning."""
    return ours / theirs - 1 if theirs > 0 else math.nan
