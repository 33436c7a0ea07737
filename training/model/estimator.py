"""The forecaster: scikit-learn's histogram gradient boosting on the ratio of sales to a series' level.

With the level ``o`` of a row as weight, the Poisson loss of the ratio is that of the sales with ``log o`` as
offset: ``o * (f - y / o * log f) = o * f - y * log f``. scikit-learn's estimator has no offset of its own. Poisson,
because its mean is unbiased on counts that are mostly 0, and a total over items is what a retailer orders by.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.utils.validation import check_is_fitted

from training.features.window import Matrix
from training.model.binning import QuantileBinner


class RatioRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Poisson boosting of ``y / X[:, offset]``; predicts units.

    Parameters are those of ``HistGradientBoostingRegressor`` by the same names; ``offset`` is the column of X that
    holds the level, above 0 in every row. NaN is allowed in every other column. With these weights the unit of
    ``l2_regularization`` is expected units sold: it bounds the step of a leaf of slow sellers, whose second derivative
    is next to nothing.
    """

    def __init__(
        self,
        *,
        offset: int = 0,
        max_iter: int = 100,
        learning_rate: float = 0.08,
        max_leaf_nodes: int = 15,
        min_samples_leaf: int = 40,
        l2_regularization: float = 20.0,
        max_features: float = 0.5,
        random_state: int = 0,
    ) -> None:
        self.offset = offset
        self.max_iter = max_iter
        self.learning_rate = learning_rate
        self.max_leaf_nodes = max_leaf_nodes
        self.min_samples_leaf = min_samples_leaf
        self.l2_regularization = l2_regularization
        self.max_features = max_features
        self.random_state = random_state

    def fit(self, X: Matrix, y: Matrix) -> Self:  # noqa: N803  # scikit-learn's names
        """Fit on (rows, F) features and (rows,) units; ValueError when no unit was sold at all."""
        level = X[:, self.offset].astype(np.float64)
        booster = HistGradientBoostingRegressor(
            loss="poisson",
            max_iter=self.max_iter,
            learning_rate=self.learning_rate,
            max_leaf_nodes=self.max_leaf_nodes,
            min_samples_leaf=self.min_samples_leaf,
            l2_regularization=self.l2_regularization,
            max_features=self.max_features,
            early_stopping=False,
            random_state=self.random_state,
        )
        self.binner_ = QuantileBinner(random_state=self.random_state).fit(X)
        self.booster_ = booster.fit(self.binner_.transform(X), y / level, sample_weight=level)
        self.n_features_in_ = X.shape[1]
        return self

    def predict(self, X: Matrix) -> NDArray[np.float64]:  # noqa: N803
        """(rows,) expected units, at least 0."""
        check_is_fitted(self)
        expected: NDArray[np.float64] = self.booster_.predict(self.binner_.transform(X)) * X[:, self.offset]
        return expected

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags
