"""Worker of forecast_features.py: the product's features, every day an origin."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.benchmarks.forecast_calls import Columns, finish, time_calls, worker_options
from training.data import load_panel
from training.features import build_features, feature_names
from training.panel import Panel
from training.windows import PanelWindows, spec_of

_WANTED = re.compile(r"(lag|mean)_\d+")
_LEVEL = "base_level"


def every_day(panel: Panel) -> Columns:
    """Lags and rolling means in units, each (series, days)."""
    windows = PanelWindows(panel, spec_of(panel, 1))
    names = feature_names(windows.spec)
    wanted = {name: names.index(name) for name in names if _WANTED.fullmatch(name)}
    columns: dict[str, NDArray[np.float32]] = {
        name: np.empty((panel.n_series, panel.origin), np.float32) for name in wanted
    }
    step = np.ones((panel.n_series, 1), np.int32)
    for origin in range(panel.origin):
        features = build_features(windows.at(origin), windows.spec, step)
        level = features[:, names.index(_LEVEL)]
        for name, place in wanted.items():
            np.multiply(features[:, place], level, out=columns[name][:, origin])
    return columns


def main() -> None:
    """Measure from inside; written are the days inside each series' life, by series and then by day."""
    options = worker_options(__doc__)
    panel = load_panel(options.data)
    columns, said = time_calls(lambda: every_day(panel), options.rounds)
    alive = panel.on_sale[:, : panel.origin]
    finish({name: values[alive] for name, values in columns.items()} if options.out else {}, said, options.out)


if __name__ == "__main__":
    main()
