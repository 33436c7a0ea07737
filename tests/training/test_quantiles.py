"""The quantile table: never crossing, at least 0, and right about days it has not seen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.metrics import coverage, transform
from training.model.residuals import LEVELS, fit_residuals


def draw(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Expectations from rare to fast sellers and overdispersed sales about them."""
    random = np.random.default_rng(seed)
    mean = np.exp(random.uniform(-3, 4, rows)).astype(np.float32)
    return mean, random.poisson(mean * random.gamma(3, 1 / 3, rows)).astype(np.float32)


@settings(max_examples=40, deadline=None)
@given(
    rows=st.integers(1, 3000),
    seed=st.integers(0, 1000),
    levels=st.lists(st.floats(float(LEVELS[0]), float(LEVELS[-1])), min_size=1, max_size=6),
)
def test_quantiles_never_cross_and_are_never_negative(rows: int, seed: int, levels: list[float]) -> None:
    table = fit_residuals(*draw(rows, seed))
    mean = np.exp(np.random.default_rng(seed).uniform(-9, 9, (7, 5))).astype(np.float32)
    quantiles = table.at(mean, np.sort(levels))
    assert quantiles.shape == (len(levels), 7, 5)
    assert (quantiles >= 0).all()
    assert (np.diff(quantiles, axis=0) >= 0).all()


def test_quantiles_cover_what_they_say_on_other_days() -> None:
    table = fit_residuals(*draw(40_000, 0))
    mean, sales = draw(40_000, 1)
    grid = table.at(mean, LEVELS)
    for part in (mean < 0.5, mean > 5):
        for level in (0.1, 0.5, 0.9):
            ends = transform(sales[part][None], grid[:, None, part], LEVELS)
            assert coverage(*ends, level) == pytest.approx(level, abs=0.02)


def test_coverage_of_a_wrong_table_is_found() -> None:
    mean, sales = draw(20_000, 0)
    grid = fit_residuals(mean, sales).at(mean * 2, LEVELS)
    assert coverage(*transform(sales[None], grid[:, None], LEVELS), 0.5) > 0.7


def test_a_day_like_many_others_counts_with_the_probability_of_the_randomised_transform() -> None:
    """The quantiles are 0 below level 0.8, where nothing is sold: half of the transforms lie below 0.4."""
    levels = np.array([0.2, 0.4, 0.6, 0.8, 0.9])
    grid = np.array([0, 0, 0, 1, 2], np.float32)[:, None, None]
    nothing, one = np.zeros((1, 1), np.float32), np.ones((1, 1), np.float32)
    assert coverage(*transform(nothing, grid, levels), 0.4) == pytest.approx(0.5)
    assert coverage(*transform(nothing, grid, levels), 0.8) == 1
    assert coverage(*transform(one, grid, levels), 0.6) == 0
    assert coverage(*transform(one, grid, levels), 0.75) == pytest.approx(0.5)
    assert np.isnan(coverage(*transform(nothing * np.nan, grid, levels), 0.4))


def test_quantiles_of_whole_units_are_whole_units() -> None:
    mean, sales = draw(5000, 0)
    levels = np.array([0.5, 0.9])
    assert not (fit_residuals(mean, sales).at(mean, levels) % 1).any()
    assert (fit_residuals(mean, sales / 4).at(mean, levels) % 1).any()


def test_levels_between_those_of_the_table_are_interpolated() -> None:
    mean, sales = draw(5000, 0)
    table = fit_residuals(mean, sales / 4)
    low, between, high = table.at(np.array([3.0], np.float32), np.array([0.1, 0.105, 0.11]))[:, 0]
    assert between == pytest.approx((low + high) / 2, rel=1e-5)
