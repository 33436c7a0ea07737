"""Takes scikit-learn's trees out of the estimator: as the arrays that the artifact keeps, and what they use.

This is the one place that reads attributes which scikit-learn does not document (``_predictors`` and
``_baseline_prediction`` of the histogram gradient boosting); the artifact's probes are scikit-learn's own predictions,
so a release that changes their meaning cannot go unnoticed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.artifact.trees import MOST_LEAVES, NODE, Trees
from training.features.window import Matrix
from training.model.estimator import RatioRegressor


def trees_of(estimator: RatioRegressor) -> tuple[Trees, float]:
    """The estimator's trees and the log ratio they start from."""
    booster, edges = estimator.booster_, estimator.binner_.edges_
    trees = [stage[0].nodes for stage in booster._predictors]
    starts = np.cumsum([0, *(len(nodes) for nodes in trees)])
    pieces = [_converted(nodes, int(start), edges) for nodes, start in zip(trees, starts, strict=False)]
    return Trees(np.concatenate(pieces), starts[:-1].astype(np.int32)), float(booster._baseline_prediction.item())


def gains(estimator: RatioRegressor) -> NDArray[np.float64]:
    """(F,) share of each feature in the loss reduction of all splits; 0 everywhere when no tree split."""
    total = np.zeros(estimator.n_features_in_)
    for stage in estimator.booster_._predictors:
        splits = stage[0].nodes[stage[0].nodes["is_leaf"] == 0]
        np.add.at(total, splits["feature_idx"], splits["gain"])
    return total / total.sum() if total.sum() > 0 else total


def _converted(nodes: NDArray[np.void], start: int, edges: list[Matrix]) -> NDArray[np.void]:
    """One tree as ``NODE`` records, its children's positions counted from the first tree's root."""
    leaf = nodes["is_leaf"].astype(bool)
    if leaf.sum() > MOST_LEAVES or nodes["is_categorical"].any():
        raise ValueError(f"a tree must have at most {MOST_LEAVES} leaves and no categorical split")
    out = np.zeros(len(nodes), NODE)
    out["feature"] = np.where(leaf, -1, nodes["feature_idx"])
    out["missing_left"] = nodes["missing_go_to_left"].astype(bool)
    out["left"], out["right"] = nodes["left"] + start, nodes["right"] + start
    out["value"] = np.where(leaf, nodes["value"], 0)
    for node in np.flatnonzero(~leaf):
        out["threshold"][node] = _edge(edges[nodes["feature_idx"][node]], nodes["num_threshold"][node])
    return out


def _edge(edges: Matrix, threshold: np.float64) -> np.float32:
    """The largest value that goes left where bins up to ``threshold`` do."""
    last = int(np.floor(threshold)) if np.isfinite(threshold) else len(edges)
    return edges[last] if last < len(edges) else np.float32(np.inf)
