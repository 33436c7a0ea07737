"""The backtest of a trained model: origins, no look at the future, and better than what costs nothing."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from tests.training.panels import make_panel
from training.backtest import fold_origins
from training.data import DataError
from training.options import TrainOptions
from training.pipeline import Training, train
from training.summary import flat_metrics

HORIZON = 14
OPTIONS = TrainOptions(data=Path(), out_dir=Path(), horizon=HORIZON, rows=3000, iterations=15, min_samples_leaf=10)


@pytest.fixture(scope="module")
def trained() -> Training:
    return train(make_panel(), OPTIONS)


def test_a_fold_does_not_change_with_what_was_sold_from_its_origin_on(trained: Training) -> None:
    """The whole chain (sampling, fit, features) of the first fold, on a panel with another future."""
    panel = trained.windows.panel
    first = trained.backtest.folds[0]
    sales = panel.sales.copy()
    future = np.arange(first.origin, panel.origin)
    sales[:, future] = np.where(panel.on_sale[:, future], 77, np.nan)
    other = train(dataclasses.replace(panel, sales=sales), OPTIONS).backtest.folds[0]
    assert other.origin == first.origin
    for method, forecast in first.forecasts.items():
        np.testing.assert_array_equal(other.forecasts[method], forecast, err_msg=method)


def test_origins_are_one_horizon_apart_and_end_one_before_the_end() -> None:
    panel = make_panel()
    assert fold_origins(panel, HORIZON, 3) == [panel.origin - HORIZON * back for back in (3, 2, 1)]


def test_fewer_origins_are_taken_when_the_history_is_short() -> None:
    assert fold_origins(make_panel(days=60), 14, 3) == [32, 46]
    with pytest.raises(DataError, match="needs at least 56"):
        fold_origins(make_panel(days=50), 28, 3)


def test_the_model_beats_both_baselines_on_the_made_up_panel(trained: Training) -> None:
    for method in ("seasonal_naive", "mean28"):
        for measure in ("wape", "rmsse", "wrmsse", "wspl"):
            assert trained.metrics[measure] < trained.metrics[f"{measure}_{method}"]


def test_coverage_is_reported_for_each_level(trained: Training) -> None:
    metrics = flat_metrics(trained.backtest, (0.1, 0.5, 0.9))
    for level in (0.1, 0.5, 0.9):
        assert metrics[f"coverage_{level:g}"] == pytest.approx(level, abs=0.15)
