"""The events of the sample's calendar: which days they fall on, and what they do to demand by category."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

SUNDAY, FRIDAY = 6, 4


@dataclass(frozen=True, slots=True)
class Holiday:
    """One event a year. Demand is multiplied by ``on_day`` on it, and rises to ``before`` over the days ahead."""

    name: str
    type: str
    falls_on: Callable[[int], date]
    on_day: dict[str, float]
    before: float = 1.0
    days_before: int = 0


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (the anonymous algorithm, Nature 13, 1876)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def nth_weekday(year: int, month: int, weekday: int, n: int) -> date:
    """The n-th given weekday (Monday = 0) of a month."""
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))


HOLIDAYS = (
    Holiday("New Year", "National", lambda year: date(year, 1, 1), {"GROCERY": 0.5, "HOUSEHOLD": 0.4, "LEISURE": 0.6}),
    Holiday("Valentine's Day", "Cultural", lambda year: date(year, 2, 14), {"LEISURE": 1.6}, 1.1, 3),
    Holiday("Easter", "Religious", easter, {"GROCERY": 0.5, "HOUSEHOLD": 0.3, "LEISURE": 0.6}, 1.4, 5),
    Holiday("Mother's Day", "Cultural", lambda year: nth_weekday(year, 5, SUNDAY, 2), {"LEISURE": 1.5}, 1.1, 2),
    Holiday("Labour Day", "National", lambda year: date(year, 5, 1), {"GROCERY": 1.2, "HOUSEHOLD": 0.8}),
    Holiday("Halloween", "Cultural", lambda year: date(year, 10, 31), {"GROCERY": 1.3, "LEISURE": 1.5}, 1.2, 4),
    Holiday(
        "Black Friday",
        "Commercial",
        lambda year: nth_weekday(year, 11, FRIDAY, 4),
        {"HOUSEHOLD": 1.8, "LEISURE": 2.4},
    ),
    Holiday(
        "Christmas",
        "Religious",
        lambda year: date(year, 12, 25),
        dict.fromkeys(("GROCERY", "HOUSEHOLD", "LEISURE"), 0.05),
        1.6,
        7,
    ),
)


def event_codes(dates: NDArray[np.datetime64]) -> NDArray[np.int16]:
    """(t,) index into ``HOLIDAYS`` of each day, -1 where there is none."""
    codes = np.full(len(dates), -1, dtype=np.int16)
    for index, _, position in _occurrences(dates):
        if 0 <= position < len(dates):
            codes[position] = index
    return codes


def demand_effect(dates: NDArray[np.datetime64], category: str) -> NDArray[np.float64]:
    """(t,) factor on a category's demand."""
    effect = np.ones(len(dates))
    for _, holiday, position in _occurrences(dates):
        for ahead in range(holiday.days_before, 0, -1):
            if 0 <= position - ahead < len(dates):
                effect[position - ahead] *= 1 + (holiday.before - 1) * (1 - (ahead - 1) / holiday.days_before)
        if 0 <= position < len(dates):
            effect[position] *= holiday.on_day.get(category, 1.0)
    return effect


def _occurrences(dates: NDArray[np.datetime64]) -> list[tuple[int, Holiday, int]]:
    """(index, holiday, position) of every holiday in the years touched; a position may lie outside the dates."""
    first, last = dates[0].astype(date), dates[-1].astype(date)
    return [
        (index, holiday, (holiday.falls_on(year) - first).days)
        for year in range(first.year, last.year + 2)
        for index, holiday in enumerate(HOLIDAYS)
    ]
