"""Scales of series and of their sums: from the first sale on, up to an origin, in one pass."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.slow_measures import mean_change
from training.hierarchy import Groups
from training.scales import Scales, scales_at

NAN = np.nan


def random_sales(n: int, days: int, seed: int) -> np.ndarray:
    """Slow and fast sellers that begin one after the other; the last one never sells."""
    random = np.random.default_rng(seed)
    sales = random.poisson(random.uniform(0.1, 6, (n, 1)), (n, days)).astype(np.float32)
    for row in range(n):
        sales[row, : random.integers(0, days)] = random.choice([0, NAN])
    sales[-1] = 0
    return sales


def test_scales_begin_with_the_first_sale() -> None:
    history = np.array([[NAN, 0, 0, 5, 1, 1, 4, 0, 0, 0, 5, 3]], np.float32)
    scales = Scales.of(history)
    assert scales.squared[0] == pytest.approx((16 + 0 + 9 + 16 + 0 + 0 + 25 + 4) / 8)
    assert scales.daily[0] == pytest.approx((4 + 0 + 3 + 4 + 0 + 0 + 5 + 2) / 8)
    assert scales.absolute[0] == pytest.approx((0 + 2) / 2)


def test_a_series_without_two_days_to_compare_has_no_scale() -> None:
    history = np.zeros((3, 20), np.float32)
    history[0], history[1, -1], history[2, -5:] = NAN, 4, [2, 2, 2, 2, 2]
    scales = Scales.of(history)
    np.testing.assert_array_equal(np.isnan(scales.squared), [True, True, False])
    np.testing.assert_array_equal(np.isnan(scales.daily), [True, True, False])
    assert np.isnan(scales.absolute).all()
    assert scales.squared[2] == 0


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), days=st.integers(2, 90))
def test_scales_are_those_of_a_slow_computation(seed: int, days: int) -> None:
    sales = random_sales(6, days, seed)
    scales = Scales.of(sales)
    for row, history in enumerate(np.nan_to_num(sales).tolist()):
        squared, daily = mean_change(history, lambda change: change**2), mean_change(history, abs)
        assert scales.squared[row] == pytest.approx(NAN if squared is None else squared, nan_ok=True)
        assert scales.daily[row] == pytest.approx(NAN if daily is None else daily, nan_ok=True)
        begun = next((day for day, units in enumerate(history) if units), days)
        weekly = [abs(history[day] - history[day - 7]) for day in range(begun + 7, days)]
        assert scales.absolute[row] == pytest.approx(np.mean(weekly) if weekly else NAN, nan_ok=True)


def test_one_pass_over_origins_and_partitions_is_many_passes() -> None:
    sales = random_sales(12, 150, 5)
    rows, pairs, odd = (Groups.of(np.arange(12)), Groups.of(np.arange(12) // 2), Groups.of(np.arange(12) % 2))
    origins = [20, 28, 91, 150]
    found = scales_at(sales, origins, [pairs, rows, odd])
    for groups, scales in found.items():
        summed = groups.sums(np.nan_to_num(sales).T).T
        for origin, at_origin in zip(origins, scales, strict=True):
            alone = Scales.of(summed[:, :origin])
            for name in ("absolute", "squared", "daily"):
                np.testing.assert_allclose(getattr(at_origin, name), getattr(alone, name), err_msg=f"{name} {origin}")


def test_scales_do_not_change_with_what_was_sold_from_the_origin_on() -> None:
    sales, rows = random_sales(8, 100, 2), Groups.of(np.arange(8))
    other = sales.copy()
    other[:, 60:] = 99
    before, after = (scales_at(each, [60], [rows])[rows][0] for each in (sales, other))
    np.testing.assert_array_equal(before.squared, after.squared)
    np.testing.assert_array_equal(before.absolute, after.absolute)
