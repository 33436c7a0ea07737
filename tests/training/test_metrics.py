"""Measures and baselines on figures worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from training.baselines import moving_average, seasonal_naive
from training.metrics import bias, mase, mean_known, pinball, rmsse, wape, weighted_mean
from training.scales import Scales

NAN = np.nan
ACTUAL = np.array([[2, 0, NAN, 4], [0, 0, 0, 0]], np.float32)
FORECAST = np.array([[1, 1, 9, 4], [0, 0, 1, 0]], np.float32)


def test_wape_and_bias_are_totals_over_known_days() -> None:
    assert wape(ACTUAL, FORECAST) == pytest.approx(3 / 6)
    assert bias(ACTUAL, FORECAST) == pytest.approx(1 / 6)


def test_wape_of_nothing_sold_has_no_meaning() -> None:
    assert math.isnan(wape(ACTUAL[1:], FORECAST[1:]))


def test_mase_and_rmsse_average_over_series_that_have_a_scale() -> None:
    scales = Scales(np.array([2.0, NAN]), np.array([4.0, 0.0]), np.array([NAN, NAN]))
    assert mase(ACTUAL, FORECAST, scales) == pytest.approx((2 / 3) / 2)
    assert rmsse(ACTUAL, FORECAST, scales) == pytest.approx(math.sqrt((2 / 3) / 4))


def test_rmsse_of_the_naive_forecast_on_its_own_history_is_one() -> None:
    sales = np.random.default_rng(0).poisson(5, (1, 400)).astype(np.float32)
    sales[0, 0] = 3
    assert rmsse(sales[:, 1:], sales[:, :-1], Scales.of(sales)) == pytest.approx(1)


def test_seasonal_naive_repeats_the_last_week() -> None:
    history = np.arange(20, dtype=np.float32)[None]
    np.testing.assert_array_equal(seasonal_naive(history, 9)[0], [13, 14, 15, 16, 17, 18, 19, 13, 14])


def test_baselines_count_an_item_without_history_as_not_selling() -> None:
    history = np.full((1, 30), NAN, np.float32)
    assert not seasonal_naive(history, 3).any()
    assert not moving_average(history, 3).any()
    history[0, -2:] = [4, 8]
    np.testing.assert_array_equal(moving_average(history, 2)[0], [6, 6])


def test_pinball_loss_leaves_out_unknown_days() -> None:
    grid = np.array([[[1, 1, 1, 1], [2, 2, 2, 2]]], np.float32)
    loss = pinball(ACTUAL, grid, np.array([0.9]))
    np.testing.assert_allclose(loss, [(0.9 * 1 + 0.1 * 1 + 0.9 * 3) / 3, 0.1 * 2], rtol=1e-6)


def test_weights_of_what_is_known_sum_to_one_in_each_part() -> None:
    values, weights = np.array([1.0, 3.0, NAN, 5.0, NAN]), np.array([1.0, 3.0, 9.0, 0.0, 1.0])
    means = weighted_mean(values, weights, np.array([0, 0, 0, 1, 2]), 4)
    np.testing.assert_array_equal(means, [10 / 4, NAN, NAN, NAN])


def test_a_mean_of_the_known_ignores_the_rest() -> None:
    np.testing.assert_array_equal(mean_known(np.array([[1.0, NAN], [3.0, NAN]])), [2, NAN])
