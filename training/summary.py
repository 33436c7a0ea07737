"""A backtest in a few figures and words: metrics.json, and the lines a job's log ends with."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping

import numpy as np

from training.backtest import Backtest
from training.backtest.folds import MODEL
from training.backtest.scores import ALL, ScoreRow
from training.baselines import BASELINES
from training.metrics import mean_known

MEASURES = ("wape", "bias", "mase", "rmsse", "wrmsse")

_COMPARED = ("wape", "rmsse", "wrmsse")
"""What a method has to be better in to beat another."""

TITLES = {MODEL: "model", "seasonal_naive": "seasonal naive", "mean28": "28-day mean"}

_MOST_CATEGORIES = 20
"""With more of them than anybody reads, their coverage is in backtest.json alone."""


def flat_metrics(backtest: Backtest, levels: tuple[float, ...]) -> dict[str, float]:
    """The overall scores by name: ``wape`` is the model's, ``wape_seasonal_naive`` the baseline's, and so on.

    ``wrmsse_<level>`` is the model's at a level of aggregation, ``coverage_0.9_<category>`` that of a category. A
    measure without meaning on this data (nothing sold, one origin only) is left out.
    """
    figures = {
        _key(measure, row.method): getattr(row, measure)
        for row in backtest.scores
        if row.by == ALL
        for measure in MEASURES
    }
    figures |= _wspl(backtest)
    figures |= {f"wrmsse_{row.value}": row.wrmsse for row in _of_model(backtest, "level")}
    figures |= {f"coverage_{level:g}": share for level, share in backtest.coverage(levels).items()}
    categories = list(_of_model(backtest, "cat_id"))
    if len(categories) <= _MOST_CATEGORIES:
        figures |= {
            f"coverage_{level:g}_{_word(row.value)}": row.coverage.get(level, math.nan)
            for level in levels
            for row in categories
        }
    figures["backtest_origins"] = float(len(backtest.folds))
    return {name: figure for name, figure in figures.items() if math.isfinite(figure)}


def _wspl(backtest: Backtest) -> dict[str, float]:
    """Means over the origins that the model has quantiles for, of the baselines as well."""
    windows = [window for window in backtest.scored if math.isfinite(window.wspl[MODEL])]
    return {
        _key("wspl", method): float(mean_known(np.array([window.wspl[method] for window in windows])))
        for method in (MODEL, *BASELINES)
        if windows
    }


def _of_model(backtest: Backtest, by: str) -> Iterator[ScoreRow]:
    return (row for row in backtest.scores if row.by == by and row.method == MODEL)


def _word(value: str) -> str:
    """A value as part of a metric's name, for which MLflow and Azure ML take few signs."""
    return re.sub(r"[^0-9A-Za-z_-]+", "_", value)


def report_lines(backtest: Backtest, metrics: Mapping[str, float]) -> Iterator[str]:
    """The scores as a small table, the coverage and the verdict."""
    origins = ", ".join(window.origin for window in backtest.scored)
    days = backtest.folds[0].actual.shape[1]
    yield f"Backtest: {backtest.panel.n_series:,} series, {days} days from each of {origins}"
    yield f"{'':16}" + "".join(f"{measure if measure == 'bias' else measure.upper():>9}" for measure in MEASURES)
    for method in (MODEL, *BASELINES):
        figures = (metrics.get(_key(measure, method), math.nan) for measure in MEASURES)
        yield f"{TITLES[method]:16}" + "".join(f"{figure:9.4f}" for figure in figures)
    shares = ((level, metrics.get(f"coverage_{level:g}", math.nan)) for level in backtest.quantiles)
    covered = ", ".join(f"{level:g}: {share:.3f}" for level, share in shares if math.isfinite(share))
    if covered:
        yield f"Days at or below each quantile: {covered}"
    yield verdict(metrics)


def verdict(metrics: Mapping[str, float]) -> str:
    """One sentence: whether the model beats each baseline in WAPE, RMSSE and WRMSSE, and by how much."""
    return "Verdict: the model " + " and ".join(_against(metrics, method) for method in BASELINES)


def _against(metrics: Mapping[str, float], method: str) -> str:
    gains = {measure: _gain(metrics, measure, method) for measure in _COMPARED}
    known = {measure: gain for measure, gain in gains.items() if math.isfinite(gain)}
    if not known:
        return f"cannot be compared with the {TITLES[method]}, since nothing was sold"
    word = "beats" if all(gain < 0 for gain in known.values()) else "does not beat"
    figures = ", ".join(f"{measure.upper()} {gain:+.1%}" for measure, gain in known.items())
    return f"{word} the {TITLES[method]} ({figures})"


def _gain(metrics: Mapping[str, float], measure: str, method: str) -> float:
    """Relative difference to a baseline: below 0 when the model is better."""
    ours, theirs = metrics.get(measure, math.nan), metrics.get(_key(measure, method), math.nan)
    return ours / theirs - 1 if theirs > 0 else math.nan


def _key(measure: str, method: str) -> str:
    return measure if method == MODEL else f"{measure}_{method}"
