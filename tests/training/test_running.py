"""Lags and rolling means against plain Python, and what they may not depend on."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.features.window import Matrix
from training.running import lags, rolling_means

UNITS = st.one_of(st.just(math.nan), st.integers(0, 2000).map(float), st.floats(-50, 5000, width=32))
SALES = (
    st.integers(1, 40)
    .flatmap(lambda days: st.lists(st.lists(UNITS, min_size=days, max_size=days), min_size=1, max_size=4))
    .map(lambda rows: np.array(rows, np.float32))
)
LENGTHS = st.lists(st.integers(1, 60), min_size=1, max_size=6)


def slow_mean(sales: Matrix, series: int, day: int, span: int) -> float:
    last = [float(units) for units in sales[series, max(day - span, 0) : day] if not math.isnan(units)]
    return math.fsum(last) / len(last) if last else math.nan


def made_sales(series: int, days: int) -> Matrix:
    """Whole and fractional units, launches in the middle of the calendar, gaps, one series without any day."""
    random = np.random.default_rng(days)
    sales = random.poisson(random.gamma(0.5, 20, (series, 1)), (series, days)).astype(np.float32)
    sales[::3] *= np.float32(0.37)
    for row in range(1, series, 2):
        sales[row, : random.integers(0, days)] = np.nan
    sales[5, days // 2 : days // 2 + 30] = np.nan
    sales[2] = np.nan
    return sales


@settings(max_examples=200, deadline=None)
@given(sales=SALES, spans=LENGTHS)
def test_means_are_those_of_the_days_before(sales: Matrix, spans: list[int]) -> None:
    means = rolling_means(sales, spans)
    days = range(sales.shape[1] + 1)
    expected = [[[slow_mean(sales, row, day, span) for day in days] for row in range(len(sales))] for span in spans]
    np.testing.assert_allclose(means, expected, rtol=1e-5, atol=1e-4)


@settings(max_examples=100, deadline=None)
@given(sales=SALES, days=LENGTHS)
def test_lags_are_the_values_of_so_many_days_before(sales: Matrix, days: list[int]) -> None:
    found = lags(sales, days)
    for place, lag in enumerate(days):
        for day in range(sales.shape[1] + 1):
            expected = sales[:, day - lag] if day >= lag else np.full(len(sales), np.nan)
            np.testing.assert_array_equal(found[place, :, day], expected)


def test_lags_keep_double_precision() -> None:
    assert lags(np.array([[1e9 + 1, 2.0]]), [1])[0, 0, 1] == 1e9 + 1


@pytest.mark.parametrize("days", [30, 400, 1000])
def test_means_of_many_series_are_those_of_each_alone(days: int) -> None:
    """More series than are taken at a time, with and without missing days beside one another."""
    sales, spans = made_sales(150, days), (364, 7, 28)
    means = rolling_means(sales, spans)
    alone = np.concatenate([rolling_means(sales[[row]], spans) for row in range(len(sales))], axis=1)
    np.testing.assert_array_equal(means, alone)


def test_means_of_a_year_equal_plain_python() -> None:
    sales, spans = made_sales(80, 900), (7, 14, 28, 56, 91, 182, 364)
    means = rolling_means(sales, spans)
    random = np.random.default_rng(1)
    for row, day in zip(random.integers(0, 80, 300), random.integers(0, 901, 300), strict=True):
        expected = [slow_mean(sales, row, day, span) for span in spans]
        np.testing.assert_allclose(means[:, row, day], expected, rtol=1e-6)


def test_a_huge_day_leaves_no_trace_once_it_has_left_the_window() -> None:
    sales = np.ones((1, 60), np.float32)
    sales[0, 10] = 1e9
    np.testing.assert_array_equal(rolling_means(sales, [28])[0, 0, 39:], 1)


def test_nothing_observed_has_no_mean() -> None:
    assert np.isnan(rolling_means(np.full((3, 50), np.nan, np.float32), [7, 400])).all()


def test_sales_are_left_as_they_were() -> None:
    sales = made_sales(20, 60)
    before = sales.copy()
    rolling_means(sales, [7])
    np.testing.assert_array_equal(sales, before)


@settings(max_examples=50, deadline=None)
@given(sales=SALES, spans=LENGTHS, data=st.data())
def test_no_mean_or_lag_changes_with_sales_of_its_day_or_later(
    sales: Matrix, spans: list[int], data: st.DataObject
) -> None:
    day = data.draw(st.integers(0, sales.shape[1]))
    other = sales.copy()
    other[:, day:] = data.draw(UNITS)
    for known in (rolling_means, lags):
        np.testing.assert_array_equal(known(other, spans)[..., : day + 1], known(sales, spans)[..., : day + 1])
