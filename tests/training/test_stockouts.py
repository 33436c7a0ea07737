"""Stock-outs: long, ended runs without a sale of fast sellers, and nothing else; not trained on."""

from __future__ import annotations

import numpy as np

from tests.training.panels import make_panel
from training.sampling import SamplingPlan, sample_rows
from training.stockouts import stock_outs
from training.windows import PanelWindows, spec_of


def fast_seller(mean: float = 40.0) -> np.ndarray:
    return np.random.default_rng(0).poisson(mean, (1, 400)).astype(np.float32)


def test_a_month_without_a_sale_of_a_fast_seller_is_a_stock_out() -> None:
    sales = fast_seller()
    sales[0, 200:228] = 0
    assert np.flatnonzero(stock_outs(sales)).tolist() == list(range(200, 228))


def test_a_stock_out_is_not_known_before_the_next_sale() -> None:
    sales = fast_seller()
    sales[0, 200:228] = 0
    assert not stock_outs(sales[:, :228]).any()
    assert stock_outs(sales[:, :229]).sum() == 28


def test_runs_that_may_be_demand_are_not_stock_outs() -> None:
    slow, short, season = fast_seller(1), fast_seller(), fast_seller()
    slow[0, 200:228] = 0
    short[0, 200:205] = 0
    season[0, 200:320] = 0
    bulk = np.zeros((1, 400), np.float32)
    bulk[0, ::10] = 500
    for sales in (slow, short, season, bulk):
        assert not stock_outs(sales).any()


def test_days_before_a_series_life_are_no_stock_out() -> None:
    sales = fast_seller()
    sales[0, :60] = np.nan
    assert not stock_outs(sales).any()


def test_rows_of_sold_out_days_are_not_trained_on() -> None:
    panel = make_panel()
    rows = sample_rows(PanelWindows(panel, spec_of(panel, 14)), SamplingPlan(rows=2000))
    sold_out = np.zeros((panel.n_series, 300), np.bool_)
    sold_out[2, 100:200] = True
    kept = rows.before(300, sold_out)
    assert not ((kept.series == 2) & (kept.target >= 100) & (kept.target < 200)).any()
    assert len(rows.before(300)) > len(kept) > 0
    here = rows.series == 2
    np.testing.assert_array_equal(rows.sales[here], panel.sales[2, rows.target[here]])
