"""Backtests without a model: what is forecast is what was expected, off by a known share."""

from __future__ import annotations

import numpy as np

from tests.training.panels import make_panel
from training.backtest import Backtest, Fold
from training.backtest.folds import MODEL
from training.baselines import BASELINES
from training.panel import Panel
from training.windows import PanelWindows, spec_of

HORIZON = 14


def made_backtest(panel: Panel | None = None, origins: int = 3, off: float = 1.0) -> Backtest:
    """Folds whose model forecasts the series' mean of the last year, times ``off``."""
    panel = make_panel() if panel is None else panel
    windows = PanelWindows(panel, spec_of(panel, HORIZON))
    return Backtest(
        panel, tuple(_fold(windows, panel.origin - HORIZON * back, off) for back in range(origins, 0, -1)), (0.1, 0.9)
    )


def _fold(windows: PanelWindows, origin: int, off: float) -> Fold:
    panel, days = windows.panel, slice(origin, origin + HORIZON)
    history = panel.sales[:, :origin]
    known = np.maximum((~np.isnan(history[:, -364:])).sum(axis=1), 1)
    mean = np.maximum(np.nan_to_num(history[:, -364:]).sum(axis=1) / known, 0.1) * off
    forecasts = {MODEL: np.repeat(mean.astype(np.float32)[:, None], HORIZON, axis=1)}
    forecasts |= {name: forecast(history, HORIZON) for name, forecast in BASELINES.items()}
    return Fold(origin, np.where(windows.for_sale[:, days], panel.sales[:, days], np.float32(np.nan)), forecasts)
