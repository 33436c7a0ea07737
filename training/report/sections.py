"""The report's sections: forecasts to look at, scores by every cut, uncertainty, the model and where it came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import Element

from training.artifact import Manifest
from training.panel import Panel
from training.report.data_facts import data_facts
from training.report.drawings import Drawing
from training.report.markup import Child, tag
from training.report.score_index import ScoreIndex
from training.report.tables import group_table, method_table, pairs_table, worst_groups

GLOSSARY = {
    "WRMSSE": "the M5 competition's: RMSSE at twelve levels of aggregation, weighted by revenue; lower is better.",
    "WAPE": "sum of absolute errors over sum of units sold; lower is better.",
    "Bias": "sum of errors over sum of units sold; above 0 too much was forecast, below 0 too little.",
    "MASE": "mean over series of the mean absolute error over the mean change from week to week; lower is better.",
    "RMSSE": "mean over series of the root of the mean squared error over the mean squared change from day to day.",
    "WSPL": "the M5 uncertainty competition's scaled pinball loss, of items in stores; lower is better.",
    "Coverage": "share of later days at or below a quantile, learnt from the origins before; ≤ 90 % should hold 90 %.",
    "Seasonal naive": "the last week, repeated.",
    "28-day mean": "the mean of the last 28 days, on every day.",
}
"""Measure or method -> what it is."""


def quality(scores: ScoreIndex, levels: Sequence[float], wspl: Mapping[str, float]) -> Element:
    """All methods over everything, with the meaning of the measures."""
    terms = [part for name, text in GLOSSARY.items() for part in (tag("dt", name), tag("dd", text))]
    return _section(
        "How good it is",
        "All series, days and origins of the backtest. Best figures are bold.",
        method_table(scores, levels, wspl),
        tag("details", tag("summary", "What the measures are"), tag("dl", *terms)),
    )


def forecasts(drawings: Mapping[str, Drawing]) -> Element:
    """Forecast against actual."""
    names = [name for name in ("total", "best", "typical", "worst") if name in drawings]
    text = "Single series at the last origin, chosen by RMSSE among the quarter that sold most."
    return _section("Forecast against actual", text, _figures(drawings, names))


def over_time(drawings: Mapping[str, Drawing], scores: ScoreIndex, levels: Sequence[float]) -> Element:
    """Whether the forecast gets worse with the days ahead, and whether it was as good at each origin."""
    origins = scores.groups("origin")
    return _section(
        "By days ahead and by origin",
        "A model was trained for each origin on the days before it.",
        _figures(drawings, ["error_by_horizon", "bias_by_horizon"]),
        group_table("Origin", scores, origins, levels) if origins else None,
    )


def by_level(drawings: Mapping[str, Drawing], scores: ScoreIndex) -> Element:
    """From the total to single items in single stores."""
    groups = scores.groups("level")
    return _section(
        "By level",
        "Errors of single series cancel out in sums, a bias does not: it is what remains at the levels on top.",
        _figures(drawings, ["error_by_level", "bias_by_group"]),
        group_table("Level", scores, groups, (), _OF_SUMS) if groups else None,
    )


_OF_SUMS = ("wrmsse", "wape", "mase", "rmsse")
"""Measures that differ by level: the bias of sums is that of the series, and quantiles are of series alone."""


def by_group(scores: ScoreIndex, levels: Sequence[float]) -> Element:
    """By category, department and store."""
    parts: list[Child] = []
    for title, by in (("Category", "cat_id"), ("Department", "dept_id"), ("Store", "store_id")):
        groups = scores.groups(by)
        shown = worst_groups(scores, groups)
        if groups:
            parts.append(group_table(title, scores, shown, levels))
        if len(shown) < len(groups):
            left_out = f"The {len(shown)} of {len(groups):,} with the highest WAPE; all are in backtest.json."
            parts.append(tag("p", left_out, class_="soft"))
    return _section("By category, department and store", "", *parts)


def uncertainty(drawings: Mapping[str, Drawing]) -> Element:
    """Whether the quantiles keep their word."""
    text = (
        "Of many days, the share at or below a quantile should be the quantile's level: the closer to the diagonal, "
        "the better. Each origin's quantiles were learnt from the origins before it."
    )
    if "coverage" not in drawings:
        text = "Not measured: that takes two origins, quantiles being learnt from the origins before."
    return _section("Can the quantiles be trusted?", text, _figures(drawings, ["coverage", "coverage_error"]))


def model(drawings: Mapping[str, Drawing], manifest: Manifest) -> Element:
    """What the model looks at."""
    text = f"{len(manifest.features)} features; those that most of the trees' gain comes from are on top."
    return _section("What the model looks at", text, _figures(drawings, ["feature_importance"]))


def provenance(panel: Panel, manifest: Manifest) -> Element:
    """What it takes to make this model again, and to know it again."""
    identity = [
        ("Model digest", manifest.digest),
        ("First day to forecast", manifest.origin),
        ("Code revision", manifest.code_revision or "not told"),
        *((f"Version of {name}", text) for name, text in manifest.versions.items()),
    ]
    options = [(name, str(value)) for name, value in manifest.parameters.items()]
    titled = (("Data", data_facts(panel)), ("Model", identity), ("Options", options))
    tables = [tag("div", tag("h3", title), pairs_table(rows)) for title, rows in titled]
    return _section("Where it came from", "", tag("div", *tables, class_="columns"))


def _figures(drawings: Mapping[str, Drawing], names: Sequence[str]) -> Element | None:
    figures = [_figure(drawings[name]) for name in names if name in drawings]
    return tag("div", *figures, class_="figures") if figures else None


def _figure(drawing: Drawing) -> Element:
    caption = tag("figcaption", tag("h3", tag("bdi", drawing.title)), tag("span", drawing.caption))
    return tag("figure", caption, drawing.svg)


def _section(title: str, text: str, *children: Child) -> Element:
    return tag("section", tag("h2", title), tag("p", text, class_="soft") if text else None, *children)
