"""Distinct values of small integer codes without the sort that would be most of the time of loading."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

TABLE_PLACES_PER_CODE = 8
"""A table with more places than this for each code takes longer than sorting the codes."""


def distinct(codes: NDArray[np.int64], bound: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Sorted distinct values of ``codes``, all in [0, bound), and each code's index among them.

    Counts in a table of ``bound`` places; codes too far apart for that are sorted.
    """
    if bound > TABLE_PLACES_PER_CODE * len(codes):
        values, inverse = np.unique(codes, return_inverse=True)
        return values, inverse
    seen = np.zeros(bound, dtype=np.bool_)
    seen[codes] = True
    found = np.flatnonzero(seen)
    index = np.empty(bound, dtype=np.int64)
    index[found] = np.arange(len(found))
    return found, index[codes]
