"""Drawings of forecasts against what was sold: all series together, and single ones."""

from __future__ import annotations

from xml.etree.ElementTree import Element

import numpy as np

from training.artifact.quantiles import ResidualQuantiles
from training.backtest import Backtest, WindowErrors
from training.backtest.calibration import residuals
from training.backtest.folds import MODEL
from training.features.window import Matrix
from training.panel import Dates
from training.report.axis import Array, date_axis, day_label, number_axis
from training.report.charts import Band, Chart, Line, lines
from training.report.markup import shortened
from training.report.words import METHODS, NAIVE, units

BAND = (0.1, 0.9)
"""Levels between which eight days of ten should lie."""

_HISTORY_DAYS = 56


def series_name(backtest: Backtest, series: int) -> str:
    """'CA_1 / FOODS_3_090'."""
    return f"{shortened(backtest.panel.store_ids[series])} / {shortened(backtest.panel.item_ids[series])}"


def total_figure(backtest: Backtest) -> Element:
    """Units of all series a day, with what was forecast from each origin."""
    panel, folds = backtest.panel, backtest.folds
    start, end = max(folds[0].origin - _HISTORY_DAYS // 2, 0), folds[-1].origin + folds[-1].actual.shape[1]
    sold: Array = np.nansum(panel.sales[:, start:end], axis=0, dtype=np.float64)
    marks = [Line("actual", "sold", np.arange(end - start, dtype=np.float64), sold)]
    for method in (NAIVE, MODEL):
        x, y = _forecast_totals(backtest, method, start)
        marks.append(Line(method, METHODS[method].lower(), x, y))
    dates = panel.dates[start:end]
    chart = Chart(
        "Units of all series a day: sold, forecast and seasonal naive",
        date_axis(dates),
        number_axis(np.concatenate([mark.y for mark in marks]).tolist()),
        y_title="units a day",
        hover=_hover(dates, marks),
        shaded_from=float(folds[0].origin - start),
    )
    return lines(chart, marks)


def _forecast_totals(backtest: Backtest, method: str, start: int) -> tuple[Array, Array]:
    """Days and forecast units over all windows; NaN between two, where the next forecast begins afresh."""
    days, totals = [], []
    for fold, window in zip(backtest.folds, backtest.windows, strict=True):
        forecast = _forecast(window, method)
        days.append(np.r_[fold.origin - start + np.arange(len(forecast)), np.nan])
        totals.append(np.r_[forecast, np.nan])
    return np.concatenate(days), np.concatenate(totals)


def _forecast(window: WindowErrors, method: str) -> Array:
    """(H,) units of all series forecast for the days of a window."""
    forecast: Array = np.array(window.units) + np.array(window.methods[method].error)
    return forecast


def earlier_residuals(backtest: Backtest) -> ResidualQuantiles | None:
    """Quantiles learnt from the origins before the last: what would have been said that day; None with one origin."""
    return residuals(backtest.folds[:-1]) if len(backtest.folds) > 1 else None


def series_figure(backtest: Backtest, series: int, quantiles: ResidualQuantiles | None) -> Element:
    """One series at the last origin: its last weeks, what was forecast with its band, and what was sold."""
    panel, fold = backtest.panel, backtest.folds[-1]
    start, end = max(fold.origin - _HISTORY_DAYS, 0), fold.origin + fold.actual.shape[1]
    future = np.arange(fold.origin - start, end - start, dtype=np.float64)
    forecast, naive = (fold.forecasts[method][series].astype(np.float64) for method in (MODEL, NAIVE))
    band = _band(quantiles, future, fold.forecasts[MODEL][series]) if quantiles else None
    marks = [
        Line(
            "actual",
            "sold",
            np.arange(end - start, dtype=np.float64),
            panel.sales[series, start:end].astype(np.float64),
        ),
        Line(NAIVE, METHODS[NAIVE].lower(), future, naive),
        Line(MODEL, METHODS[MODEL].lower(), future, forecast),
    ]
    heights = [*(mark.y for mark in marks), *([band.low, band.high] if band else [])]
    chart = Chart(
        f"Units a day of {series_name(backtest, series)}: sold, forecast and seasonal naive",
        date_axis(panel.dates[start:end]),
        number_axis(np.concatenate(heights).tolist()),
        y_title="units a day",
        hover=_hover(panel.dates[start:end], marks, band),
        shaded_from=float(future[0]),
    )
    return lines(chart, [*([band] if band else []), *marks])


def _band(quantiles: ResidualQuantiles, days: Array, forecast: Matrix) -> Band:
    low, high = quantiles.at(forecast, np.array(BAND))
    return Band("10 to 90 %", days, low.astype(np.float64), high.astype(np.float64))


def _hover(dates: Dates, marks: list[Line], band: Band | None = None) -> tuple[tuple[float, str], ...]:
    """The figures of each day in words."""
    told: dict[int, list[str]] = {}
    for mark in marks:
        for day, value in zip(mark.x, mark.y, strict=True):
            if np.isfinite(day) and np.isfinite(value):
                told.setdefault(int(day), []).append(f"{mark.label} {units(value)}")
    if band:
        for day, low, high in zip(band.x, band.low, band.high, strict=True):
            told.setdefault(int(day), []).append(f"{band.label}: {units(low)} to {units(high)}")
    return tuple((float(day), f"{day_label(dates[day])}: {', '.join(words)}") for day, words in sorted(told.items()))
