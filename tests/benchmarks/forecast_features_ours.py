"""Worker of forecast_features.py: the product's lags and rolling means of the same rows."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.benchmarks.forecast_calls import LAGS, SPANS, Columns, finish, time_calls, worker_options
from training.data import load_panel
from training.panel import Panel
from training.running import lags, rolling_means


def every_day(panel: Panel) -> Columns:
    """Every day with its lags and rolling means, each (series, days)."""
    sales = panel.sales[:, : panel.origin]
    before = dict(zip((f"lag_{lag}" for lag in LAGS), lags(sales, LAGS), strict=True))
    means = dict(zip((f"mean_{span}" for span in SPANS), rolling_means(sales, SPANS), strict=True))
    return {name: values[:, :-1] for name, values in (before | means).items()}


def main() -> None:
    """Measure from inside; written are the days inside each series' life, by series and then by day."""
    options = worker_options(__doc__)
    panel = load_panel(options.data)
    columns, said = time_calls(lambda: every_day(panel), options.rounds)
    alive = panel.on_sale[:, : panel.origin]
    finish({name: values[alive] for name, values in columns.items()} if options.out else {}, said, options.out)


if __name__ == "__main__":
    main()
