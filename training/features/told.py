"""What series are told of the days asked of them: prices, promotions and the like, each value once.

Rows next to each other mostly say the same: a price stands for weeks. And what has come goes again: a promotion, a day
of food stamps.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.features.table import Grain
from training.features.window import Matrix

_MANY_RUNS = 128
"""Of fewer, finding those that return costs more than computing their features twice."""


class Told(NamedTuple):
    """One value for each run of neighbouring rows of a series that are told the same, or for several such runs."""

    grain: Grain
    series: NDArray[np.intp]
    """(values,) series that each was told."""
    columns: dict[str, Matrix]
    """Column -> (values,)"""

    @classmethod
    def of(cls, columns: dict[str, Matrix]) -> Told:
        """From the (m, k) values of at least one column."""
        values = np.array(list(columns.values()))
        count, m, k = values.shape
        bits = values.view(np.int32)  # a missing value is equal to the one before
        starts = np.ones((m, k), np.bool_)
        np.logical_or.reduce(bits[:, :, 1:] != bits[:, :, :-1], axis=0, out=starts[:, 1:])
        (first,) = starts.ravel().nonzero()
        place = starts.cumsum().reshape(m, k) - 1
        if len(first) >= _MANY_RUNS:
            new, said_by = _returning(first // k, bits.reshape(count, -1)[:, first])
            first, place = first[new], said_by[place]
        said = values.reshape(count, -1)[:, first]
        return cls(Grain(len(first), place), first // k, dict(zip(columns, said, strict=True)))


def _returning(series: NDArray[np.intp], bits: NDArray[np.int32]) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
    """Of runs with (runs,) series and (columns, runs) bits of values: whether each says something else than the run
    before the last, and the place of what it says among those that do."""
    run = np.arange(len(series))
    said_by = run.copy()
    again = (series[2:] == series[:-2]) & (bits[:, 2:] == bits[:, :-2]).all(axis=0)
    said_by[2:] -= 2 * again
    while not np.array_equal(earlier := said_by[said_by], said_by):
        said_by = earlier
    new = said_by == run
    return new, (new.cumsum() - 1)[said_by]
