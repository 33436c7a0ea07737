"""What features make of each series' past and of the calendar, made in training so that no request has to.

Only what is the same in every request without news of the past is kept: see ``training.features.summary``. Opening an
artifact computes some series' again, and refuses state that differs in a single bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.features import FeatureSpec, Window, summaries
from training.features.summary import Dates, Past, Per, Summary
from training.features.window import Matrix

OF_SERIES = (Per.SERIES, Per.WEEKDAY, Per.DAY)
"""What is kept in files; summaries of dates are few, and made when the artifact is opened."""

_BLOCK = 512
"""Series computed together."""


@dataclass(frozen=True)
class State:
    """Summaries of all n trained series at the artifact's origin."""

    values: Mapping[Per, Matrix]
    """(n, f), (n, f, 7) and (n, f, H)"""
    places: Mapping[str, slice]
    """Summary's name -> its columns."""
    dates: Dates | None
    """None when there are too many pairs of calendar and cell."""
    pair: NDArray[np.intp]
    """(n,) calendar and cell of each series, as a place in ``dates``."""

    def past(self, rows: NDArray[np.intp]) -> Past:
        """The summaries of some series."""
        values = {per: values[rows].swapaxes(0, 1) for per, values in self.values.items()}
        return Past(self.dates, values, self.places, self.pair[rows])


def made_of(window: Window, spec: FeatureSpec) -> dict[Per, Matrix]:
    """``State.values`` of a window's series."""
    blocks: dict[Per, list[Matrix]] = {per: [] for per in OF_SERIES}
    for start in range(0, window.n_series, _BLOCK):
        values = by_shape(summaries(window.rows(slice(start, start + _BLOCK)), spec))
        for per, found in blocks.items():
            found.append(values[per].swapaxes(0, 1))
    return {per: np.concatenate(found) for per, found in blocks.items()}


def by_shape(found: Mapping[Summary, Matrix]) -> dict[Per, Matrix]:
    """All columns of each shape, one summary after the other."""
    return {per: np.concatenate([values for summary, values in found.items() if summary.per is per]) for per in Per}


def places_of(found: Mapping[Summary, Matrix]) -> dict[str, slice]:
    """Summary's name -> where its columns stand among those of its shape."""
    ends = dict.fromkeys(Per, 0)
    places = {}
    for summary, values in found.items():
        start = ends[summary.per]
        ends[summary.per] = start + len(values)
        places[summary.name] = slice(start, ends[summary.per])
    return places
