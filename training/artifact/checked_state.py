"""Opens the state of an artifact: computed again for some series, and refused where a single bit differs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from training.artifact.answering import RequestWindows
from training.artifact.probes import Probes
from training.artifact.request import ForecastRequest
from training.artifact.series import SeriesTable
from training.artifact.state import State, by_shape, places_of
from training.features import FeatureSpec, Window, summaries
from training.features.summary import Dates, Per
from training.features.window import Matrix

_MOST_PAIRS = 1024
"""Pairs of calendar and cell up to which the summaries of their dates are kept: 1.5 MiB for four weeks."""


def checked_state(values: Mapping[Per, Matrix], table: SeriesTable, spec: FeatureSpec, origin: np.datetime64) -> State:
    """The state of a table's series, with the summaries of their dates; ValueError when it is not theirs."""
    n = len(table.age)
    first, pair = table.pairs
    few = len(first) <= _MOST_PAIRS
    rows = np.concatenate([Probes.choose(n), first if few else first[:0]]).astype(np.intp)
    computed = summaries(_window(rows, table, spec, origin), spec)
    expected = by_shape(computed)
    for per, found in values.items():
        if len(found) != n or not np.array_equal(found[rows].swapaxes(0, 1), expected[per], equal_nan=True):
            raise ValueError(f"what it keeps for each {per.value} is not what the history makes of it")
    return State(values, places_of(computed), Dates(expected[Per.DATE]) if few else None, pair)


def _window(rows: NDArray[np.intp], table: SeriesTable, spec: FeatureSpec, origin: np.datetime64) -> Window:
    """Some series with all their history."""
    request = ForecastRequest(
        store_ids=table.store_ids[rows].tolist(), item_ids=table.item_ids[rows].tolist(), horizon=spec.horizon
    )
    ((_, window),) = RequestWindows(request, table, spec, origin)
    return window
