"""Probes: forecasts made at training time by the training library, compared when the artifact is opened.

They catch what no checksum can: features or a tree runtime that have changed since training.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.artifact.artifact import Artifact
from training.artifact.request import ForecastRequest
from training.features.window import Matrix

MOST_PROBES = 8
"""Series that are probed."""

TOLERANCE = 1e-5
"""Relative difference allowed between the training library's float64 sums and ours of float32 leaves."""


@dataclass(frozen=True, slots=True)
class Probes:
    """Expected answers for some trained series."""

    series: NDArray[np.int32]
    """(p,) rows of the series table."""
    mean: Matrix
    """(p, H) expected units."""

    @staticmethod
    def choose(n_series: int) -> NDArray[np.int32]:
        """(p,) rows spread evenly over all series."""
        return np.unique(np.linspace(0, n_series - 1, MOST_PROBES).astype(np.int32))

    def largest_difference(self, artifact: Artifact) -> float:
        """Largest relative difference between an artifact's answers and the expected ones."""
        table = artifact.table
        request = ForecastRequest(
            store_ids=table.store_ids[self.series].tolist(),
            item_ids=table.item_ids[self.series].tolist(),
            horizon=artifact.horizon_max,
        )
        answer = artifact.forecast(request).mean
        return float(np.max(np.abs(answer - self.mean) / np.maximum(np.abs(self.mean), 1e-6), initial=0.0))
