"""What rows share is computed once and changes nothing: the table, its matrix and the trees' sums agree to the bit."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.training.panels import make_panel
from training.artifact.trees import NODE, Trees
from training.features import FeatureTable, Window, build_features, feature_names, feature_table
from training.windows import PanelWindows, spec_of

HORIZON = 28
PANEL = make_panel()
BARE = dataclasses.replace(
    PANEL, price=None, promo=None, known={}, event_names=(), event_types=(), events=np.zeros_like(PANEL.events)
)
ORIGINS = (15, 393, 450, PANEL.origin)


def windows_of(*, bare: bool) -> PanelWindows:
    panel = BARE if bare else PANEL
    return PanelWindows(panel, spec_of(panel, HORIZON))


def steps_of(window: Window, horizon: int) -> np.ndarray:
    return np.tile(np.arange(1, horizon + 1, dtype=np.int32), (window.n_series, 1))


def random_trees(features: np.ndarray, count: int = 30, seed: int = 0) -> Trees:
    """Trees of four leaves that split at values which occur."""
    random = np.random.default_rng(seed)
    nodes = np.zeros((count, 7), NODE)
    for place in range(3):
        chosen = random.integers(0, features.shape[1], count)
        nodes["feature"][:, place] = chosen
        nodes["threshold"][:, place] = np.nan_to_num(features[random.integers(0, len(features), count), chosen])
        nodes["missing_left"][:, place] = random.random(count) < 0.5
    first = 7 * np.arange(count)[:, None]
    nodes["left"][:, :3] = first + np.array([1, 3, 5])
    nodes["right"][:, :3] = first + np.array([2, 4, 6])
    nodes["feature"][:, 3:] = -1
    nodes["value"][:, 3:] = random.normal(size=(count, 4))
    return Trees(nodes.ravel(), first.ravel().astype(np.int32))


@pytest.mark.parametrize("bare", [False, True])
@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("horizon", [1, 5, 28])
def test_all_steps_at_once_are_the_same_as_each_step_asked_for(origin: int, horizon: int, bare: bool) -> None:
    windows = windows_of(bare=bare)
    window = windows.at(origin)
    table = feature_table(window, windows.spec, horizon)
    matrix = build_features(window, windows.spec, steps_of(window, horizon))
    np.testing.assert_array_equal(table.matrix(), matrix)
    for feature in range(len(feature_names(windows.spec))):
        np.testing.assert_array_equal(table.column(feature).ravel(), matrix[:, feature])


@pytest.mark.parametrize("origin", ORIGINS)
def test_steps_in_any_order_are_rows_of_all_steps(origin: int) -> None:
    windows = windows_of(bare=False)
    window = windows.at(origin)
    steps = np.random.default_rng(origin).integers(1, HORIZON + 1, (window.n_series, 9), dtype=np.int32)
    whole = feature_table(window, windows.spec, HORIZON).matrix().reshape(window.n_series, HORIZON, -1)
    some = build_features(window, windows.spec, steps).reshape(*steps.shape, -1)
    np.testing.assert_array_equal(some, whole[np.arange(window.n_series)[:, None], steps - 1])


@pytest.mark.parametrize("horizon", [1, 5, 28])
def test_trees_add_up_the_same_leaves_whether_rows_share_values_or_not(horizon: int) -> None:
    windows = windows_of(bare=False)
    table = feature_table(windows.at(PANEL.origin), windows.spec, horizon)
    trees = random_trees(table.matrix())
    sums = trees.sum(table)
    assert len(np.unique(sums)) > horizon
    np.testing.assert_array_equal(sums.ravel(), trees.sum(FeatureTable.of_rows(table.matrix())).ravel())


def test_the_sum_of_a_series_does_not_depend_on_how_many_are_summed_together() -> None:
    windows = windows_of(bare=False)
    many = windows.at(PANEL.origin, np.tile(np.arange(PANEL.n_series), 20))
    table = feature_table(many, windows.spec, HORIZON)
    trees = random_trees(table.matrix())
    alone = trees.sum(feature_table(many.rows(slice(13, 14)), windows.spec, HORIZON))
    np.testing.assert_array_equal(trees.sum(table)[13], alone[0])


def test_a_column_beyond_the_last_is_refused() -> None:
    with pytest.raises(IndexError):
        FeatureTable.of_rows(np.zeros((2, 3), np.float32)).column(3)


def test_days_that_were_summed_before_are_summed_the_same_again() -> None:
    windows = windows_of(bare=False)
    first, second = (feature_table(windows.at(origin), windows.spec, HORIZON) for origin in ORIGINS[-2:])
    trees = random_trees(first.matrix())
    once = trees.sum(first)
    np.testing.assert_array_equal(trees.sum(second), random_trees(first.matrix()).sum(second))
    np.testing.assert_array_equal(trees.sum(first), once)
