"""Columns that a request does not change unless it tells a new past: computed in training, looked up in serving.

A summary of a series depends on nothing but what precedes the origin, one of a date on nothing but the calendar and
the department's factors. Whoever has computed a window's summaries once can do without its past from then on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from training.features.level import LevelBlock
    from training.features.window import Matrix


class Per(Enum):
    """What a summary has one value for, and so the shape of its f columns."""

    SERIES = "series"
    """(f, m)"""
    WEEKDAY = "weekday"
    """(f, m, 7), from the origin's weekday on"""
    DAY = "day"
    """(f, m, reach), of each series from the origin on"""
    DATE = "date"
    """(f, p, reach), of each pair of calendar and cell from the origin on"""


class Summary(NamedTuple):
    """Some columns, and how to compute them."""

    name: str
    """Unlike any other summary's."""
    per: Per
    compute: Callable[[LevelBlock], Matrix]


@dataclass(frozen=True, slots=True, eq=False)
class Dates:
    """Summaries of dates, of many windows: they are told from others by identity."""

    values: Matrix
    """(f, pairs, H)"""


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """The summaries of a window, in place of the days before its origin."""

    dates: Dates | None
    """None when the dates of too many pairs would have to be kept."""
    values: Mapping[Per, Matrix]
    """All columns of each of the other shapes, for the whole horizon."""
    places: Mapping[str, slice]
    """Summary's name -> where its columns stand among those of its shape."""
    pair: NDArray[np.intp]
    """(m,) calendar and cell of each series, as a place in ``dates``."""

    def rows(self, part: slice) -> Past:
        """The summaries of some series."""
        own = {per: values[:, part] for per, values in self.values.items()}
        return replace(self, values=own, pair=self.pair[part])
