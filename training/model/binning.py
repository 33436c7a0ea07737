"""Columns as bin numbers: what the booster is fitted on.

scikit-learn would bin by itself, but with sample weights its quantiles take longer than the trees (a weighted
percentile for each of 254 edges of each column). Binning first also makes every split an edge of ours, a float32,
so that a tree compares the same float32 values wherever it is evaluated.
"""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from training.features.window import Matrix


class QuantileBinner(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Maps each column to the number of edges below it: 0 to ``max_bins`` - 1, NaN stays NaN.

    A column that is NaN in every row it was fitted on becomes 0 everywhere: scikit-learn cannot bin it.

    Edges are midpoints between neighbouring values: between all of them when a column has no more than
    ``max_bins``, else at its quantiles in a sample of the rows.
    """

    def __init__(self, max_bins: int = 255, sample_rows: int = 50_000, random_state: int = 0) -> None:
        self.max_bins = max_bins
        self.sample_rows = sample_rows
        self.random_state = random_state

    def fit(self, X: Matrix, y: Matrix | None = None) -> Self:  # noqa: N803  # scikit-learn's names
        """Find the edges of (rows, F) float32 features; ``y`` is not used."""
        if len(X) > self.sample_rows:
            random = np.random.default_rng(self.random_state)
            X = X[np.sort(random.choice(len(X), self.sample_rows, replace=False))]  # noqa: N806
        self.edges_ = [_edges(column, self.max_bins) for column in X.T]
        self.empty_ = np.isnan(X).all(axis=0)
        return self

    def transform(self, X: Matrix) -> NDArray[np.float64]:  # noqa: N803
        """(rows, F) bin numbers as float64, the form in which the booster takes them without a copy."""
        check_is_fitted(self)
        bins = np.zeros((X.shape[1], len(X)))
        for place in np.flatnonzero(~self.empty_):
            column = X[:, place]
            bins[place] = np.where(np.isnan(column), np.nan, np.searchsorted(self.edges_[place], column))
        return bins.T


def _edges(column: Matrix, max_bins: int) -> Matrix:
    """Ascending float32 edges e; bin b holds the values x with e[b - 1] < x <= e[b]."""
    ordered = np.sort(column[~np.isnan(column)])
    distinct = np.unique(ordered)
    if len(distinct) > max_bins:
        at = (np.arange(1, max_bins) * len(ordered)) // max_bins
        lower = np.unique(np.searchsorted(distinct, ordered[at]))
        lower = lower[lower < len(distinct) - 1]
    else:
        lower = np.arange(max(len(distinct) - 1, 0))
    return (distinct[lower] + (distinct[lower + 1] - distinct[lower]) / 2).astype(np.float32)
