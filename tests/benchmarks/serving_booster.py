"""An artifact's trees written back as a LightGBM model, so that a peer evaluates the same trees by the library's own
predict.

The format is LightGBM's text model (``gbdt_model_text.cpp``, ``Tree::ToString``, version v4): nodes and leaves of a
tree are numbered apart, and a child that is a leaf is the complement of its number. A threshold that was rounded down
to float32 parts float32 features as the original did, so the trees decide alike; leaves are the artifact's float32.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count

import numpy as np
from numpy.typing import NDArray

ARTIFACT, BOOSTER = "artifact", "booster.txt"
"""What a peer's folder holds."""

_DEFAULT_LEFT, _MISSING_IS_NAN = 2, 2 << 2
"""Bits of a node's ``decision_type``."""

_HEAD = """tree
version=v4
num_class=1
num_tree_per_iteration=1
label_index=0
max_feature_idx={last}
objective=tweedie tweedie_variance_power:1.3
feature_names={names}
feature_infos={infos}
"""


def model_text(nodes: NDArray[np.void], roots: NDArray[np.int32], features: Sequence[str]) -> str:
    """The text of a model whose raw score is the sum of the trees' leaves."""
    names = [name.replace(" ", "_") for name in features]
    head = _HEAD.format(last=len(names) - 1, names=" ".join(names), infos=" ".join(["[-inf:inf]"] * len(names)))
    trees = [_tree(number, nodes, int(root)) for number, root in enumerate(roots)]
    return "\n".join([head, *trees, "end of trees\n"])


def _tree(number: int, nodes: NDArray[np.void], root: int) -> str:
    places = list(_below(nodes, root))
    splits = [place for place in places if nodes["feature"][place] >= 0]
    leaves = [place for place in places if nodes["feature"][place] < 0]
    numbers = dict(zip(splits, count())) | {place: ~leaf for leaf, place in enumerate(leaves)}
    inner, outer = nodes[splits], nodes[leaves]
    columns = {
        "num_leaves": [len(leaves)],
        "num_cat": [0],
        "split_feature": inner["feature"].tolist(),
        "split_gain": [1] * len(splits),
        "threshold": [repr(float(value)) for value in inner["threshold"]],
        "decision_type": (_MISSING_IS_NAN | np.where(inner["missing_left"], _DEFAULT_LEFT, 0)).tolist(),
        "left_child": [numbers[place] for place in inner["left"].tolist()],
        "right_child": [numbers[place] for place in inner["right"].tolist()],
        "leaf_value": [repr(float(value)) for value in outer["value"]],
        "is_linear": [0],
        "shrinkage": [1],
    }
    lines = [f"{name}={' '.join(map(str, values))}" for name, values in columns.items()]
    return "\n".join([f"Tree={number}", *lines, "\n"])


def _below(nodes: NDArray[np.void], place: int) -> Iterator[int]:
    """A node and all below it, a parent before its children."""
    yield place
    if nodes["feature"][place] >= 0:
        yield from _below(nodes, int(nodes["left"][place]))
        yield from _below(nodes, int(nodes["right"][place]))
