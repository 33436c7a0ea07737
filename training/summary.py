"""A backtest in a few figures and words: metrics.json, and the lines a job's log ends with."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from training.backtest import Backtest
from training.backtest.folds import MODEL
from training.backtest.scores import ALL
from training.baselines import BASELINES

MEASURES = ("wape", "bias", "mase", "rmsse")

_TITLES = {MODEL: "model", "seasonal_naive": "seasonal naive", "mean28": "28-day mean"}


def flat_metrics(backtest: Backtest, levels: tuple[float, ...]) -> dict[str, float]:
    """The overall scores by name: ``wape`` is the model's, ``wape_seasonal_naive`` the baseline's, and so on.

    A measure without meaning on this data (nothing sold, one origin only) is left out.
    """
    figures = {
        measure if row.method == MODEL else f"{measure}_{row.method}": getattr(row, measure)
        for row in backtest.scores
        if row.by == ALL
        for measure in MEASURES
    }
    figures |= {f"coverage_{level:g}": share for level, share in backtest.coverage(levels).items()}
    figures["backtest_origins"] = float(len(backtest.folds))
    return {name: figure for name, figure in figures.items() if math.isfinite(figure)}


def report_lines(backtest: Backtest, metrics: Mapping[str, float]) -> Iterator[str]:
    """The scores as a small table, the coverage and the verdict."""
    panel = backtest.panel
    origins = ", ".join(str(panel.dates[fold.origin]) for fold in backtest.folds)
    days = backtest.folds[0].actual.shape[1]
    yield f"Backtest: {panel.n_series:,} series, {days} days from each of {origins}"
    yield f"{'':16}{'WAPE':>9}{'bias':>9}{'MASE':>9}{'RMSSE':>9}"
    for method in (MODEL, *BASELINES):
        figures = (metrics.get(_key(measure, method), math.nan) for measure in MEASURES)
        yield f"{_TITLES[method]:16}" + "".join(f"{figure:9.4f}" for figure in figures)
    shares = [(name.partition("_")[2], share) for name, share in metrics.items() if name.startswith("coverage_")]
    if shares:
        yield "Days at or below each quantile: " + ", ".join(f"{level}: {share:.3f}" for level, share in shares)
    yield verdict(metrics)


def verdict(metrics: Mapping[str, float]) -> str:
    """One sentence: whether the model beats each baseline in both WAPE and RMSSE, and by how much."""
    parts = []
    for method in BASELINES:
        wape, rmsse = (_gain(metrics, measure, method) for measure in ("wape", "rmsse"))
        word = "beats" if wape < 0 and rmsse < 0 else "does not beat"
        parts.append(f"{word} the {_TITLES[method]} (WAPE {wape:+.1%}, RMSSE {rmsse:+.1%})")
    return "Verdict: the model " + " and ".join(parts)


def _gain(metrics: Mapping[str, float], measure: str, method: str) -> float:
    """Relative difference to a baseline: below 0 when the model is better."""
    ours, theirs = metrics.get(measure, math.nan), metrics.get(_key(measure, method), math.nan)
    return ours / theirs - 1 if theirs > 0 else math.nan


def _key(measure: str, method: str) -> str:
    return measure if method == MODEL else f"{measure}_{method}"
