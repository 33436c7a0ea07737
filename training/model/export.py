"""Takes LightGBM's trees out of the estimator: as the arrays that the artifact keeps, and what they use.

Read from the documented model dump; the artifact's probes are LightGBM's own predictions, so a release that changes
what the dump means cannot go unnoticed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.artifact.trees import MOST_LEAVES, NODE, Trees
from training.model.estimator import RatioRegressor

_LARGEST = float(np.finfo(np.float32).max)


def trees_of(estimator: RatioRegressor) -> tuple[Trees, float]:
    """The estimator's trees and the log ratio they start from."""
    dump = estimator.booster_.booster_.dump_model(object_hook=None)
    nodes: list[tuple[int, np.float32, bool, int, int, float]] = []
    roots = []
    for tree in dump["tree_info"]:
        if tree["num_leaves"] > MOST_LEAVES or tree["num_cat"]:
            raise ValueError(f"a tree must have at most {MOST_LEAVES} leaves and no categorical split")
        roots.append(len(nodes))
        _append(nodes, tree["tree_structure"])
    return Trees(np.array(nodes, NODE), np.array(roots, np.int32)), estimator.baseline_


def gains(estimator: RatioRegressor) -> NDArray[np.float64]:
    """(F,) share of each feature in the loss reduction of all splits; 0 everywhere when no tree split."""
    total = np.asarray(estimator.booster_.booster_.feature_importance("gain"), np.float64)
    return total / total.sum() if total.sum() > 0 else total


def _append(nodes: list[tuple[int, np.float32, bool, int, int, float]], node: dict[str, Any]) -> int:
    """Append a node and all below it, a parent before its children; returns its position."""
    place = len(nodes)
    if "split_feature" not in node:
        nodes.append((-1, np.float32(0), False, 0, 0, node["leaf_value"]))
        return place
    threshold = float(node["threshold"])
    # Without missing values in training LightGBM takes a missing value for 0.
    missing_left = threshold >= 0 if node["missing_type"] == "None" else bool(node["default_left"])
    nodes.append((0, np.float32(0), False, 0, 0, 0.0))
    left, right = _append(nodes, node["left_child"]), _append(nodes, node["right_child"])
    nodes[place] = (node["split_feature"], _as_float32(threshold), missing_left, left, right, 0.0)
    return place


def _as_float32(threshold: float) -> np.float32:
    """The largest float32 up to a threshold: it parts float32 values as the threshold does."""
    nearest = np.float32(np.clip(threshold, -_LARGEST, _LARGEST))
    return nearest if float(nearest) <= threshold else np.nextafter(nearest, np.float32(-np.inf))
