"""The measures of a backtest on all of M5: right, in seconds, and without copies of the sales.

    python tests/benchmarks/forecast_metric.py

Trained to d_1913 and scored on d_1914..d_1941, as the competition's validation: prints WRMSSE of the naive and the
seasonal naive forecast beside the published figures, the largest difference of any level to the benchmarks' own
computation, which shares no code with it, and what one origin and three origins cost. Ends with 1 when a figure is
wrong.
"""

from __future__ import annotations

import resource
import sys
import time
import tracemalloc
from collections.abc import Sequence
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.benchmarks.forecast_m5_data import M5, unless_absent
from tests.benchmarks.forecast_measured import machine
from tests.benchmarks.forecast_wrmsse import HORIZON, Judge, Sales, read_sales
from training.features.window import Matrix
from training.hierarchy import Hierarchy
from training.weighted import WeightedMeasures, weighted_measures

ORIGIN = 1913
PUBLISHED = {"naive": 1.4639, "seasonal naive": 0.8697}


def main() -> int:
    """Compare and measure; 1 when a figure is wrong."""
    unless_absent()
    print(machine())
    sales = read_sales(M5)
    wrong = _compare(sales)
    print(f"\n{'origins':>8}{'scales and weights, s':>24}{'a score, s':>12}{'MiB beside the sales':>22}")
    for count in (1, 3):
        _cost(sales, [ORIGIN - HORIZON * back for back in reversed(range(count))])
    print(f"\npeak of this process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10:,.0f} MiB")
    return 1 if wrong else 0


def _measures(sales: Sales, origins: Sequence[int]) -> tuple[WeightedMeasures, ...]:
    return weighted_measures(Hierarchy(sales.ids), sales.units, _recent_prices(sales), origins)


def _recent_prices(sales: Sales) -> Matrix:
    """(n, d) prices of the four weeks that weights are made of; the others are not asked for."""
    price = np.zeros(sales.units.shape, np.float32)
    days = slice(ORIGIN - 3 * HORIZON, ORIGIN)
    price[:, days] = sales.price(days)
    return price


def _compare(sales: Sales) -> list[str]:
    """Names of the forecasts whose score is not as published, or not as the other computation has it."""
    judge, (measures,) = Judge(sales, ORIGIN), _measures(sales, [ORIGIN])
    actual, wrong = judge.actual.astype(np.float32), []
    for name, forecast in (("naive", judge.naive()), ("seasonal naive", judge.seasonal_naive())):
        ours, theirs = measures.wrmsse(actual, forecast.astype(np.float32)), judge.score(forecast)
        apart = max(abs(one - other) for one, other in zip(ours.levels.values(), theirs.levels.values(), strict=True))
        print(f"{name:16}{ours.overall:8.4f}   published {PUBLISHED[name]:.4f}   levels within {apart:.1e}")
        if round(ours.overall, 4) != PUBLISHED[name] or apart > 1e-6:
            wrong.append(name)
    return wrong


def _cost(sales: Sales, origins: Sequence[int]) -> None:
    """Print what the measures at these origins take; traced once more for the memory, which costs time."""
    price, hierarchy = _recent_prices(sales), Hierarchy(sales.ids)
    began = time.process_time()
    *_, measures = weighted_measures(hierarchy, sales.units, price, origins)
    prepared = time.process_time()
    forecast = np.ones((sales.n_series, HORIZON), np.float32)
    measures.wrmsse(forecast, forecast)
    scored = time.process_time()
    tracemalloc.start()
    weighted_measures(hierarchy, sales.units, price, origins)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(f"{len(origins):>8}{prepared - began:>24.2f}{scored - prepared:>12.2f}{peak / 2**20:>22.0f}", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
