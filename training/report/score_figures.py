"""Drawings of the scores: error by day of the horizon, by level and group, coverage, and what the model looks at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

from training.backtest.folds import MODEL
from training.report.axis import Axis, number_axis, step_axis
from training.report.charts import Band, Chart, Line, Row, bar_rows, dot_rows, lines
from training.report.score_index import WHOLE, Group, ScoreIndex
from training.report.words import LEVELS, METHODS, figure, percent, true_minus

MOST_FEATURES = 20
TOLERANCE = 0.02
"""Difference between a quantile's level and the share of days below it that is small."""

_TOLERATED = f"within {100 * TOLERANCE:g} points"
_LEVEL = "level of the quantile"

MOST_ROWS = 24
"""Rows of a chart of groups."""

_KINDS = [(method, title.lower()) for method, title in reversed(METHODS.items())]
"""Drawn in this order: the model above the others."""


def horizon_figure(scores: ScoreIndex, measure: str, title: str) -> Element:
    """A measure of each day of the horizon."""
    groups = scores.groups("step")
    days = np.array([float(value) for _, value in groups])
    marks = [
        Line(method, label, days, np.array([scores.figure(group, measure, method) for group in groups]), dots=True)
        for method, label in _KINDS
    ]
    heights = np.concatenate([mark.y for mark in marks]).tolist()
    chart = Chart(
        f"{title} by days ahead, of the model and the baselines",
        step_axis(len(groups)),
        number_axis(heights, _axis_percent),
        x_title="days ahead",
        y_title=title,
        hover=tuple((float(day), _told(scores, group, measure)) for day, group in zip(days, groups, strict=True)),
    )
    return lines(chart, marks)


def _told(scores: ScoreIndex, group: Group, measure: str) -> str:
    told = [f"{label} {figure(measure, scores.figure(group, measure, method))}" for method, label in reversed(_KINDS)]
    return f"{group[1]} days ahead: {', '.join(told)}"


def level_figure(scores: ScoreIndex, measure: str, title: str) -> Element:
    """A scaled error of each level of aggregation."""
    groups = scores.groups("level")
    rows = [Row(LEVELS.get(group[1], group[1]), _by_method(scores, group, measure)) for group in groups]
    axis = number_axis(value for row in rows for value in row.values.values())
    return dot_rows(f"{title} by level", rows, _KINDS, axis, f"{title}: the further left, the better")


def bias_figure(scores: ScoreIndex) -> Element:
    """Bias of the whole and of its parts, coarse to fine, as far as there is room."""
    parts = [WHOLE, *scores.groups("cat_id"), *scores.groups("dept_id"), *scores.groups("store_id")]
    rows = [Row("All" if group == WHOLE else group[1], _by_method(scores, group, "bias")) for group in parts]
    rows = rows[:MOST_ROWS]
    axis = number_axis((value for row in rows for value in row.values.values()), _axis_percent)
    return dot_rows("Bias by category, department and store", rows, _KINDS, axis, "below 0: too little was forecast")


def _axis_percent(value: float) -> str:
    return true_minus(f"{100 * value + 0.0:.4g} %")


def _by_method(scores: ScoreIndex, group: Group, measure: str) -> dict[str, float]:
    return {method: scores.figure(group, measure, method) for method in METHODS}


def coverage_figure(coverage: Mapping[float, float]) -> Element:
    """Share of the days at or below each quantile, against its level."""
    axis, ends = _level_axis(), np.array([0.0, 1.0])
    marks: list[Line | Band] = [
        Band(_TOLERATED, ends, ends - TOLERANCE, ends + TOLERANCE),
        Line("ideal", "as promised", ends, ends),
        Line(MODEL, "measured", np.array(list(coverage)), np.array(list(coverage.values())), dots=True),
    ]
    title = "Share of days at or below each quantile, against the quantile's level"
    return lines(Chart(title, axis, axis, _LEVEL, "days at or below"), marks)


def coverage_error_figure(coverage: Mapping[float, float]) -> Element:
    """The same less the level: what is too small to be seen there."""
    levels, ends = np.array(list(coverage)), np.array([0.0, 1.0])
    error = np.array(list(coverage.values())) - levels
    marks: list[Line | Band] = [
        Band(_TOLERATED, ends, np.full(2, -TOLERANCE), np.full(2, TOLERANCE)),
        Line("ideal", "as promised", ends, np.zeros(2)),
        Line(MODEL, "measured", levels, error, dots=True),
    ]
    heights = number_axis([*error.tolist(), -0.03, 0.03], lambda value: true_minus(f"{100 * value + 0.0:.4g}"))
    hover = tuple(
        (level, f"{percent(share)} of the days at or below the {100 * level:g} % quantile")
        for level, share in coverage.items()
    )
    title = "Share of days at or below each quantile less the quantile's level"
    return lines(Chart(title, _level_axis(), heights, _LEVEL, "points", hover=hover), marks)


def _level_axis() -> Axis:
    return Axis(0.0, 1.0, tuple((mark / 100, f"{mark} %") for mark in range(0, 101, 20)))


def importance_figure(importance: Sequence[tuple[str, float]]) -> Element:
    """The features that most of the trees' gain comes from."""
    rows = list(importance[:MOST_FEATURES])
    axis = number_axis((value for _, value in rows), _axis_percent)
    return bar_rows("Share of the trees' gain by feature", rows, axis, "share of the trees' total gain")


def ranked(names: Sequence[str], shares: NDArray[np.float64]) -> list[tuple[str, float]]:
    """(feature, share of the gain), highest first, by name where equal."""
    pairs = [(name, float(share)) for name, share in zip(names, shares, strict=True)]
    return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))
