"""The peers' levels of all origins at once, against one origin at a time in plain Python."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.training.panels import make_panel
from tests.training.slow_features import Row, prior
from training.features import cells_of
from training.panel import Panel
from training.peers import PeerLevels
from training.windows import PanelWindows, spec_of

PANEL = make_panel()


def windows_of(panel: Panel) -> PanelWindows:
    return PanelWindows(panel, spec_of(panel, 28))


@pytest.mark.parametrize("origin", [1, 12, 28, 200, 385, 474, PANEL.origin])
def test_priors_equal_the_slow_computation(origin: int) -> None:
    expected = [prior(Row(PANEL, series, origin, 1)) for series in range(PANEL.n_series)]
    np.testing.assert_allclose(windows_of(PANEL).at(origin).prior, expected, rtol=1e-6)


def test_priors_do_not_know_the_sales_from_the_origin_on() -> None:
    sales = PANEL.sales.copy()
    sales[:, 300:] = np.random.default_rng(0).uniform(0, 1000, sales[:, 300:].shape)
    changed = windows_of(dataclasses.replace(PANEL, sales=sales))
    for origin in (1, 150, 299, 300):
        np.testing.assert_array_equal(changed.priors(origin).table, windows_of(PANEL).priors(origin).table)
    assert (changed.priors(301).table != windows_of(PANEL).priors(301).table).any()


def test_a_cell_of_more_series_than_are_taken_at_a_time_is_summed_whole() -> None:
    sales = np.random.default_rng(0).poisson(3, (700, 60)).astype(np.float32)
    sales[600:, :50] = np.nan
    levels = PeerLevels.of(sales, np.zeros(700, np.intp), (1, 1))
    assert levels.count[0, [0, 1, 50, 51, 60]].tolist() == [0, 600, 600, 700, 700]
    np.testing.assert_allclose(levels.total[0, 60], np.nanmean(sales[:, 32:], axis=1).sum(), rtol=1e-6)


def test_series_of_an_unknown_store_count_for_their_department() -> None:
    store, department = np.array([0, np.nan], np.float32), np.array([0, 0], np.float32)
    sales = np.array([[2.0] * 40, [8.0] * 40], np.float32)
    table = PeerLevels.of(sales, cells_of(store, department, 1, 1), (1, 1)).at(40)
    known, unknown = table.lookup(store, department)
    assert known == pytest.approx((2 + 5 * 5) / 6)
    assert unknown == pytest.approx((8 + 5 * 5) / 6)


def test_nothing_observed_gives_a_prior_above_zero() -> None:
    levels = PeerLevels.of(np.full((2, 30), np.nan, np.float32), np.zeros(2, np.intp), (1, 1))
    assert (levels.at(30).table > 0).all()
    assert (levels.at(0).table > 0).all()
