"""Puts single days of a request on top of what training knew."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.artifact.request import Points
from training.features.window import Matrix


def overlay(out: Matrix | NDArray[np.int16], points: Points | None, first: np.datetime64) -> None:
    """Set days of (n, days) values, of which the first column is the day ``first``; those outside have no influence on
    any feature and are left out."""
    if points is None:
        return
    column = (points.date - first).astype(np.intp)
    inside = (column >= 0) & (column < out.shape[1])
    out[points.row[inside], column[inside]] = points.value[inside]
