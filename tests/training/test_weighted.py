"""WRMSSE and WSPL against their definition in plain Python, and the properties that follow from it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.slow_measures import SlowSeries, level_wrmsse, slow_spl, slow_wrmsse
from tests.training.test_hierarchy import retailer
from training.hierarchy import Hierarchy
from training.metrics import pinball
from training.weighted import PARTS, QUANTILES, WeightedMeasures, Wrmsse, revenue, weighted_measures

DAYS, HORIZON = 120, 14
NAN = np.nan


@dataclass(frozen=True)
class Retailer:
    """Sales of 3 stores x 8 items, what they cost, and a forecast of the last 14 days."""

    columns: dict[str, list[str]]
    sales: np.ndarray
    price: np.ndarray | None
    forecast: np.ndarray

    @property
    def actual(self) -> np.ndarray:
        return self.sales[:, DAYS:]

    def measures(self) -> WeightedMeasures:
        return weighted_measures(Hierarchy(self.columns), self.sales, self.price, [DAYS])[0]

    def score(self) -> Wrmsse:
        return self.measures().wrmsse(self.actual, self.forecast)

    def slow(self) -> list[SlowSeries]:
        earned = self.sales if self.price is None else self.sales * self.price
        return [
            SlowSeries(
                ids={name: values[row] for name, values in self.columns.items()},
                history=np.nan_to_num(self.sales[row, :DAYS]).tolist(),
                actual=np.nan_to_num(self.actual[row]).tolist(),
                forecast=self.forecast[row].tolist(),
                revenue=float(np.nansum(earned[row, DAYS - 28 : DAYS])),
            )
            for row in range(len(self.sales))
        ]


def make(seed: int = 0, priced: bool = True) -> Retailer:
    """Series that begin late, are not on sale some days, never sell, or sell the same every day."""
    random = np.random.default_rng(seed)
    columns = retailer(3, 8)
    n = len(columns["item_id"])
    sales = random.poisson(random.uniform(0.2, 8, (n, 1)), (n, DAYS + HORIZON)).astype(np.float32)
    sales[2, :70], sales[3, :], sales[4, 100:125] = NAN, 0, NAN
    sales[5, :DAYS] = 2
    price = np.round(random.uniform(1, 9, sales.shape), 2).astype(np.float32) if priced else None
    return Retailer(columns, sales, price, random.uniform(0, 8, (n, HORIZON)).astype(np.float32))


@pytest.mark.parametrize("priced", [True, False])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_wrmsse_is_that_of_the_definition_at_every_level(seed: int, priced: bool) -> None:
    case = make(seed, priced)
    expected = slow_wrmsse(case.slow())
    score = case.score()
    assert score.levels == pytest.approx(expected, rel=1e-5)
    assert score.overall == pytest.approx(np.mean(list(expected.values())), rel=1e-5)


def test_wrmsse_of_a_part_is_that_of_its_series_alone() -> None:
    case = make()
    score = case.score()
    assert set(score.parts) == set(PARTS)
    for column, values in score.parts.items():
        assert set(values) == set(case.columns[column])
        for value, figure in values.items():
            alone = slow_wrmsse([each for each in case.slow() if each.ids[column] == value])
            assert figure == pytest.approx(np.mean(list(alone.values())), rel=1e-5)


def test_an_item_may_be_of_another_category_in_another_store() -> None:
    case = make()
    case.columns["cat_id"][0] = "c1"
    assert case.score().levels == pytest.approx(slow_wrmsse(case.slow()), rel=1e-5)
    alone = slow_wrmsse([each for each in case.slow() if each.ids["cat_id"] == "c1"])
    assert case.score().parts["cat_id"]["c1"] == pytest.approx(np.mean(list(alone.values())), rel=1e-5)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), units=st.sampled_from([0.5, 2.0, 16.0]), money=st.sampled_from([0.01, 1.0, 100.0]))
def test_wrmsse_has_no_unit(seed: int, units: float, money: float) -> None:
    case = make(seed)
    assert case.price is not None
    other = replace(
        case, sales=case.sales * units, forecast=case.forecast * units, price=case.price * np.float32(money)
    )
    assert other.score().levels == pytest.approx(case.score().levels, rel=1e-4)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_a_perfect_forecast_scores_zero_and_a_worse_one_more(seed: int) -> None:
    case = make(seed)
    perfect = np.nan_to_num(case.actual)
    near, far = (replace(case, forecast=perfect + np.float32(off)).score().overall for off in (0.5, 1.0))
    assert replace(case, forecast=perfect).score().overall == 0
    assert far == pytest.approx(2 * near, rel=1e-5)


def test_levels_that_the_data_lacks_are_left_out_of_the_mean() -> None:
    case = make()
    lacking = replace(case, columns={**case.columns, "cat_id": [""] * 24, "state_id": [""] * 24})
    score = lacking.score()
    assert set(score.levels) == {"total", "store", "department", "store_department", "item", "item_store"}
    assert set(score.parts) == {"store_id", "dept_id"}
    expected = slow_wrmsse(case.slow())
    assert score.overall == pytest.approx(np.mean([expected[level] for level in score.levels]), rel=1e-5)


def test_nothing_sold_has_no_score() -> None:
    case = make()
    score = replace(case, sales=case.sales * 0).score()
    assert math.isnan(score.overall)
    assert math.isnan(score.parts["store_id"]["s0"])


def test_a_day_that_was_not_on_sale_counts_as_a_day_without_a_sale() -> None:
    case = make()
    sold_nothing = replace(case, sales=np.nan_to_num(case.sales))
    assert case.score().levels == sold_nothing.score().levels


def test_revenue_takes_the_last_price_where_there_is_none() -> None:
    sales, price = np.zeros((3, 40), np.float32), np.full((3, 40), NAN, np.float32)
    sales[:, 11], sales[:, 12], sales[:, 30] = 50, 1, 2
    price[0, 5], price[1, 5], price[1, 30] = 3, 3, 4
    np.testing.assert_array_equal(revenue(sales, price, 40), [3 * 3, 3 + 4 * 2, 0])
    np.testing.assert_array_equal(revenue(sales, None, 40), [3, 3, 3])
    np.testing.assert_array_equal(revenue(sales, None, 12), [50, 50, 50])


def test_weights_and_scales_know_nothing_of_the_days_from_the_origin_on() -> None:
    case = make()
    assert case.price is not None
    sales, price = case.sales.copy(), case.price.copy()
    sales[:, DAYS:], price[:, DAYS:] = 77, 99
    before, after = case.measures(), replace(case, sales=sales, price=price).measures()
    np.testing.assert_array_equal(before.revenue, after.revenue)
    np.testing.assert_array_equal(before.series_scales.squared, after.series_scales.squared)


def test_scaled_pinball_loss_is_that_of_the_definition() -> None:
    case = make()
    grid = np.sort(np.random.default_rng(1).uniform(0, 9, (9, 24, HORIZON)), axis=0).astype(np.float32)
    actual = np.nan_to_num(case.actual)
    slow = [
        slow_spl(each.history, each.actual, grid[:, row].tolist(), QUANTILES.tolist())
        for row, each in enumerate(case.slow())
    ]
    known = [row for row, loss in enumerate(slow) if loss is not None]
    weights = np.array([case.slow()[row].revenue for row in known])
    expected = np.average([slow[row] for row in known], weights=weights)
    assert case.measures().wspl(pinball(actual, grid, QUANTILES)) == pytest.approx(expected, rel=1e-5)
    assert len(known) < 24


def test_one_figure_for_every_quantile_costs_half_its_absolute_error() -> None:
    actual, point = np.array([[0, 3, 5]], np.float32), np.array([[1, 1, 9]], np.float32)
    loss = pinball(actual, np.broadcast_to(point, (9, 1, 3)), QUANTILES)
    assert loss[0] == pytest.approx((1 + 2 + 4) / 3 / 2)


def test_the_plain_computation_is_right_on_figures_worked_out_by_hand() -> None:
    """Scale (4 + 1) / 2, errors 1 and 2."""
    series = SlowSeries({"item_id": "a"}, [0, 1, 3, 2], [4, 4], [3, 6], 5.0)
    assert level_wrmsse([series], ("item_id",)) == pytest.approx(math.sqrt((1 + 4) / 2 / 2.5))
