"""From values to pixels, and the round values to write along an axis."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.panel import Dates

Array = NDArray[np.float64]

_ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)
_DATE_STEPS = (1, 2, 7, 14, 28, 56, 91, 182, 364)


@dataclass(frozen=True, slots=True)
class Axis:
    """A linear axis: values from ``low`` to ``high``, with the marks to draw on it."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    """(value, label)."""

    def place(self, values: Array | float, start: float, end: float) -> Array:
        """Pixels between ``start`` and ``end`` of values; NaN stays NaN."""
        share = (np.asarray(values, np.float64) - self.low) / (self.high - self.low)
        return start + share * (end - start)


def number_axis(
    values: Iterable[float], label: Callable[[float], str] | None = None, *, zero: bool = True, count: int = 5
) -> Axis:
    """An axis that holds all finite values (and 0), with about ``count`` round marks."""
    known = [float(value) for value in values if math.isfinite(value)]
    low, high = min(known, default=0.0), max(known, default=1.0)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if high - low <= 1e-6 * max(abs(low), abs(high), 1.0):
        low, high = (low, low + 1.0) if zero else (low - 0.5, low + 0.5)
    step = _step((high - low) / count)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    write = label or _plain(step)
    ticks = tuple((place * step, write(place * step)) for place in range(first, last + 1))
    return Axis(first * step, last * step, ticks)


def date_axis(dates: Dates, count: int = 6) -> Axis:
    """An axis of day numbers, 0 for the first of the consecutive dates, with at most ``count`` dates written on it."""
    last = max(len(dates) - 1, 1)
    step = next((step for step in _DATE_STEPS if last / step < count), math.ceil(last / count))
    places = range(len(dates) - 1, -1, -step)
    return Axis(0.0, float(last), tuple((float(place), day_label(dates[place])) for place in reversed(places)))


def step_axis(steps: int) -> Axis:
    """An axis of the days of a horizon, from 1, marked by weeks where there are several."""
    marks = [1, *range(7, steps + 1, 7 * math.ceil(steps / 56))] if steps >= 14 else list(range(1, steps + 1))
    return Axis(1.0, float(max(steps, 2)), tuple((float(mark), str(mark)) for mark in marks))


def day_label(date: np.datetime64) -> str:
    """'3 Dec'."""
    day = date.astype("datetime64[D]").item()
    return f"{day.day} {day:%b}"


def full_day(date: np.datetime64) -> str:
    """'3 Dec 2024', on one line."""
    return f"{day_label(date)} {date.astype('datetime64[Y]')}".replace(" ", "\N{NO-BREAK SPACE}")


def _step(width: float) -> float:
    """The round width that is nearest above."""
    power = 10.0 ** math.floor(math.log10(width))
    return next(factor * power for factor in _ROUND if factor * power >= width * (1 - 1e-9))


def _plain(step: float) -> Callable[[float], str]:
    decimals = next((places for places in range(9) if math.isclose(round(step, places), step)), 9)

    def write(value: float) -> str:
        return f"{value + 0.0:,.{decimals}f}"

    return write
