"""The exported trees against LightGBM's own predictions."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone

from training.artifact.trees import NODE, Trees
from training.features import FeatureTable
from training.model.estimator import RatioRegressor
from training.model.export import gains, trees_of


def make_rows(rows: int = 1500, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Features with NaN, ties, few values, one empty and one constant column; column 0 is the level."""
    random = np.random.default_rng(seed)
    features = random.normal(size=(rows, 8)).astype(np.float32)
    features[:, 0] = random.gamma(1.0, 3.0, rows) + 0.01
    features[:, 1] = random.integers(0, 5, rows)
    features[random.random(rows) < 0.3, 2] = np.nan
    features[:, 3] = np.nan
    features[:, 4] = 7
    features[random.random(rows) < 0.5, 4] = np.nan
    mean = features[:, 0] * np.exp(
        0.5 * (features[:, 1] > 2) - np.isnan(features[:, 2]) + 0.3 * np.isnan(features[:, 4])
    )
    return features, random.poisson(mean).astype(np.float32)


def total(trees: Trees, features: np.ndarray) -> np.ndarray:
    """(rows,) sums of the leaves that the rows of a matrix reach."""
    return trees.sum(FeatureTable.of_rows(features))[:, 0]


@pytest.mark.parametrize("leaves", [2, 15, 64])
def test_trees_equal_lightgbm(leaves: int) -> None:
    features, sales = make_rows()
    model = RatioRegressor(max_leaf_nodes=leaves, min_samples_leaf=2, l2_regularization=0.1, max_iter=40)
    model.fit(features, sales)
    trees, baseline = trees_of(model)
    unseen, _ = make_rows(seed=1)
    ours = np.exp(total(trees, unseen) + baseline) * unseen[:, 0]
    np.testing.assert_allclose(ours, model.predict(unseen), rtol=1e-6)


def test_trees_agree_on_values_at_and_next_to_every_threshold() -> None:
    features, sales = make_rows()
    model = RatioRegressor(max_iter=40, min_samples_leaf=2).fit(features, sales)
    trees, baseline = trees_of(model)
    splits = trees.nodes[(trees.nodes["feature"] >= 0) & np.isfinite(trees.nodes["threshold"])]
    assert len(splits) > 100
    for shift in (-np.inf, None, np.inf):
        rows = features[np.arange(len(splits)) % len(features)].copy()
        at = splits["threshold"] if shift is None else np.nextafter(splits["threshold"], np.float32(shift))
        rows[np.arange(len(splits)), splits["feature"]] = at
        ours = np.exp(total(trees, rows) + baseline) * rows[:, 0]
        np.testing.assert_allclose(ours, model.predict(rows), rtol=1e-6)


def test_the_sum_of_a_row_does_not_depend_on_its_neighbours() -> None:
    features, sales = make_rows()
    trees, _ = trees_of(RatioRegressor(max_iter=10).fit(features, sales))
    np.testing.assert_array_equal(total(trees, features)[1234:1237], total(trees, features[1234:1237]))


def test_a_tree_of_one_leaf_is_a_constant() -> None:
    leaf = np.zeros(2, NODE)
    leaf["feature"], leaf["value"] = -1, [0.5, 0.25]
    trees = Trees(leaf, np.array([0, 1], np.int32))
    np.testing.assert_array_equal(total(trees, np.zeros((3, 4), np.float32)), [0.75] * 3)


def chain(leaves: int) -> Trees:
    """One tree that asks of feature 0 whether it is at most 0, 1, 2...; each leaf's value is its place."""
    nodes = np.zeros(2 * leaves - 1, NODE)
    inner = np.arange(leaves - 1)
    nodes["feature"][leaves - 1 :] = -1
    nodes["value"][leaves - 1 :] = np.arange(leaves)
    nodes["threshold"][: leaves - 1] = inner
    nodes["left"][: leaves - 1] = leaves - 1 + inner
    nodes["right"][: leaves - 1] = np.append(inner[1:], 2 * leaves - 2)
    return Trees(nodes, np.zeros(1, np.int32))


def test_numbers_of_every_kind_reach_their_leaf() -> None:
    values = [-np.inf, -1, -0.0, 0, 0.5, 30, 62, 62.5, np.inf, np.nan, -np.nan]
    reached = total(chain(64), np.array(values, np.float32)[:, None])
    np.testing.assert_array_equal(reached, [0, 0, 0, 0, 1, 30, 62, 63, 63, 63, 63])


def test_a_tree_with_more_leaves_than_a_word_has_bits_is_not_evaluated() -> None:
    with pytest.raises(IndexError):
        total(chain(65), np.zeros((1, 1), np.float32))


def test_more_leaves_than_a_word_has_bits_are_refused() -> None:
    features, sales = make_rows()
    model = RatioRegressor(max_leaf_nodes=65, min_samples_leaf=1, l2_regularization=0.0, max_iter=3)
    with pytest.raises(ValueError, match="at most 64 leaves"):
        trees_of(model.fit(features, sales))


def test_missing_values_that_training_never_saw_go_where_lightgbm_sends_them() -> None:
    features, sales = make_rows()
    model = RatioRegressor(max_iter=40, min_samples_leaf=2).fit(features, sales)
    trees, baseline = trees_of(model)
    rows = features.copy()
    rows[:, 1] = np.nan
    ours = np.exp(total(trees, rows) + baseline) * rows[:, 0]
    np.testing.assert_allclose(ours, model.predict(rows), rtol=1e-6)


def test_without_anything_to_split_on_the_ratio_is_total_units_over_total_level() -> None:
    features, sales = make_rows()
    constant = np.column_stack([np.full(len(features), 3.0), np.zeros(len(features))]).astype(np.float32)
    predicted = RatioRegressor(max_iter=1).fit(constant, sales).predict(constant)
    np.testing.assert_allclose(predicted, sales.mean(), rtol=1e-6)


def test_sales_of_nothing_teach_nothing() -> None:
    features, sales = make_rows()
    with pytest.raises(ValueError, match="no unit was sold"):
        RatioRegressor(max_iter=1).fit(features, np.zeros_like(sales))


def test_totals_are_unbiased_over_slow_and_fast_sellers() -> None:
    features, sales = make_rows(rows=20_000)
    predicted = RatioRegressor(max_iter=100, l2_regularization=1.0).fit(features, sales).predict(features)
    for slow in (True, False):
        part = (features[:, 0] < 1) == slow
        assert predicted[part].sum() == pytest.approx(sales[part].sum(), rel=0.05)


def test_the_estimator_follows_scikit_learns_interface() -> None:
    features, sales = make_rows()
    model = RatioRegressor(max_iter=5, offset=0, random_state=3)
    twin = clone(model)
    assert twin.get_params() == model.get_params()
    assert twin.set_params(max_iter=7).max_iter == 7
    np.testing.assert_array_equal(
        model.fit(features, sales).predict(features), clone(model).fit(features, sales).predict(features)
    )
    assert model.score(features, sales) > 0


def test_the_number_of_threads_does_not_change_the_trees() -> None:
    features, sales = make_rows(rows=40_000)
    alone, together = (RatioRegressor(max_iter=10, n_jobs=jobs).fit(features, sales) for jobs in (1, 2))
    np.testing.assert_array_equal(trees_of(alone)[0].nodes, trees_of(together)[0].nodes)


def test_gains_name_the_features_that_matter() -> None:
    features, sales = make_rows()
    share = gains(RatioRegressor(max_iter=20).fit(features, sales))
    assert share.sum() == pytest.approx(1)
    assert share[3] == 0
    assert share[2] > share[5]
