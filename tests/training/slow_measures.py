"""The M5 competitions' measures in plain Python, one number at a time, as their papers write them down."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

COLUMNS = {
    "total": (),
    "state": ("state_id",),
    "store": ("store_id",),
    "category": ("cat_id",),
    "department": ("dept_id",),
    "state_category": ("state_id", "cat_id"),
    "state_department": ("state_id", "dept_id"),
    "store_category": ("store_id", "cat_id"),
    "store_department": ("store_id", "dept_id"),
    "item": ("item_id",),
    "item_state": ("item_id", "state_id"),
    "item_store": ("item_id", "store_id"),
}

Numbers = list[float]


@dataclass(frozen=True)
class SlowSeries:
    """One series at one origin."""

    ids: dict[str, str]
    history: Numbers
    actual: Numbers
    forecast: Numbers
    revenue: float


def mean_change(history: Sequence[float], size: Callable[[float], float]) -> float | None:
    """Mean size of the changes from day to day since the first sale; None where there is none."""
    sold = [day for day, units in enumerate(history) if units > 0]
    if not sold:
        return None
    changes = [size(history[day] - history[day - 1]) for day in range(sold[0] + 1, len(history))]
    return sum(changes) / len(changes) if changes else None


def added(rows: Sequence[Numbers]) -> Numbers:
    return [sum(day) for day in zip(*rows, strict=True)]


def level_wrmsse(series: Sequence[SlowSeries], columns: Sequence[str]) -> float:
    groups: dict[tuple[str, ...], list[SlowSeries]] = {}
    for each in series:
        groups.setdefault(tuple(each.ids[column] for column in columns), []).append(each)
    scored: list[tuple[float, float]] = []
    for members in groups.values():
        scale = mean_change(added([each.history for each in members]), lambda change: change**2)
        actual, forecast = (added([getattr(each, name) for each in members]) for name in ("actual", "forecast"))
        errors = [(sold - expected) ** 2 for sold, expected in zip(actual, forecast, strict=True)]
        if scale:
            error = math.sqrt(sum(errors) / len(errors) / scale)
            scored.append((sum(each.revenue for each in members), error))
    weight = sum(revenue for revenue, _ in scored)
    return sum(revenue * error for revenue, error in scored) / weight if weight else math.nan


def slow_wrmsse(series: Sequence[SlowSeries]) -> dict[str, float]:
    """WRMSSE of each level."""
    return {level: level_wrmsse(series, columns) for level, columns in COLUMNS.items()}


def slow_spl(history: Sequence[float], actual: Numbers, quantiles: Sequence[Numbers], levels: Numbers) -> float | None:
    """Scaled pinball loss of one series, the mean over levels; None where it has no scale."""
    scale = mean_change(history, abs)
    losses = [
        (sold - quantile) * level if quantile <= sold else (quantile - sold) * (1 - level)
        for level, row in zip(levels, quantiles, strict=True)
        for sold, quantile in zip(actual, row, strict=True)
    ]
    return sum(losses) / len(losses) / scale if scale else None
