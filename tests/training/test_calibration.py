"""The correction of a model's level by the bias of the windows before."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from tests.training.panels import make_panel
from training.backtest.folds import MODEL, Fold
from training.calibration import level_correction
from training.options import TrainOptions
from training.pipeline import train


def fold(actual: float, forecast: float) -> Fold:
    shape = (3, 4)
    sold = np.full(shape, actual, np.float32)
    sold[0, 0] = np.nan
    expected = np.full(shape, forecast, np.float32)
    expected[0, 0] = 1e6  # of a day that was not for sale
    return Fold(100, sold, {MODEL: expected, "seasonal_naive": expected})


def test_without_windows_nothing_is_corrected() -> None:
    assert level_correction([]) == 1.0


def test_half_of_the_bias_is_corrected() -> None:
    assert level_correction([fold(4.0, 2.0), fold(1.0, 2.0)]) == pytest.approx(math.sqrt(5 / 4), rel=1e-6)
    assert level_correction([fold(2.0, 2.2)]) == pytest.approx(math.sqrt(2 / 2.2), rel=1e-6)


def test_a_window_that_went_wrong_altogether_moves_the_level_by_a_quarter_at_most() -> None:
    assert level_correction([fold(100.0, 1.0)]) == 1.25
    assert level_correction([fold(1.0, 100.0)]) == pytest.approx(0.8)


@pytest.mark.parametrize(("actual", "forecast"), [(0.0, 1.0), (np.nan, 1.0)])
def test_windows_without_sales_correct_nothing(actual: float, forecast: float) -> None:
    assert level_correction([fold(actual, forecast)]) == 1.0


def test_a_scaled_fold_keeps_its_baselines() -> None:
    scaled = fold(1.0, 2.0).scaled(1.5)
    assert scaled.forecasts[MODEL][1, 1] == 3.0
    assert scaled.forecasts["seasonal_naive"][1, 1] == 2.0


def test_windows_are_corrected_by_those_before_them_and_the_model_by_all(tmp_path: Path) -> None:
    panel = make_panel(days=300)
    options = TrainOptions(data=tmp_path, out_dir=tmp_path, rows=2000, iterations=10)
    twice = [train(panel, options) for _ in range(2)]
    first, second = (one.backtest.folds for one in twice)
    np.testing.assert_array_equal(first[0].forecasts[MODEL], second[0].forecasts[MODEL])
    alone = train(panel, TrainOptions(data=tmp_path, out_dir=tmp_path, rows=2000, iterations=10, backtest_origins=1))
    factor = level_correction(alone.backtest.folds)
    np.testing.assert_allclose(
        alone.estimator.corrected(1 / factor).baseline_, alone.estimator.baseline_ - math.log(factor), rtol=1e-9
    )
    # The last window of three is the only one of the other: same model, corrected by nothing instead of two windows.
    ratio = first[2].forecasts[MODEL] / alone.backtest.folds[0].forecasts[MODEL]
    assert np.ptp(ratio) == pytest.approx(0, abs=1e-5)
    assert ratio.mean() != pytest.approx(1, abs=1e-6)
