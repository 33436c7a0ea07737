"""Sampled rows and backtest folds: right cells, nothing from the future, the same every time."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from tests.training.panels import make_panel
from training.backtest import Backtest, fold_origins
from training.backtest.folds import MODEL
from training.data import DataError
from training.features import build_features, feature_names
from training.metrics import Scales, rmsse, wape
from training.options import TrainOptions
from training.panel import Panel
from training.pipeline import Training, train
from training.sampling import SamplingPlan, TrainingRows, sample_rows
from training.summary import flat_metrics, verdict
from training.windows import PanelWindows, spec_of

HORIZON = 14
OPTIONS = TrainOptions(data=Path(), out_dir=Path(), horizon=HORIZON, rows=3000, iterations=15, min_samples_leaf=10)


@pytest.fixture(scope="module")
def trained() -> Training:
    return train(make_panel(), OPTIONS)


def sampled(panel: Panel, **plan: int) -> tuple[PanelWindows, TrainingRows]:
    windows = PanelWindows(panel, spec_of(panel, HORIZON))
    return windows, sample_rows(windows, SamplingPlan(**{"rows": 2000, **plan}))


def test_sampled_rows_are_features_and_sales_of_days_for_sale() -> None:
    panel = make_panel()
    windows, rows = sampled(panel)
    assert rows.features.shape == (len(rows), len(feature_names(windows.spec)))
    assert 1500 < len(rows) <= 2600
    assert not np.isnan(rows.sales).any()
    assert rows.target.max() < panel.origin
    assert len(np.unique(rows.target)) > 200


def test_each_sampled_row_is_found_again_in_a_window_of_its_origin() -> None:
    panel = make_panel()
    windows, rows = sampled(panel, origins=3)
    names = feature_names(windows.spec)
    step = rows.features[:, names.index("step")].astype(np.int32)
    every_step = np.tile(np.arange(1, HORIZON + 1, dtype=np.int32), (panel.n_series, 1))
    for origin in np.unique(rows.target - step + 1):
        part = rows.target - step + 1 == origin
        matrix = build_features(windows.at(int(origin)), windows.spec, every_step)
        known = {row.tobytes() for row in matrix}
        assert all(row.tobytes() in known for row in rows.features[part])


def test_sampling_is_seeded() -> None:
    _, first = sampled(make_panel(), seed=1)
    _, again = sampled(make_panel(), seed=1)
    _, other = sampled(make_panel(), seed=2)
    np.testing.assert_array_equal(first.features, again.features)
    assert not np.array_equal(first.target, other.target)


def test_days_without_a_price_are_not_trained_on_unless_sold() -> None:
    panel = make_panel()
    for_sale = PanelWindows(panel, spec_of(panel, HORIZON)).for_sale
    assert not for_sale[1, 100:160][panel.sales[1, 100:160] == 0].any()
    assert for_sale[1, 100:160][panel.sales[1, 100:160] > 0].all()
    assert not for_sale[7, : panel.origin - 9].any()


def test_rows_before_a_day_have_earlier_targets() -> None:
    _, rows = sampled(make_panel())
    early = rows.before(300)
    assert 0 < len(early) < len(rows)
    assert early.target.max() < 300


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


def test_scores_are_those_of_the_folds(trained: Training) -> None:
    backtest = trained.backtest
    assert isinstance(backtest, Backtest)
    actual = np.concatenate([fold.actual for fold in backtest.folds])
    forecast = np.concatenate([fold.forecasts[MODEL] for fold in backtest.folds])
    scales = Scales(
        np.concatenate([fold.scales.absolute for fold in backtest.folds]),
        np.concatenate([fold.scales.squared for fold in backtest.folds]),
    )
    assert trained.metrics["wape"] == pytest.approx(wape(actual, forecast))
    assert trained.metrics["rmsse"] == pytest.approx(rmsse(actual, forecast, scales))
    by_store = [row for row in backtest.scores if row.by == "store_id" and row.method == MODEL]
    sold = [np.nansum(actual[np.tile(np.array(backtest.panel.store_ids) == row.value, 3)]) for row in by_store]
    assert np.average([row.wape for row in by_store], weights=sold) == pytest.approx(trained.metrics["wape"])


def test_the_model_beats_both_baselines_on_the_made_up_panel(trained: Training) -> None:
    for method in ("seasonal_naive", "mean28"):
        assert trained.metrics["wape"] < trained.metrics[f"wape_{method}"]
        assert trained.metrics["rmsse"] < trained.metrics[f"rmsse_{method}"]


def test_coverage_is_reported_for_each_level(trained: Training) -> None:
    metrics = flat_metrics(trained.backtest, (0.1, 0.5, 0.9))
    for level in (0.1, 0.5, 0.9):
        assert metrics[f"coverage_{level:g}"] == pytest.approx(level, abs=0.15)


def test_the_verdict_names_the_baseline_that_is_not_beaten() -> None:
    metrics = {"wape": 0.5, "rmsse": 0.8, "wape_seasonal_naive": 0.6, "rmsse_seasonal_naive": 1.0}
    metrics |= {"wape_mean28": 0.6, "rmsse_mean28": 0.7}
    assert verdict(metrics) == (
        "Verdict: the model beats the seasonal naive (WAPE -16.7%, RMSSE -20.0%) and "
        "does not beat the 28-day mean (WAPE -16.7%, RMSSE +14.3%)"
    )
