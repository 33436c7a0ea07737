"""Forecasts of series that are not like the others: new, ended, short or without a sale.

Sales are drawn from known demand, so that a forecast is compared with the demand of the 28 days after the origin, and
with the seasonal naive's forecast of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from tests.training.panels import FUTURE
from training.backtest.folds import expected_units
from training.baselines import seasonal_naive
from training.data import DataError
from training.options import TrainOptions
from training.panel import Panel
from training.pipeline import Training, train

DAYS = 420
KINDS = {"regular": 24, "new_3": 6, "new_10": 6, "new_20": 6, "gone_60": 6, "gone_200": 6, "short_5": 4, "never": 4}
"""Series of each kind in each store; the numbers are days of life, or days since the last sale."""
STORES = ("north", "south")


@dataclass(frozen=True)
class World:
    panel: Panel
    kind: np.ndarray
    """(n,) of each series."""
    demand: np.ndarray
    """(n, 28) mean of the days after the origin; 0 for what has ended."""
    training: Training
    forecast: np.ndarray


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    random = np.random.default_rng(5)
    kind = np.array([name for name, count in KINDS.items() for _ in range(count)] * len(STORES))
    n, total = len(kind), DAYS + FUTURE
    weekday = 1 + 0.4 * np.cos(2 * np.pi * np.arange(total) / 7)
    level = random.gamma(2.0, 3.0, n) + 0.5
    level[kind == "never"] = 0
    demand = level[:, None] * weekday
    lives = {"new_3": (DAYS - 3, total), "new_10": (DAYS - 10, total), "new_20": (DAYS - 20, total)}
    lives |= {"gone_60": (0, DAYS - 60), "gone_200": (0, DAYS - 200), "short_5": (DAYS - 5, total)}
    start, end = np.array([lives.get(name, (0, total)) for name in kind]).T[:, :, None]
    day = np.arange(total)
    demand[(day < start) | (day >= end)] = 0
    sales = random.poisson(demand).astype(np.float32)
    sales[day < start] = np.nan
    sales[:, DAYS:] = np.nan
    items = tuple(f"item_{place:02}" for place in range(sum(KINDS.values())))
    panel = Panel(
        store_ids=tuple(np.repeat(STORES, len(items)).tolist()),
        item_ids=items * len(STORES),
        statics={"dept_id": ("food", "home") * (n // 2), "cat_id": ("all",) * n, "state_id": ("",) * n},
        dates=np.datetime64("2023-01-02") + np.arange(total),
        origin=DAYS,
        sales=sales,
        price=None,
        promo=None,
        on_sale=day >= start,
        event_names=(),
        event_types=(),
        events=np.zeros((len(STORES), total), np.int16),
        stores=STORES,
        store_index=np.repeat(np.arange(len(STORES)), len(items)).astype(np.int32),
        known={},
        fingerprint="made-up",
    )
    folder = tmp_path_factory.mktemp("unusual")
    training = train(panel, TrainOptions(data=folder, out_dir=folder, rows=30_000, iterations=80, workers=1))
    forecast = expected_units(training.windows, DAYS, training.estimator)
    return World(panel, kind, demand[:, DAYS:], training, forecast)


def errors(world: World, kind: str) -> tuple[float, float]:
    """Mean absolute error against demand of the forecast and of the seasonal naive."""
    part = world.kind == kind
    naive = seasonal_naive(world.panel.sales[:, :DAYS], FUTURE)
    wrong, naively = (np.abs(one[part] - world.demand[part]).mean() for one in (world.forecast, naive))
    return float(wrong), float(naively)


def test_every_forecast_is_a_number_of_at_least_nothing(world: World) -> None:
    assert np.isfinite(world.forecast).all()
    assert (world.forecast >= 0).all()


@pytest.mark.parametrize("kind", ["regular", "new_3", "new_10", "new_20", "short_5"])
def test_a_series_with_some_history_is_forecast_better_than_by_its_last_week(world: World, kind: str) -> None:
    ours, naive = errors(world, kind)
    assert ours < naive


@pytest.mark.parametrize("kind", ["new_3", "new_10", "new_20", "short_5"])
def test_a_young_series_is_forecast_near_its_own_level(world: World, kind: str) -> None:
    part = world.kind == kind
    assert world.forecast[part].sum() == pytest.approx(world.demand[part].sum(), rel=0.35)


@pytest.mark.parametrize(("kind", "most"), [("gone_60", 0.1), ("gone_200", 0.05), ("never", 0.1)])
def test_what_no_longer_sells_is_forecast_at_almost_nothing(world: World, kind: str, most: float) -> None:
    """Units a day, where the series that still sell have 6."""
    assert world.forecast[world.kind == kind].mean() < most


def test_the_days_of_a_young_series_follow_the_weekdays_of_its_department(world: World) -> None:
    part = world.kind == "new_3"
    profile = world.forecast[part].sum(axis=0).reshape(4, 7).mean(axis=0)
    assert np.corrcoef(profile, world.demand[part].sum(axis=0)[:7])[0, 1] > 0.9


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_fit_that_diverges_stops_with_the_options_to_change(world: World, tmp_path: Path) -> None:
    """Sales near the largest float32: their squares are infinite."""
    sales = world.panel.sales.copy()
    sales[:, ::2] *= np.float32(1e30)
    options = TrainOptions(data=tmp_path, out_dir=tmp_path, rows=3000, iterations=20, learning_rate=1.0, workers=1)
    with pytest.raises(DataError, match=r"diverged.*--learning_rate"):
        train(replace(world.panel, sales=sales), options)
