"""The forecaster: LightGBM on the ratio of sales to a series' level.

Each row starts from the log of its level, so that the trees learn a ratio to it, under the Tweedie loss with a log
link. Its variance power lies between Poisson's (1), by which a row weighs as much as it sells, and the gamma's (2), by
which all weigh the same: fast sellers count, and do not drown the rest. Rows weigh as the root of their price, between
counting units and counting money: an error in a dear item costs more, and prices differ by more than they matter.
"""

from __future__ import annotations

from copy import copy
from typing import Any, Self

import numpy as np
from lightgbm import LGBMRegressor
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted

from training.features.window import Matrix

_MOST_BINS = 255
"""Values that a feature is told apart into."""

_LEAVES_PER_FIT, _LEAST_LEAF = 1000, 20
"""Small data has leaves of a thousandth of its rows, of 20 at least."""


class RatioRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Tweedie boosting of units from ``log X[:, offset]`` on; predicts units.

    Parameters have the names of scikit-learn's histogram gradient boosting; ``offset`` is the column of X that holds
    the level, above 0 in every row, and ``price`` that of the price, None without one. NaN is allowed everywhere else.
    ``n_jobs`` threads fit the same trees, whatever their number.
    """

    def __init__(
        self,
        *,
        offset: int = 0,
        price: int | None = None,
        max_iter: int = 200,
        learning_rate: float = 0.08,
        max_leaf_nodes: int = 63,
        min_samples_leaf: int = 1000,
        l2_regularization: float = 20.0,
        max_features: float = 0.5,
        variance_power: float = 1.3,
        random_state: int = 0,
        n_jobs: int = 1,
    ) -> None:
        self.offset = offset
        self.price = price
        self.max_iter = max_iter
        self.learning_rate = learning_rate
        self.max_leaf_nodes = max_leaf_nodes
        self.min_samples_leaf = min_samples_leaf
        self.l2_regularization = l2_regularization
        self.max_features = max_features
        self.variance_power = variance_power
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(self, X: Matrix, y: Matrix) -> Self:  # noqa: N803  # scikit-learn's names
        """Fit on (rows, F) features and (rows,) units; ValueError when no unit was sold at all."""
        level = X[:, self.offset].astype(np.float64)
        sold = float(y.sum(dtype=np.float64))
        if sold <= 0:
            raise ValueError("no unit was sold in any row")
        self.baseline_ = float(np.log(sold / level.sum()))
        booster = LGBMRegressor(
            objective="tweedie",
            tweedie_variance_power=self.variance_power,
            n_estimators=self.max_iter,
            learning_rate=self.learning_rate,
            num_leaves=self.max_leaf_nodes,
            min_child_samples=min(self.min_samples_leaf, max(len(X) // _LEAVES_PER_FIT, _LEAST_LEAF)),
            reg_lambda=self.l2_regularization,
            colsample_bytree=self.max_features,
            max_bin=_MOST_BINS,
            random_state=self.random_state,
            n_jobs=self.n_jobs,
            deterministic=True,
            force_col_wise=True,
            verbosity=-1,
        )
        self.booster_ = booster.fit(X, y, init_score=np.log(level) + self.baseline_, sample_weight=self._weights(X))
        self.n_features_in_ = X.shape[1]
        return self

    def corrected(self, factor: float) -> Self:
        """The fitted model with its forecasts multiplied by a factor."""
        check_is_fitted(self)
        other = copy(self)
        other.baseline_ = self.baseline_ + float(np.log(factor))
        return other

    def _weights(self, X: Matrix) -> Matrix | None:  # noqa: N803
        """(rows,) root of the price over its mean's; 1 where there is none."""
        if self.price is None:
            return None
        root = np.sqrt(X[:, self.price])
        mean = float(np.nanmean(root, dtype=np.float64)) if not np.isnan(root).all() else 1.0
        weights: Matrix = np.nan_to_num(root / np.float32(mean), nan=1.0)
        return weights

    def predict(self, X: Matrix) -> NDArray[np.float64]:  # noqa: N803
        """(rows,) expected units, at least 0."""
        check_is_fitted(self)
        log_ratio = np.asarray(self.booster_.predict(X, raw_score=True), np.float64)
        expected: NDArray[np.float64] = np.exp(log_ratio + self.baseline_) * X[:, self.offset]
        return expected

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags
