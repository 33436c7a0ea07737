"""Plots of a backtest that a planner would look at, as PNG files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from training.backtest import ScoredFold
from training.backtest.folds import MODEL, Fold
from training.baselines import BASELINES
from training.features import feature_names
from training.metrics import row_mean
from training.model.export import gains
from training.pipeline import Training

_HISTORY_DAYS = 56
_METHODS = (MODEL, *BASELINES)
_MOST_FEATURES = 20


def write_plots(folder: Path, training: Training) -> None:
    """Write all plots into a folder."""
    plots = {
        "forecasts": _forecasts(training),
        "error_by_horizon": _error_by_horizon(training),
        "bias_by_store": _bias_by_store(training),
        "feature_importance": _feature_importance(training),
    }
    for name, figure in plots.items():
        figure.savefig(folder / f"{name}.png")


def _figure(width: float, height: float, rows: int = 1) -> tuple[Figure, list[Axes]]:
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots(rows, 1, squeeze=False)[:, 0]
    return figure, list(axes)


def _forecasts(training: Training) -> Figure:
    """Forecast against actual at the last origin: the best, the typical and the worst forecast series."""
    scored = training.backtest.scored[-1]
    fold = scored.fold
    figure, axes = _figure(9, 9, rows=3)
    for title, series, axis in zip(("Best", "Typical", "Worst"), _picked(scored), axes, strict=True):
        _draw_series(axis, training, fold, series)
        panel = training.windows.panel
        axis.set_title(f"{title}: {panel.store_ids[series]} / {panel.item_ids[series]}", fontsize=10)
        axis.set_ylabel("units a day")
    axes[0].legend(loc="upper left", fontsize=8)
    return figure


def _picked(scored: ScoredFold) -> list[int]:
    """Series with the lowest, the median and the highest scaled error, of those that sold (else of all)."""
    fold = scored.fold
    error = row_mean((fold.actual - fold.forecasts[MODEL]) ** 2) / scored.measures.series_scales.squared
    sold = np.flatnonzero((np.nan_to_num(fold.actual).sum(axis=1) > 0) & np.isfinite(error))
    order = sold[np.argsort(error[sold])] if len(sold) else np.arange(len(error))
    return [int(order[place]) for place in (0, len(order) // 2, -1)]


def _draw_series(axis: Axes, training: Training, fold: Fold, series: int) -> None:
    panel, origin = training.windows.panel, fold.origin
    start, end = max(origin - _HISTORY_DAYS, 0), origin + fold.actual.shape[1]
    days, forecast = panel.dates[origin:end], fold.forecasts[MODEL][series]
    low, high = training.backtest.residuals.at(forecast, np.array([0.1, 0.9]))
    axis.plot(panel.dates[start:end], panel.sales[series, start:end], color="0.4", linewidth=1, label="actual")
    axis.fill_between(days, low, high, color="tab:blue", alpha=0.2, label="10 % to 90 %")
    axis.plot(days, forecast, color="tab:blue", label="forecast")
    axis.plot(days, fold.forecasts["seasonal_naive"][series], color="tab:orange", linewidth=0.8, label="seasonal naive")


def _error_by_horizon(training: Training) -> Figure:
    figure, (axis,) = _figure(8, 4)
    for method in _METHODS:
        rows = [row for row in training.backtest.scores if row.by == "step" and row.method == method]
        axis.plot([int(row.value) for row in rows], [row.wape for row in rows], marker=".", label=method)
    axis.set(xlabel="days ahead", ylabel="WAPE", title="Error by horizon")
    axis.legend()
    return figure


def _bias_by_store(training: Training) -> Figure:
    figure, (axis,) = _figure(8, 4)
    rows = [row for row in training.backtest.scores if row.by == "store_id" and row.method == MODEL]
    axis.bar([row.value for row in rows], [100 * row.bias for row in rows])
    axis.axhline(0, color="0.3", linewidth=0.8)
    axis.set(ylabel="bias, % of units sold", title="Bias by store (above 0: too much is forecast)")
    axis.tick_params(axis="x", rotation=45 if len(rows) > 6 else 0)
    return figure


def _feature_importance(training: Training) -> Figure:
    names = np.array(feature_names(training.windows.spec))
    share = gains(training.estimator)
    best = np.argsort(share)[-_MOST_FEATURES:]
    figure, (axis,) = _figure(8, 6)
    axis.barh(names[best], 100 * share[best])
    axis.set(xlabel="share of the trees' total gain, %", title="Feature importance")
    return figure
