"""What series are told is kept once a value, and every row finds its own again."""

from __future__ import annotations

import numpy as np
import pytest

from training.features.told import Told


def coming_and_going(series: int, days: int, seed: int = 0) -> dict[str, np.ndarray]:
    """Prices that change once, some of them missing, and a flag that is up on random days."""
    random = np.random.default_rng(seed)
    price = np.where(np.arange(days) < random.integers(0, days, (series, 1)), 2.0, 3.0).astype(np.float32)
    price[random.random(series) < 0.2] = np.nan
    return {"price": price, "flag": (random.random((series, days)) < 0.4).astype(np.float32)}


@pytest.mark.parametrize("series", [1, 3, 200])
@pytest.mark.parametrize("days", [1, 2, 28])
def test_every_row_finds_what_it_was_told(series: int, days: int) -> None:
    columns = coming_and_going(series, days)
    told = Told.of(columns)
    assert told.grain.place is not None
    for name, values in columns.items():
        np.testing.assert_array_equal(told.columns[name][told.grain.place], values)
    np.testing.assert_array_equal(told.series[told.grain.place], np.arange(series)[:, None] + np.zeros((1, days)))
    assert told.grain.size == len(told.series) == told.grain.place.max() + 1


def test_what_comes_again_is_not_told_again() -> None:
    flag = np.tile(np.array([0, 1, 1, 0, 1, 0, 0], np.float32), (200, 4))
    assert Told.of({"flag": flag}).grain.size == 2 * 200


def test_each_series_has_what_it_was_told_behind_that_of_the_series_before() -> None:
    place = Told.of(coming_and_going(200, 28)).grain.place
    assert place is not None
    assert (place.min(axis=1)[1:] == place.max(axis=1)[:-1] + 1).all()
